package bluesky_test

import (
	"testing"

	"github.com/crier-social/crier/core"
)

func TestInspect(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	post := w.posted(t, s, "x")
	_, repost := w.publish(t, s, core.Draft{Options: []byte(`{"repost":"` + post + `"}`)})
	for _, id := range []string{post, repost.RemoteID} {
		if standing, _, err := w.provider.Inspect(t.Context(), s, id); standing != core.StandingShown || err != nil {
			t.Errorf("%s: %s, %v", id, standing, err)
		}
	}
	w.Sandbox.DeleteRecord(post)
	if standing, _, err := w.provider.Inspect(t.Context(), s, post); standing != core.StandingGone || err != nil {
		t.Errorf("%s, %v", standing, err)
	}
	if _, _, err := w.provider.Inspect(t.Context(), s, "1"); core.KindOf(err) != core.KindInvalid {
		t.Error(err)
	}
}

func TestInspectModeration(t *testing.T) {
	t.Parallel()
	const (
		profile = `{"did":"` + aliceDID + `","handle":"alice.test"}`
		mod     = "did:plc:moderation22222222222222"
	)
	label := func(src, val, more string) string { return `{"src":"` + src + `","val":"` + val + `"` + more + `}` }
	posts := func(labels, of string) string {
		return `{"posts":[{"uri":"` + alicePost + `","labels":[` + labels + `],"author":{"did":"` + aliceDID + `","labels":[` + of + `]}}]}`
	}
	for _, tc := range []struct {
		name           string
		posts, profile answer
		want           core.Standing
		reason         string
	}{
		{"shown", answer{200, posts("", "")}, answer{}, core.StandingShown, ""},
		{"labels that hide nothing", answer{200, posts(label(mod, "porn", "")+","+label(aliceDID, "!no-unauthenticated", ""), "")}, answer{}, core.StandingShown, ""},
		{"hidden", answer{200, posts(label(mod, "!hide", ""), "")}, answer{}, core.StandingRefused, "label !hide by " + mod},
		{"author taken down", answer{200, posts("", label(mod, "!takedown", ""))}, answer{}, core.StandingRefused, "label !takedown by " + mod},
		{"taken back", answer{200, posts(label(mod, "!hide", `,"neg":true`), "")}, answer{}, core.StandingShown, ""},
		{"by the author", answer{200, posts(label(aliceDID, "!hide", ""), "")}, answer{}, core.StandingShown, ""},
		{"not there yet", answer{200, `{"posts":[]}`}, answer{200, profile}, core.StandingProcessing, "the AppView does not have it yet"},
		{"account unknown", answer{200, `{"posts":[]}`}, answer{400, `{"error":"InvalidRequest","message":"Profile not found"}`}, core.StandingShown, ""},
		{"account taken down", answer{200, `{"posts":[]}`}, answer{400, `{"error":"AccountTakedown","message":"Account has been suspended"}`}, core.StandingRefused, `The account has been taken down by its server: "Account has been suspended"`},
		{"no AppView", answer{501, `{"error":"MethodNotImplemented"}`}, answer{}, core.StandingShown, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, p := newScript(t)
			s.says("com.atproto.repo.getRecord", 200, `{"uri":"`+alicePost+`","cid":"c","value":{}}`)
			s.says("app.bsky.feed.getPosts", tc.posts.status, tc.posts.body)
			if tc.profile.status != 0 {
				s.says("app.bsky.actor.getProfile", tc.profile.status, tc.profile.body)
			}
			standing, reason, err := p.Inspect(t.Context(), s.session(t, nil), alicePost)
			if standing != tc.want || reason != tc.reason || err != nil {
				t.Errorf("%s, %q, %v", standing, reason, err)
			}
		})
	}
}

// Only that its server does not have the record proves that a post is gone.
func TestInspectDoesNotGuess(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answer{
		"a proxy's page":  {404, `404 page not found`},
		"no such account": {400, `{"error":"InvalidRequest","message":"Could not find repo"}`},
		"no repository":   {400, `{"error":"RepoNotFound"}`},
	} {
		s, p := newScript(t)
		s.says("com.atproto.repo.getRecord", a.status, a.body)
		if standing, _, err := p.Inspect(t.Context(), s.session(t, nil), alicePost); standing != "" || err == nil {
			t.Errorf("%s: %q, %v", name, standing, err)
		}
		if err := p.SetComments(t.Context(), s.session(t, nil), alicePost, false); err == nil {
			t.Errorf("%s: comments were closed", name)
		}
	}
}

// That the account's server cannot be asked leaves it open how the post fares.
func TestInspectErrors(t *testing.T) {
	t.Parallel()
	s, p := newScript(t)
	for status, want := range map[int]core.Kind{503: core.KindTemporary, 401: core.KindAuth} {
		s.says("com.atproto.repo.getRecord", status, `{"error":"AuthMissing"}`)
		if standing, _, err := p.Inspect(t.Context(), s.session(t, nil), alicePost); standing != "" || core.KindOf(err) != want {
			t.Errorf("%d: %s, %v", status, standing, err)
		}
	}
}
