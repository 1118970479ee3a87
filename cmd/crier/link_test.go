package main

import (
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
