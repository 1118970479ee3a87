package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// examinedAPI answers by path.
func examinedAPI(t *testing.T, answers map[string]string) []string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, body, _ := strings.Cut(answers[r.URL.Path], " ")
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		switch status {
		case "200":
		case "400":
			w.WriteHeader(http.StatusBadRequest)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return []string{"CRIER_URL=" + s.URL, "CRIER_API_KEY=" + "a-key-of-16-characters"}
}

const (
	appFine  = `{"check":"app","status":"ok","message":"The app is known."}`
	quotaOut = `{"check":"quota","status":"warning","message":"The quota is low.","help":"Ask for more at https://apps.example.","url":"https://apps.example"}`
	noRole   = `{"check":"page role","status":"missing","message":"No role.","help":"Ask an administrator.","url":"https://roles.example"}`
	noIdea   = `{"check":"scopes","status":"unknown","message":"The scopes are not known."}`
)

func answers(ofPage string) map[string]string {
	return map[string]string{
		"/providers":             `200 {"status":"success","providers":[{"name":"alpha"},{"name":"beta"}]}`,
		"/accounts":              `200 {"status":"success","accounts":[{"id":"a1","platform":"alpha","displayName":"Ada"},{"id":"p1","platform":"alpha","displayName":"Page"}]}`,
		"/providers/alpha/check": `200 {"status":"success","platform":"alpha","findings":[` + appFine + `,` + quotaOut + `]}`,
		"/providers/beta/check":  `400 {"status":"error","code":1021,"platform":"beta","message":"Beta cannot be examined"}`,
		"/accounts/b1/check":     `400 {"status":"error","code":1021,"platform":"beta","message":"Beta cannot be examined"}`,
		"/accounts/a1/check":     `200 {"status":"success","platform":"alpha","accountId":"a1","findings":[` + appFine + `,` + quotaOut + `,` + noIdea + `]}`,
		"/accounts/p1/check":     `200 {"status":"success","platform":"alpha","accountId":"p1","findings":[` + appFine + `,` + ofPage + `]}`,
	}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	const before = `alpha
  ✓ app: The app is known.
  ! quota: The quota is low.
      Ask for more at https://apps.example.

beta
  ? examination: Beta cannot be examined

alpha Ada (a1)
  ? scopes: The scopes are not known.

alpha Page (p1)
`
	for name, tc := range map[string]struct {
		args   []string
		ofPage string
		code   int
		want   string
	}{
		"something is missing": {
			nil, noRole, exitFailure,
			before + "  ✗ page role: No role.\n      Ask an administrator.\n      https://roles.example\n\nOne thing has to be mended. What is marked ? could not be found out. What is marked ! works, but not for ever or not in full.\n",
		},
		"two things are": {
			nil, noRole + `,{"check":"token","status":"missing","message":"Gone."}`, exitFailure,
			before + "  ✗ page role: No role.\n      Ask an administrator.\n      https://roles.example\n  ✗ token: Gone.\n\n2 things have to be mended. What is marked ? could not be found out. What is marked ! works, but not for ever or not in full.\n",
		},
		"nothing is known": {nil, appFine, exitUnknown, before + "\nNothing is known to need mending. What is marked ? could not be found out. What is marked ! works, but not for ever or not in full.\n"},
		"one account of a network that cannot be examined": {
			[]string{"--account", "b1"},
			noRole, exitUnknown,
			"beta (b1)\n  ? examination: Beta cannot be examined\n\nNothing is known to need mending. What is marked ? could not be found out.\n",
		},
		"one account of which everything is known": {
			[]string{"--account", "p1"},
			quotaOut, exitOK,
			"alpha (p1)\n  ✓ app: The app is known.\n  ! quota: The quota is low.\n      Ask for more at https://apps.example.\n\nNothing has to be mended. What is marked ! works, but not for ever or not in full.\n",
		},
		"one account": {
			[]string{"--account", "a1"},
			noRole, exitUnknown,
			"alpha (a1)\n  ✓ app: The app is known.\n  ! quota: The quota is low.\n      Ask for more at https://apps.example.\n  ? scopes: The scopes are not known.\n\nNothing is known to need mending. What is marked ? could not be found out. What is marked ! works, but not for ever or not in full.\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), examinedAPI(t, answers(tc.ofPage)), "", append([]string{"doctor"}, tc.args...)...)
			if diff := cmp.Diff(tc.want, got.stdout); diff != "" || got.code != tc.code || got.stderr != "" {
				t.Errorf("exit code %d, %q\n%s", got.code, got.stderr, diff)
			}
		})
	}
}

func TestDoctorJSON(t *testing.T) {
	t.Parallel()
	got := execute(t.Context(), examinedAPI(t, answers(noRole)), "", "doctor", "--json")
	var out struct {
		Examinations []struct {
			Platform, AccountID string
			Findings            []map[string]string
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &out); err != nil {
		t.Fatal(err, got)
	}
	if n := len(out.Examinations); got.code != exitFailure || n != 4 || out.Examinations[3].AccountID != "p1" || out.Examinations[3].Findings[1]["url"] != "https://roles.example" {
		t.Errorf("%d: %s", got.code, got.stdout)
	}
}

func TestDoctorWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	api := examinedAPI(t, map[string]string{"/accounts/x/check": `404 {"status":"error","code":1022,"message":"there is no account \"x\"","help":"GET /accounts lists the linked accounts."}`})
	for name, tc := range map[string]struct {
		environ []string
		args    []string
		code    int
		says    string
	}{
		"unknown account": {api, []string{"--account", "x"}, exitUnknown, "there is no account \"x\" (error 1022)\nGET /accounts lists"},
		"no server":       {[]string{"CRIER_URL=http://127.0.0.1:1", "CRIER_API_KEY=a-key-of-16-characters"}, nil, exitUnknown, "Start one with `crier serve`"},
		"no key":          {nil, nil, exitUnknown, "CRIER_API_KEY"},
		"an argument":     {api, []string{"x"}, exitUsage, "unexpected argument"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), tc.environ, "", append([]string{"doctor"}, tc.args...)...)
			if got.code != tc.code || !strings.Contains(got.stderr, tc.says) || got.stdout != "" {
				t.Errorf("%+v", got)
			}
			if name == "an argument" {
				return // the command line itself is wrong
			}
			got = execute(t.Context(), tc.environ, "", append([]string{"doctor", "--json"}, tc.args...)...)
			var out struct {
				Examinations []any  `json:"examinations"`
				Error        string `json:"error"`
			}
			if err := json.Unmarshal([]byte(got.stdout), &out); err != nil || got.code != tc.code || got.stderr != "" {
				t.Errorf("%v: %+v", err, got)
			}
			if out.Examinations == nil || !strings.Contains(out.Error, tc.says) {
				t.Errorf("%+v", out)
			}
		})
	}
}

// TestDoctorCountsEachAccount: what two accounts lack is two things, and what their app lacks is one.
func TestDoctorCountsEachAccount(t *testing.T) {
	t.Parallel()
	const noApp = `{"check":"app","status":"missing","message":"The app is not known."}`
	for name, tc := range map[string]struct{ ofApp, ofAccount, want string }{
		"the app":       {noApp, noApp, "\n\nOne thing has to be mended."},
		"both accounts": {appFine, noRole, "\n\n2 things have to be mended."},
		"all":           {noApp, noApp + "," + noRole, "\n\n3 things have to be mended."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := answers(appFine)
			a["/providers"] = `200 {"status":"success","providers":[{"name":"alpha"}]}`
			a["/providers/alpha/check"] = `200 {"status":"success","platform":"alpha","findings":[` + tc.ofApp + `]}`
			for _, id := range []string{"a1", "p1"} {
				a["/accounts/"+id+"/check"] = `200 {"status":"success","platform":"alpha","accountId":"` + id + `","findings":[` + tc.ofAccount + `]}`
			}
			got := execute(t.Context(), examinedAPI(t, a), "", "doctor")
			if got.code != exitFailure || !strings.HasSuffix(got.stdout, tc.want+"\n") {
				t.Errorf("exit code %d\n%s", got.code, got.stdout)
			}
		})
	}
}
