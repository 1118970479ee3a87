package main

import (
	"strings"
	"testing"
)

// A variable of the shell that is not set is no flag that was not given: nothing is sent.
func TestEmptyFlags(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"post a --platform x --schedule=":                    "--schedule: the value is empty",
		"post a --platform x --auto-schedule=":               "--auto-schedule: the value is empty",
		"post a --platform x --first-comment=":               "--first-comment: the value is empty",
		"post a --platform x --options=":                     "--options: the value is empty",
		"post a --platform x --media=":                       "--media: the value is empty",
		"post a --platform x --media https://a.b --media=":   "--media: the value is empty",
		"post a --platform x --platform=":                    "--platform: the value is empty",
		"post a --platform x --text=":                        "the text is given twice",
		"post a --platform x --key=":                         "--key: the value is empty",
		"post a --platform x --profile-key=":                 "--profile-key: the value is empty",
		"validate a --platform x --schedule=":                "--schedule: the value is empty",
		"edit p1 --schedule= --notes x":                      "--schedule: the value is empty",
		"edit p1 --first-comment=":                           "--no-first-comment removes what is there",
		"edit p1 --media= --notes x":                         "--no-media removes what is there",
		"edit p1 --options= --notes x":                       "--options: the value is empty",
		"schedule set ev --at 09:00Z --days=":                "--days: the value is empty",
		"schedule set ev --at 09:00Z --days mon --days=,":    "--days: the value is empty",
		"schedule set ev --at 09:00Z --exclude=":             "--exclude: the value is empty",
		"schedule set ev --at= --start 2026-12-01T00:00:00Z": "--at: the value is empty",
		"schedule set ev --at 09:00Z --start=":               "--start: the value is empty",
		"history --status=":                                  "--status: the value is empty",
		"history --platform=":                                "--platform: the value is empty",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t, `200 {}`)
			got := execute(t.Context(), api.environ(), "", strings.Fields(line)...)
			if got.code != exitUsage || !strings.Contains(got.stderr, want) || len(api.requests()) > 0 {
				t.Errorf("%+v after %d requests, want exit code %d and %q", got, len(api.requests()), exitUsage, want)
			}
		})
	}
	t.Run("title", func(t *testing.T) {
		t.Parallel()
		api := newFakeAPI(t, `200 {}`)
		if got := execute(t.Context(), api.environ(), "", "schedule", "set", "", "--at", "09:00Z"); got.code != exitUsage || !strings.Contains(got.stderr, "the title is empty") {
			t.Errorf("%+v", got)
		}
	})
}

// Where no value means something, it is taken.
func TestEmptyValues(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `200 {"providers":[{"name":"x","optionsKey":"xOptions","options":[{"name":"altText"}]}]}`, `200 {"status":"success","id":"p1"}`)
	got := execute(t.Context(), api.environ(), "", "post", "a", "--platform", "x", "--media", "https://a.example/1.png", "--media", "https://a.example/2.png", "--alt", "", "--alt", "b")
	if got.code != exitOK || !strings.Contains(api.requests()[1].body, `"altText":["","b"]`) {
		t.Errorf("%+v, asked %+v", got, api.requests())
	}
}
