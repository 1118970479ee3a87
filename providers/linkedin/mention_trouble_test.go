package linkedin_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// What LinkedIn refuses once it is not asked again for the same text.
func TestMentionRefusalsCostOneCall(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"forbidden":   sandbox.Respond(http.StatusForbidden, `{"status":403,"serviceErrorCode":100,"message":"Not enough permissions"}`),
		"used up":     sandbox.RateLimit(),
		"not granted": sandbox.Respond(http.StatusNotFound, `{"code":"RESOURCE_NOT_FOUND"}`),
		"refused":     sandbox.Respond(http.StatusBadRequest, `{"code":"PARAM_INVALID"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newMentionFixture(t)
			fault.Times = -1
			f.Next(t, finder, fault)
			post, warned := f.sent(pageDemo(), core.Draft{Text: "@crier-corner, @crier-demo"})
			if post.DisplayText != "crier-corner, crier-demo" || len(warned) != 2 {
				t.Errorf("%q, warned %q", post.DisplayText, warned)
			}
			want := 2
			if name == "forbidden" || name == "used up" {
				want = 1
			}
			if n := f.count(http.MethodGet, "/rest/organizations"); n != want {
				t.Errorf("%d look-ups, want %d", n, want)
			}
		})
	}
}

// A LinkedIn that does not answer look-ups delays a post a little and does not stop it.
func TestMentionsOutlastTrouble(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		fault sandbox.Fault
		times int
		want  string
		wait  time.Duration
	}{
		{"that passes", sandbox.CutBefore(), 3, "By Crier Corner (Beta)", 5 * time.Second},
		{"that passes late", sandbox.Respond(http.StatusServiceUnavailable, ""), 12, "By Crier Corner (Beta)", 75 * time.Second},
		{"that stays", sandbox.Respond(http.StatusServiceUnavailable, ""), -1, "By crier-corner", 75 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newMentionFixture(t)
			tc.fault.Times = tc.times
			f.Next(t, finder, tc.fault)
			c, waited := coretest.NewCheckpoint(), time.Duration(0)
			var told []string
			for {
				s := f.session(pageDemo())
				s.Checkpoint = c
				s.OnWarning = func(w core.Warning) { told = append(told, w.Message) }
				pub := f.plan(pageDemo(), core.Draft{Text: "By @crier-corner"}) // as another process would
				progress, err := pub.Prepare(t.Context(), s)
				if err != nil {
					t.Fatal(err)
				}
				if !progress.Ready {
					if progress.After <= 0 || progress.Note == "" {
						t.Fatalf("%+v", progress)
					}
					waited += progress.After
					continue
				}
				receipt, err := pub.Commit(t.Context(), s)
				if err != nil {
					t.Fatal(err)
				}
				if post, _ := f.Sandbox.Post(receipt.RemoteID); post.DisplayText != tc.want || waited != tc.wait {
					t.Errorf("%q after %v, want %q after %v", post.DisplayText, waited, tc.want, tc.wait)
				}
				break
			}
			if wantWarning := tc.times < 0; wantWarning != (len(told) == 1) {
				t.Errorf("warned %q", told)
			}
		})
	}
}

// Without a name, the post waits for LinkedIn as for anything else that it needs.
func TestMentionTroubleWithoutAName(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	f.Next(t, lookup, respond(http.StatusServiceUnavailable, -1))
	draft := core.Draft{Text: "By {{0}}", Mentions: []core.MentionRef{{ID: "18931420", Field: "mentions[0]"}}}
	if err := f.prepare(f.plan(pageDemo(), draft), f.session(pageDemo())); core.KindOf(err) != core.KindTemporary {
		t.Errorf("error %v", err)
	}
	f.Sandbox.ClearFaults()
	f.Next(t, lookup, sandbox.RateLimit())
	if err := f.prepare(f.plan(pageDemo(), draft), f.session(pageDemo())); core.KindOf(err) != core.KindRateLimited {
		t.Errorf("error %v", err)
	}
	f.clock.Advance(24 * time.Hour)
	if post, _ := f.sent(pageDemo(), draft); post.DisplayText != "By Crier Corner (Beta)" {
		t.Errorf("%q", post.DisplayText)
	}
}

// Trouble at the time of a preview is shown there, and is none of the post's.
func TestMentionTroubleInPreflight(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{"trouble": respond(http.StatusServiceUnavailable, -1), "used up": sandbox.RateLimit()} {
		for _, ref := range []core.MentionRef{{ID: "18931420", Name: "Corner"}, {ID: "18931420"}} {
			t.Run(name+" "+ref.Name, func(t *testing.T) {
				t.Parallel()
				f := newMentionFixture(t)
				f.Next(t, lookup, fault)
				pub := f.plan(pageDemo(), core.Draft{Text: "{{0}}", Mentions: []core.MentionRef{ref}})
				warned, err := f.preflight(pub, f.session(pageDemo()))
				if err != nil {
					t.Fatal(err)
				}
				shown := pub.(core.Previewer).Preview().Warnings
				if name == "trouble" || ref.Name == "" {
					if len(warned) != 0 || len(shown) != 1 || shown[0].Code != core.CodeMention {
						t.Errorf("warned %v, shown %v", warned, shown)
					}
				} else if len(warned) != 1 || len(shown) != 0 {
					t.Errorf("warned %v, shown %v", warned, shown)
				}
			})
		}
	}
}

// A lost authorization is what it is everywhere.
func TestMentionsWithoutAuthorization(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	as := author(sandbox.PageURN, sandbox.RevokedToken)
	pub := f.plan(as, core.Draft{Text: "@crier-corner @crier-demo"})
	_, before := f.preflight(pub, f.session(as))
	for stage, err := range map[string]error{"Preflight": before, "Prepare": f.prepare(pub, f.session(as))} {
		if core.KindOf(err) != core.KindAuth {
			t.Errorf("%s: %v", stage, err)
		}
	}
	if n := f.count(http.MethodGet, "/rest/organizations"); n != 2 {
		t.Errorf("%d look-ups, want one of each", n)
	}
}

// A version of the API that is over ends the post and not its mentions alone.
func TestMentionsWithoutAVersion(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	f.Next(t, finder, respond(http.StatusUpgradeRequired, -1))
	err := f.prepare(f.plan(pageDemo(), core.Draft{Text: "@crier-corner"}), f.session(pageDemo()))
	if e := core.AsError(err); e.Kind != core.KindUnsupported || e.Code != core.CodeUpstreamVersion {
		t.Errorf("%+v", e)
	}
}

// Whoever ends the work ends the look-ups, which is no trouble of LinkedIn's.
func TestMentionLookupsEnd(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	s := f.session(pageDemo())
	token := s.Token
	s.Token = func(ctx context.Context) (core.Secret, error) {
		defer cancel()
		return token(ctx)
	}
	pub := f.plan(pageDemo(), core.Draft{Text: "@crier-corner"})
	for stage, err := range map[string]error{
		"Preflight": pub.(core.Preflighter).Preflight(ctx, s),
		"Prepare":   func() error { _, err := pub.Prepare(ctx, s); return err }(),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", stage, err)
		}
	}
}

// Where the app may not ask what everybody may know of a page, its administrators may.
func TestMentionOfAnAdministratorsPage(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
		f := newMentionFixture(t)
		f.Next(t, lookup, respond(status, -1))
		post, warned := f.sent(pageDemo(), core.Draft{Text: "{{0}}", Mentions: []core.MentionRef{{ID: sandbox.PageURN}}})
		if post.DisplayText != "Crier Demo" || len(links(post)) != 1 || warned != nil {
			t.Errorf("%d: %q, warned %q", status, post.Commentary, warned)
		}
	}
}

// The address of a profile is that of one person, whoever else begins with the name.
func TestMentionByAddressTakesItsPerson(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	namesake := sandbox.Person{ID: "abe-1", FirstName: "John", LastName: "Abe", Vanity: "abe"}
	if err := f.Sandbox.AddPerson(namesake); err != nil {
		t.Fatal(err)
	}
	page, _ := organization(f, sandbox.PageID)
	page.FollowerPeople = append([]string{namesake.ID}, page.FollowerPeople...)
	if err := f.Sandbox.AddOrganization(page); err != nil {
		t.Fatal(err)
	}
	post, _ := f.sent(pageDemo(), core.Draft{Text: "{{0}}", Mentions: []core.MentionRef{{ID: "linkedin.com/in/john-roe-sandbox"}}})
	if diff := cmp.Diff([]string{"John Roe " + sandbox.JohnURN}, links(post)); diff != "" {
		t.Error(diff)
	}
}

// Who takes a person for a page is told how people are mentioned, and what was meant as a
// handle and is none is told of.
func TestMentionHints(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		draft core.Draft
		want  string // in the warning
	}{
		{core.Draft{Text: "@jane-doe-sandbox"}, "To mention a person, send an entry of mentions with isCompany: false, and put its placeholder here."},
		{core.Draft{Text: "{{0}}", Mentions: []core.MentionRef{{ID: "jr0e-zz_42", Name: "John Roe"}}}, "If this is a person, send isCompany: false."},
		{core.Draft{Text: "こんにちは@crier-demo です"}, "@crier-demo stays as text: a mention begins with @ at the start of the text or after a space."},
	} {
		f := newFixture(t)
		pub := f.plan(pageDemo(), tc.draft)
		warnings, err := f.preflight(pub, f.session(pageDemo()))
		warnings = append(warnings, pub.(core.Previewer).Preview().Warnings...)
		if err != nil || len(warnings) != 1 || warnings[0].Code != core.CodeMention {
			t.Fatalf("%s: %v, %+v", tc.draft.Text, err, warnings)
		}
		checkContains(t, warnings[0].Message, tc.want)
	}
}
