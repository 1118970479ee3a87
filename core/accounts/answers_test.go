package accounts_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
)

func asking() coretest.Config {
	return coretest.Config{Apps: []core.LinkApp{coretest.AskingApp(), coretest.DirectApp()}}
}

func answers() accounts.AnswersRequest {
	return accounts.AnswersRequest{Platform: "scripted", Answers: coretest.Answers(coretest.DirectApp())}
}

func TestLinkByAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asking())
	linked, notes, err := w.LinkByAnswers(t.Context(), profileA, answers())
	if err != nil || len(linked) != 1 || len(notes) != 0 {
		t.Fatalf("%+v, %+v, %v", linked, notes, err)
	}
	a := linked[0]
	if a.App != coretest.DirectAppName || a.Username != coretest.MemberHandle || !a.Default {
		t.Errorf("linked: %+v", a)
	}
	_, binding, err := w.Bound(t.Context(), a.ID)
	if err != nil || binding == "" {
		t.Errorf("bound to %q, %v", binding, err)
	}
	// The tokens are renewed with what they are bound to, and stay bound to it.
	w.clock.Advance(coretest.DefaultAccessLife)
	token, after, err := w.Bound(t.Context(), a.ID)
	if err != nil || after != binding {
		t.Errorf("bound to %q after that, %v; before %q", after, err, binding)
	}
	if _, err := w.net.Identify(t.Context(), core.Credentials{AccessToken: token, Binding: after, App: a.App}, ""); err != nil {
		t.Error(err)
	}

	again := answers()
	again.RemoteID, again.Answers = a.RemoteID, map[string]core.Secret{coretest.FieldPassword: coretest.MemberPassword}
	linked, _, err = w.LinkByAnswers(t.Context(), profileA, again)
	if err != nil || len(linked) != 1 || linked[0].ID != a.ID {
		t.Errorf("again: %+v, %v", linked, err)
	}
	// Another profile does not have the account that would answer.
	_, _, err = w.LinkByAnswers(t.Context(), profileB, again)
	wantField(t, err, coretest.FieldHandle)
}

func wantField(t *testing.T, err error, fields ...string) {
	t.Helper()
	var got []string
	for _, e := range core.AsErrors(err) {
		got = append(got, e.Field)
		if e.Kind != core.KindInvalid && e.Kind != core.KindUnsupported {
			t.Errorf("%v is of kind %s", e, e.Kind)
		}
	}
	if diff := cmp.Diff(fields, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s\n%v", diff, err)
	}
}

func TestLinkByAnswersRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asking())
	for name, tt := range map[string]struct {
		change func(*accounts.AnswersRequest)
		fields []string
	}{
		"unknown network":   {func(r *accounts.AnswersRequest) { r.Platform = "nowhere" }, []string{"platform"}},
		"an app that asks":  {func(r *accounts.AnswersRequest) { r.App = coretest.AskingAppName }, []string{"app"}},
		"no answers":        {func(r *accounts.AnswersRequest) { r.Answers = nil }, []string{coretest.FieldHandle, coretest.FieldPassword}},
		"wrong password":    {func(r *accounts.AnswersRequest) { r.Answers[coretest.FieldPassword] = "x" }, []string{coretest.FieldPassword}},
		"unknown handle":    {func(r *accounts.AnswersRequest) { r.Answers[coretest.FieldHandle] = "x" }, []string{coretest.FieldHandle}},
		"not UTF-8":         {func(r *accounts.AnswersRequest) { r.Answers[coretest.FieldHandle] = "\xff" }, []string{coretest.FieldHandle}},
		"another account":   {func(r *accounts.AnswersRequest) { r.RemoteID = "person-9" }, []string{"id"}},
		"nobody was linked": {func(r *accounts.AnswersRequest) { r.RemoteID = "person-9"; delete(r.Answers, coretest.FieldHandle) }, []string{coretest.FieldHandle}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := answers()
			tt.change(&r)
			_, _, err := w.LinkByAnswers(t.Context(), profileA, r)
			wantField(t, err, tt.fields...)
		})
	}
	plain := newWorld(t, coretest.Config{})
	_, _, err := plain.LinkByAnswers(t.Context(), profileA, answers())
	wantField(t, err, "platform")
}

// TestLinkByAnswersGoesOnWithoutItsClient: the network has given tokens by then.
func TestLinkByAnswersGoesOnWithoutItsClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asking())
	ctx, hangUp := context.WithCancel(t.Context())
	w.net.Next(coretest.OpExchange, func(ctx context.Context, apply func() error) error {
		hangUp()
		if _, bounded := ctx.Deadline(); !bounded || ctx.Err() != nil {
			return errors.New("the call has no end of its own")
		}
		return apply()
	})
	if linked, _, err := w.LinkByAnswers(ctx, profileA, answers()); err != nil || len(linked) != 1 {
		t.Errorf("%+v, %v", linked, err)
	}
}

// TestAnswersOfNobody: a refusal that names no field is one of the request all the same, and a
// grant that is good for nobody links nobody.
func TestAnswersOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asking())
	w.net.Next(coretest.OpExchange, coretest.Answer(401, 0))
	_, _, err := w.LinkByAnswers(t.Context(), profileA, answers())
	wantKind(t, err, core.KindInvalid, core.CodeParameters)
	w.net.Next(coretest.OpExchange, coretest.Answer(503, 0))
	_, _, err = w.LinkByAnswers(t.Context(), profileA, answers())
	wantKind(t, err, core.KindTemporary, core.CodeUpstreamUnavailable)

	pages := coretest.DirectApp()
	pages.Kinds = []core.AccountKind{core.AccountOrganization}
	w = newWorld(t, coretest.Config{Apps: []core.LinkApp{pages}, AccessLife: time.Hour})
	_, _, err = w.LinkByAnswers(t.Context(), profileA, answers())
	wantKind(t, err, core.KindForbidden, core.CodeLinkAccount)
}

// asked is a network that notes whom it is asked for.
type asked struct {
	*coretest.Provider
	got []core.LinkRequest
}

func (p *asked) Exchange(ctx context.Context, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
	p.got = append(p.got, r)
	return p.Provider.Exchange(ctx, r, back)
}

// TestWhoIsLinkedAgainIsTold: an adapter learns which account is meant, and what that was called
// is no answer, since somebody else may be called that by now.
func TestWhoIsLinkedAgainIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asking())
	network := &asked{Provider: w.net}
	var err error
	if w.nets, err = core.NewRegistry(network); err != nil {
		t.Fatal(err)
	}
	w.Manager = w.manager(w.store)
	linked, _, err := w.LinkByAnswers(t.Context(), profileA, answers())
	if err != nil {
		t.Fatal(err)
	}
	a := linked[0]
	password := map[string]core.Secret{coretest.FieldPassword: coretest.MemberPassword}
	for name, tc := range map[string]struct {
		remoteID string
		handle   core.Secret
		told     map[string]core.Secret
		again    core.Account
	}{
		"without a name":         {a.RemoteID, "", password, core.Account{RemoteID: a.RemoteID, Username: a.Username}},
		"by what it was called":  {a.RemoteID, " " + coretest.MemberHandle, password, core.Account{RemoteID: a.RemoteID, Username: a.Username}},
		"whoever it is":          {"", coretest.MemberHandle, coretest.Answers(coretest.DirectApp()), core.Account{}},
		"one that is not linked": {"person-9", coretest.MemberHandle, coretest.Answers(coretest.DirectApp()), core.Account{RemoteID: "person-9"}},
	} {
		r := answers()
		r.RemoteID, r.Answers[coretest.FieldHandle] = tc.remoteID, tc.handle
		network.got = nil
		_, _, err := w.LinkByAnswers(t.Context(), profileA, r)
		if len(network.got) != 1 || (err != nil) != (tc.again.RemoteID != "" && tc.again.Username == "") {
			t.Fatalf("%s: asked %d times, %v", name, len(network.got), err)
		}
		got := network.got[0]
		if diff := cmp.Diff(tc.told, got.Answers); diff != "" {
			t.Errorf("%s: answers (-want +got):\n%s", name, diff)
		}
		if got.Again.RemoteID != tc.again.RemoteID || got.Again.Username != tc.again.Username {
			t.Errorf("%s: again %+v, want %+v", name, got.Again, tc.again)
		}
	}
}
