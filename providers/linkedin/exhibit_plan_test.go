package linkedin_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin"
)

const validPoll = `"poll":{"question":"Which?","options":["A","B"]}`

func TestPlanExhibitProblems(t *testing.T) {
	t.Parallel()
	const (
		link = "linkedInOptions.link"
		poll = "linkedInOptions.poll"
	)
	long := strings.Repeat("x", 5000)
	for _, tc := range []struct {
		name, options string
		want          []string // fields
	}{
		{"link true", `{"link":true}`, []string{link}},
		{"link as text", `{"link":"https://example.com"}`, []string{link}},
		{"link without an address", `{"link":{}}`, []string{link + ".url"}},
		{"link with an empty address", `{"link":{"url":" "}}`, []string{link + ".url"}},
		{"link with a number", `{"link":{"url":5}}`, []string{link + ".url"}},
		{"link of another scheme", `{"link":{"url":"ftp://example.com"}}`, []string{link + ".url"}},
		{"link with a password", `{"link":{"url":"https://a:b@example.com"}}`, []string{link + ".url"}},
		{"link with an unknown key", `{"link":{"url":"https://example.com","image":"x"}}`, []string{link + ".image"}},
		{
			"link with everything wrong",
			`{"link":{"url":"example.com","title":"` + long[:401] + `","description":"` + long[:4086] + `","thumbNail":"urn:li:video:x"}}`,
			[]string{link + ".url", link + ".title", link + ".description", link + ".thumbNail"},
		},
		{"link with no picture", `{"link":{"url":"https://example.com","thumbNail":""}}`, []string{link + ".thumbNail"}},

		{"poll as text", `{"poll":"Which?"}`, []string{poll}},
		{"empty poll", `{"poll":{}}`, []string{poll + ".question", poll + ".options"}},
		{"poll too long", `{"poll":{"question":"` + long[:141] + `","options":["` + long[:31] + `","b"]}}`, []string{poll + ".question", poll + ".options[0]"}},
		{"poll of five", `{"poll":{"question":"?","options":["a","b","c","d","e"]}}`, []string{poll + ".options"}},
		{"poll of the same", `{"poll":{"question":"?","options":["a","b"," a "]}}`, []string{poll + ".options[2]"}},
		{"poll of nothing", `{"poll":{"question":"?","options":["a"," ",""]}}`, []string{poll + ".options[1]", poll + ".options[2]"}},
		{"poll of five days", `{"poll":{"question":"?","options":["a","b"],"duration":5}}`, []string{poll + ".duration"}},
		{"poll of a week in other words", `{"poll":{"question":"?","options":["a","b"],"duration":"ONE_WEEK"}}`, []string{poll + ".duration"}},
		{"poll of a duration that is none", `{"poll":{"question":"?","options":["a","b"],"duration":true}}`, []string{poll + ".duration"}},

		{"poll of two lines", `{"poll":{"question":"Which\none?","options":["a","b\u0000"]}}`, []string{poll + ".question", poll + ".options[1]"}},
		{"visibility of nothing", `{` + validPoll + `,"visibility":" "}`, []string{"linkedInOptions.visibility"}},
		{"a link's picture as a number", `{"link":{"url":"https://example.com","thumbNail":5}}`, []string{link + ".thumbNail"}},
		{"a video's picture as a number", `{` + validPoll + `,"thumbNail":5,"captions":5}`, []string{"linkedInOptions.thumbNail", "linkedInOptions.captions"}},
		{"job 0", `{"jobPosting":0}`, []string{"linkedInOptions.jobPosting"}},

		{"repost of an activity", `{"repost":"urn:li:activity:7141"}`, []string{"linkedInOptions.repost"}},
		{"repost of an activity's address", `{"repost":"https://www.linkedin.com/posts/jane_topic-activity-7141-AbC"}`, []string{"linkedInOptions.repost"}},
		{"repost of an activity's address with a number before", `{"repost":"https://www.linkedin.com/posts/jane_we-share-10-tips-activity-7141-AbC"}`, []string{"linkedInOptions.repost"}},
		{"repost of an article", `{"repost":"https://www.linkedin.com/pulse/title-jane"}`, []string{"linkedInOptions.repost"}},
		{"repost of another site's post", `{"repost":"https://example.com/feed/update/urn:li:share:1/"}`, []string{"linkedInOptions.repost"}},
		{"repost of a page", `{"repost":"urn:li:organization:1"}`, []string{"linkedInOptions.repost"}},
		{"repost of nothing", `{"repost":""}`, []string{"linkedInOptions.repost"}},
		{"repost of a list", `{"repost":[]}`, []string{"linkedInOptions.repost"}},

		{"job in words", `{"jobPosting":"engineer"}`, []string{"linkedInOptions.jobPosting"}},
		{"job of a company", `{"jobPosting":"https://www.linkedin.com/company/crier/jobs/"}`, []string{"linkedInOptions.jobPosting"}},
		{"job of no kind", `{"jobPosting":{}}`, []string{"linkedInOptions.jobPosting"}},

		{"link and poll", `{"link":{"url":"https://example.com"},` + validPoll + `}`, []string{poll}},
		{"poll, repost and job", `{` + validPoll + `,"repost":"urn:li:share:1","jobPosting":"1"}`, []string{"linkedInOptions.repost", "linkedInOptions.jobPosting"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := fieldsOf(t, person(), core.Draft{Options: json.RawMessage(tc.options)})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// fieldsOf plans a draft and returns what is wrong with it.
func fieldsOf(t *testing.T, as core.Account, d core.Draft) []string {
	t.Helper()
	_, err := newProvider(t, linkedin.Config{}, linkedin.Deps{}).Plan(t.Context(), as, d)
	var fields []string
	for _, e := range core.AsErrors(err) {
		if e.Kind != core.KindInvalid || (e.Code != core.CodeParameters && e.Code != core.CodeUnknownOption) || e.Message == "" {
			t.Errorf("unclear problem: %+v", e)
		}
		fields = append(fields, e.Field)
	}
	return fields
}

func TestPlanExhibitBesideFiles(t *testing.T) {
	t.Parallel()
	for field, block := range map[string]string{
		"link":       `{"link":{"url":"https://example.com"}}`,
		"poll":       `{` + validPoll + `}`,
		"repost":     `{"repost":"urn:li:share:1"}`,
		"jobPosting": `{"jobPosting":"1"}`,
	} {
		got := fieldsOf(t, person(), core.Draft{Text: "x", Media: pictures(1), Options: json.RawMessage(block)})
		if diff := cmp.Diff([]string{"linkedInOptions." + field}, got); diff != "" {
			t.Error(diff)
		}
	}
	if got := fieldsOf(t, person(), core.Draft{Media: pictures(1), Options: json.RawMessage(`{"link":false}`)}); got != nil {
		t.Errorf("no card beside a picture: %v", got)
	}
}

// requestOf plans a draft and returns the request that it would be sent as.
func requestOf(t *testing.T, as core.Account, d core.Draft) map[string]any {
	t.Helper()
	pub, err := newProvider(t, linkedin.Config{WebURL: "http://127.0.0.1:8082"}, linkedin.Deps{}).Plan(t.Context(), as, d)
	if err != nil {
		t.Fatal(err)
	}
	return pub.(core.Previewer).Preview().Request
}

// LinkedIn's names of the durations are its own (quirk 38).
func TestPlanPollDuration(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"1": "ONE_DAY", "3": "THREE_DAYS", "7": "SEVEN_DAYS", "14": "FOURTEEN_DAYS",
		`"14"`: "FOURTEEN_DAYS", "3.0": "THREE_DAYS", "1e0": "ONE_DAY", `"SEVEN_DAYS"`: "SEVEN_DAYS", "null": "SEVEN_DAYS",
	} {
		request := requestOf(t, person(), core.Draft{Options: json.RawMessage(`{"poll":{"question":" Which? ","options":["A"," B"],"duration":` + given + `}}`)})
		got := request["content"].(map[string]any)["poll"]
		if diff := cmp.Diff(map[string]any{
			"question": "Which?",
			"options":  []any{map[string]any{"text": "A"}, map[string]any{"text": "B"}},
			"settings": map[string]any{"duration": want, "voteSelectionType": "SINGLE_VOTE", "isVoterVisibleToAuthor": true},
		}, got); diff != "" {
			t.Errorf("%s: %s", given, diff)
		}
	}
}

func TestPlanPollNamesTheNearestDuration(t *testing.T) {
	t.Parallel()
	for given, near := range map[string]string{"0": "1", "2": "1", "4": "3", "6": "7", "10.6": "14", "30": "14", "-1": "1"} {
		_, err := newProvider(t, linkedin.Config{}, linkedin.Deps{}).Plan(t.Context(), person(),
			core.Draft{Options: json.RawMessage(`{"poll":{"question":"?","options":["a","b"],"duration":` + given + `}}`)})
		if want := "the nearest is " + near + "."; !strings.HasSuffix(core.AsError(err).Message, want) {
			t.Errorf("%s: %v, want %q", given, err, want)
		}
	}
}

func TestPlanRepostForms(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"urn:li:share:1":     "urn:li:share:1",
		" urn:li:ugcPost:2 ": "urn:li:ugcPost:2",
		"https://www.linkedin.com/feed/update/urn:li:share:3/":                     "urn:li:share:3",
		"https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A4?utm_source=x": "urn:li:ugcPost:4",
		"https://linkedin.com/posts/jane-doe_go-share-5-AbCd/":                     "urn:li:share:5",
		"https://www.linkedin.com/posts/jane-doe_7-share-7-share-8-AbCd":           "urn:li:share:8",
		"https://www.linkedin.com/posts/jane-doe_a-share-2026-tip-ugcPost-9-AbCd/": "urn:li:ugcPost:9",
		"https://de.linkedin.com/posts/jane-doe_go-ugcPost-6":                      "urn:li:ugcPost:6",
		"http://127.0.0.1:8082/feed/update/urn:li:share:7/":                        "urn:li:share:7",
		"www.linkedin.com/feed/update/urn:li:share:10/":                            "urn:li:share:10",
		"0DgmVoP4OKCEsOyGG20c": "(post 0DgmVoP4OKCEsOyGG20c)",
	} {
		request := requestOf(t, person(), core.Draft{Options: json.RawMessage(`{"repost":"` + given + `"}`)})
		got, _ := request["reshareContext"].(map[string]any)
		if diff := cmp.Diff(map[string]any{"parent": want}, got); diff != "" {
			t.Errorf("%s: %s", given, diff)
		}
		if request["commentary"] != "" || request["content"] != nil {
			t.Errorf("%s: %v", given, request)
		}
	}
}

func TestPlanJobForms(t *testing.T) {
	t.Parallel()
	const public = "https://www.linkedin.com/jobs/view/4123/"
	for given, want := range map[string]string{
		`4123`:                     public,
		`"4123"`:                   public,
		`"urn:li:jobPosting:4123"`: public,
		`"https://www.linkedin.com/jobs/view/4123"`:                             public,
		`"https://www.linkedin.com/jobs/view/engineer-at-crier-4123/?refId=x"`:  public,
		`"https://de.linkedin.com/jobs/search/?currentJobId=4123&keywords=go"`:  public,
		`"http://linkedin.com/jobs/collections/recommended/?currentJobId=4123"`: public,
		`"https://example.com/job.html"`:                                        "https://example.com/job.html",
	} {
		request := requestOf(t, person(), core.Draft{Options: json.RawMessage(`{"jobPosting":` + given + `}`)})
		article, _ := request["content"].(map[string]any)["article"].(map[string]any)
		if article["source"] != want {
			t.Errorf("%s: %v, want %s", given, article, want)
		}
	}
}

// Ids of organizations come in several forms, of which LinkedIn takes one (quirk 11).
func TestPlanAsOrganization(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		as    core.Account
		given string
		want  string // empty: refused
	}{
		{"id", person(), `"5515715"`, pageURN},
		{"number", person(), `5515715`, pageURN},
		{"URN", person(), `"urn:li:organization:5515715"`, pageURN},
		{"leading zeros", person(), `"005515715"`, pageURN},
		{"its older form", person(), `"urn:li:company:5515715"`, pageURN},
		{"nothing", person(), `null`, personURN},
		{"the account itself", page(), `5515715`, pageURN},
		{"another organization", page(), `18931420`, ""},
		{"a person", person(), `"urn:li:person:Ab_1"`, ""},
		{"a handle", person(), `"crier-demo"`, ""},
		{"twice a URN", person(), `"urn:li:organization:urn:li:organization:1"`, ""},
		{"a URN in another", person(), `"urn:li:organization:urn:li:company:1"`, ""},
		{"a sign", person(), `"+1"`, ""},
		{"zero", person(), `0`, ""},
		{"a fraction", person(), `1.5`, ""},
		{"empty", person(), `""`, ""},
		{"a list", person(), `[1]`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := core.Draft{Text: "x", Options: json.RawMessage(`{"asOrganization":` + tc.given + `}`)}
			if tc.want == "" {
				if diff := cmp.Diff([]string{"linkedInOptions.asOrganization"}, fieldsOf(t, tc.as, d)); diff != "" {
					t.Error(diff)
				}
				return
			}
			if got := requestOf(t, tc.as, d)["author"]; got != tc.want {
				t.Errorf("author %v, want %s", got, tc.want)
			}
		})
	}
}

// Who sees a post depends on who is its author.
func TestPlanVisibilityFollowsTheAuthor(t *testing.T) {
	t.Parallel()
	visibility := []string{"linkedInOptions.visibility"}
	for _, tc := range []struct {
		options string
		want    []string
	}{
		{`{"visibility":"connections"}`, nil},
		{`{"visibility":"connections","asOrganization":1}`, visibility},
		{`{"visibility":"loggedin","asOrganization":1}`, nil},
		{`{"visibility":"container"}`, visibility},
	} {
		got := fieldsOf(t, person(), core.Draft{Text: "x", Options: json.RawMessage(tc.options)})
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", tc.options, diff)
		}
	}
}

func TestPlanTakesExhibitsWithoutText(t *testing.T) {
	t.Parallel()
	for _, block := range []string{`{"link":{"url":"https://example.com"}}`, `{` + validPoll + `}`, `{"repost":"urn:li:share:1"}`, `{"jobPosting":1}`} {
		if got := fieldsOf(t, person(), core.Draft{Options: json.RawMessage(block)}); got != nil {
			t.Errorf("%s: %v", block, got)
		}
	}
	long := core.Draft{Text: strings.Repeat("x", 3001), Options: json.RawMessage(`{` + validPoll + `}`)}
	_, err := newProvider(t, linkedin.Config{}, linkedin.Deps{}).Plan(t.Context(), coretest.Account(func(a *core.Account) { a.RemoteID = personURN }), long)
	if e := core.AsError(err); e.Code != core.CodeTextTooLong {
		t.Errorf("%+v", e)
	}
}
