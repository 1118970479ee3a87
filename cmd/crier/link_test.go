package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinkCommand(t *testing.T) {
	t.Parallel()
	const answer = `200 {"status":"success","sessionId":"S1","url":"https://crier.example/link/open/crl_ls_x","expiresAt":"2026-12-24T18:05:00.000Z","emailSent":false,"title":"Acme"}`
	api := newFakeAPI(t, answer)
	got := execute(t.Context(), api.environ(), "", "link", "--network", "linkedin", "--redirect", "https://app.example", "--for", "2h", "--profile-key", "ACME")
	want := result{
		code: exitOK, stdout: "https://crier.example/link/open/crl_ls_x\n",
		stderr: "It links accounts to the profile \"Acme\", and can be opened until 18:05 UTC on 24 December. `crier link --revoke S1` ends it.\n",
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	r := api.requests()[0]
	const sent = `{"expiresIn":120,"mode":"connect","network":"linkedin","redirect":"https://app.example"}`
	if r.method+" "+r.path != "POST /profiles/link-sessions" || r.body != sent {
		t.Errorf("%s %s %s was asked", r.method, r.path, r.body)
	}
	api = newFakeAPI(t, answer)
	if got := execute(t.Context(), api.environ(), "", "link", "--for", "1d12h"); got.code != exitOK || api.requests()[0].body != `{"expiresIn":2160}` {
		t.Errorf("days: %+v, %+v", got, api.requests())
	}
	api = newFakeAPI(t, `200 {"status":"success","state":"ended"}`)
	if got := execute(t.Context(), api.environ(), "", "link", "--revoke", "S1"); got.code != exitOK || got.stdout != "The page has ended.\n" {
		t.Errorf("%+v", got)
	}
	if r := api.requests()[0]; r.method+" "+r.path != "DELETE /profiles/link-sessions/S1" {
		t.Errorf("%s %s was asked", r.method, r.path)
	}
}

func TestLinkCommandRefusals(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `400 {"action":"link","status":"error","code":1090,"message":"no app is set up","help":"Set one up."}`)
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"seconds":         {[]string{"--for", "90s"}, exitUsage, "whole minutes are needed"},
		"nothing":         {[]string{"--for", "0s"}, exitUsage, "whole minutes are needed"},
		"days too many":   {[]string{"--for", "3d"}, exitUsage, "from 1m to 2d"},
		"no duration":     {[]string{"--for", "soon"}, exitUsage, `"soon" is not a duration such as 30s, 5m, 1h30m or 90d`},
		"revoke and more": {[]string{"--revoke", "S1", "--network", "linkedin"}, exitUsage, "it takes nothing else"},
		"refused":         {nil, exitFailure, "no app is set up"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), api.environ(), "", append([]string{"link"}, tt.args...)...)
			if got.code != tt.code || !strings.Contains(got.stderr, tt.says) || got.stdout != "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestLinkByFields(t *testing.T) {
	t.Parallel()
	const answer = `200 {"status":"success","platform":"scripted","account":{"id":"A1","platform":"scripted","displayName":"Ada","remoteId":"person-1"},"refId":"r","warnings":[{"code":101,"message":"This is your main password."}]}`
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from-a-file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args  []string
		stdin string
		sent  string
	}{
		"in words":   {[]string{"--field", "appPassword=a=b"}, "", `{"appPassword":"a=b","handle":"ada.example","platform":"scripted"}`},
		"a file":     {[]string{"--field", "appPassword=@" + file}, "", `{"appPassword":"from-a-file","handle":"ada.example","platform":"scripted"}`},
		"stdin":      {[]string{"--field", "appPassword=-"}, "from-stdin\n", `{"appPassword":"from-stdin","handle":"ada.example","platform":"scripted"}`},
		"app and id": {[]string{"--app", "direct", "--id", "person-1"}, "", `{"app":"direct","handle":"ada.example","id":"person-1","platform":"scripted"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t, answer)
			got := execute(t.Context(), api.environ(), tt.stdin, append([]string{"link", "--network", "scripted", "--field", "handle=ada.example"}, tt.args...)...)
			if got.code != exitOK || !strings.HasPrefix(got.stdout, "A1  linked: ") || !strings.Contains(got.stdout, "Ada") || !strings.Contains(got.stderr, "This is your main password.") {
				t.Errorf("%+v", got)
			}
			if r := api.requests()[0]; r.method+" "+r.path != "POST /profiles/social" || r.body != tt.sent {
				t.Errorf("%s %s %s was asked", r.method, r.path, r.body)
			}
		})
	}
}

func TestLinkByFieldsRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no network":    {[]string{"--field", "handle=x"}, exitUsage, "link an account of the --network at once"},
		"a page too":    {[]string{"--network", "n", "--field", "handle=x", "--for", "1h"}, exitUsage, "there is no page to say more of"},
		"no value":      {[]string{"--network", "n", "--field", "handle"}, exitUsage, "--field needs a name and a value"},
		"twice":         {[]string{"--network", "n", "--field", "handle=x", "--field", "handle=y"}, exitUsage, "--field handle is given twice"},
		"stdin twice":   {[]string{"--network", "n", "--field", "a=-", "--field", "b=-"}, exitUsage, "cannot both be read from standard input"},
		"no file":       {[]string{"--network", "n", "--field", "handle=@me.example"}, exitUsage, "what follows @ is the name of a file"},
		"refused":       {[]string{"--network", "n", "--field", "handle=x"}, exitFailure, "the password is not right"},
		"network away":  {[]string{"--network", "away", "--field", "handle=x"}, exitFailure, "the password is not right"},
		"id of no one":  {[]string{"--id", "x"}, exitUsage, "link an account of the --network at once"},
		"empty network": {[]string{"--network", "", "--field", "handle=x"}, exitUsage, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status := "400"
			if name == "network away" {
				status = "502"
			}
			api := newFakeAPI(t, status+` {"action":"link","status":"error","code":101,"field":"appPassword","message":"the password is not right"}`)
			got := execute(t.Context(), api.environ(), "", append([]string{"link"}, tt.args...)...)
			if got.code != tt.code || !strings.Contains(got.stderr, tt.says) || got.stdout != "" {
				t.Errorf("%+v", got)
			}
			if n := len(api.requests()); n > 1 {
				t.Errorf("it was tried %d times", n)
			}
		})
	}
}
