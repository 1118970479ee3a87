package bluesky_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// unbound is a session whose tokens cannot be had, for the reason.
func unbound(s *core.Session, why error) {
	s.Bound = func(context.Context) (core.Secret, core.Secret, error) { return "", "", why }
}

// What is wrong with the session is not said of the file that was to be sent.
func TestSessionIsNotBlamedOnAFile(t *testing.T) {
	t.Parallel()
	for name, why := range map[string]*core.Error{
		"lost":          {Kind: core.KindAuth, Op: "accounts.token", Message: "its authorization was lost"},
		"being renewed": {Kind: core.KindTemporary, Op: "accounts.token", Message: "it is being renewed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			picture := coretest.Picture("https://m.example/1.png", 3, 4)
			s := f.session(f.alice, picture)
			unbound(s, why)
			err := f.prepare(f.plan(f.alice, core.Draft{Text: "x", Media: coretest.MediaRefs(picture.URL)}), s)
			if e := core.AsError(err); e.Kind != why.Kind || e.Field != "" || e.Message != why.Message {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A renewal that is refused proves nothing about the post that is looked for.
func TestReconcileWithoutASession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tokens := f.Login(t, sandbox.AliceHandle, sandbox.AliceAppPassword)
	pub, s := f.plan(f.alice, core.Draft{Text: "once"}), f.session(f.alice)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	f.Next(t, putRecord, sandbox.CutAfter())
	if _, err := pub.Commit(t.Context(), s); core.KindOf(err) != core.KindTemporary {
		t.Fatal(err)
	}
	f.Next(t, "POST /xrpc/com.atproto.server.refreshSession", sandbox.Fail(http.StatusBadRequest, "InvalidRequest", "something is wrong here"))
	_, refused := f.provider.Refresh(t.Context(), core.Credentials{
		AccessToken: core.Secret(tokens.AccessToken), RefreshToken: core.Secret(tokens.RefreshToken),
	})
	if core.KindOf(refused) != core.KindTemporary {
		t.Errorf("the renewal: %v", refused)
	}
	for name, why := range map[string]error{
		"refused":     refused,
		"as content":  &core.Error{Kind: core.KindInvalid, Message: "no"},
		"as a file":   &core.Error{Kind: core.KindMedia, Message: "no"},
		"not offered": &core.Error{Kind: core.KindUnsupported, Message: "no"},
	} {
		unbound(s, why)
		_, found, err := pub.(core.Reconciler).Reconcile(t.Context(), s, f.clock.Now())
		if found || core.KindOf(err) != core.KindUncertain {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// A name that leads astray for the moment says nothing about the post, and is no matter of files.
func TestServerAtAnAddressThatIsNotCalled(t *testing.T) {
	t.Parallel()
	for name, files := range map[string][]coretest.File{"text": nil, "a picture": {coretest.Picture("https://m.example/1.png", 3, 4)}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			d := core.Draft{Text: "once"}
			for _, file := range files {
				d.Media = append(d.Media, coretest.MediaRefs(file.URL)...)
			}
			s := f.session(f.alice, files...)
			if err := f.prepare(f.plan(f.alice, core.Draft{Text: "once"}), s); err != nil {
				t.Fatal(err)
			}
			astray, err := bluesky.New(bluesky.Config{PLCURL: f.URL + "/plc", AppViewURL: f.URL, VideoURL: f.URL}, bluesky.Deps{
				Guarded: netguard.New(nil).Client(0), Clock: f.clock,
			})
			if err != nil {
				t.Fatal(err)
			}
			pub, err := astray.Plan(t.Context(), f.alice.Account, d)
			if err != nil {
				t.Fatal(err)
			}
			if files == nil {
				_, err = pub.Commit(t.Context(), s)
			} else {
				_, err = pub.Prepare(t.Context(), s)
			}
			if e := core.AsError(err); e.Kind != core.KindTemporary || !e.Refused() || e.Code == core.CodeMediaURL {
				t.Errorf("%+v", e)
			}
		})
	}
}

// The picture that a page names is sent again while the session is renewed, or the server fails,
// and given up when that goes on: nobody has asked for it.
func TestPictureOfAPageIsSentAgain(t *testing.T) {
	t.Parallel()
	const upload = "POST /xrpc/com.atproto.repo.uploadBlob"
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	failures := func(n int) func(*fixture, *core.Session) {
		return func(f *fixture, _ *core.Session) {
			for range n {
				f.Next(f.t, upload, sandbox.Fail(http.StatusServiceUnavailable, "NotEnoughResources", "busy"))
			}
		}
	}
	const tries = 3 // of one call
	for name, tc := range map[string]struct {
		cause func(*fixture, *core.Session)
		thumb bool
	}{
		"a server that is away for a moment": {failures(tries), true},
		"a server that does not take it":     {failures(tries * 4), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s := f.session(f.alice, picture)
			coretest.WithPages(map[string]core.Page{articleURL: {Title: "Dunes", ImageURL: picture.URL}})(s)
			tc.cause(f, s)
			began, pub := f.clock.Now(), f.plan(f.alice, core.Draft{Text: "Read " + articleURL})
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			if took := f.clock.Now().Sub(began); took > time.Minute {
				t.Errorf("the post has waited for %s", took)
			}
			if _, err := pub.Commit(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			external := value(t, f.Sandbox.Posts()[0])["embed"].(map[string]any)["external"].(map[string]any)
			if (external["thumb"] != nil) != tc.thumb || (f.said() == "") != tc.thumb {
				t.Errorf("card %v, said %q", external, f.said())
			}
		})
	}
	t.Run("a session that is being renewed", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		s := f.session(f.alice, picture)
		coretest.WithPages(map[string]core.Page{articleURL: {Title: "Dunes", ImageURL: picture.URL}})(s)
		unbound(s, &core.Error{Kind: core.KindTemporary, Message: "it is being renewed"})
		if err := f.prepare(f.plan(f.alice, core.Draft{Text: "Read " + articleURL}), s); core.KindOf(err) != core.KindTemporary || f.said() != "" {
			t.Errorf("%v, said %q", err, f.said())
		}
	})
}

// A picture that was sent before is shown, although its page does not give it any more.
func TestPictureOfAPageThatIsGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	s := f.session(f.alice, picture)
	coretest.WithPages(map[string]core.Page{articleURL: {Title: "Dunes", ImageURL: picture.URL}})(s)
	pub := f.plan(f.alice, core.Draft{Text: "Read " + articleURL})
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(31 * time.Minute)
	s.Fetch = func(context.Context, core.Need) (*core.Asset, error) {
		return nil, &core.Error{Kind: core.KindMedia, Message: "the address answers with status 404"}
	}
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	if _, err := pub.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	external := value(t, f.Sandbox.Posts()[0])["embed"].(map[string]any)["external"].(map[string]any)
	if external["thumb"] == nil || f.said() != "" {
		t.Errorf("card %v, said %q", external, f.said())
	}
}

// failingOnce is a checkpoint whose next save fails once the file is on the server.
type failingOnce struct {
	core.Checkpoint
	f    *fixture
	done bool
}

var errStore = errors.New("the store is away")

func (c *failingOnce) Save(ctx context.Context, v any) error {
	if !c.done && strings.Contains(marshalled(c.f.t, v), `"uploads":{"link.picture":{"kind"`) {
		c.done = true
		return errStore
	}
	return c.Checkpoint.Save(ctx, v)
}

func marshalled(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// A store that fails for a moment costs a card nothing.
func TestPictureOfAPageWhileTheStoreFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	s := f.session(f.alice, picture)
	coretest.WithPages(map[string]core.Page{articleURL: {Title: "Dunes", ImageURL: picture.URL}})(s)
	s.Checkpoint = &failingOnce{Checkpoint: s.Checkpoint, f: f}
	pub := f.plan(f.alice, core.Draft{Text: "Read " + articleURL})
	if err := f.prepare(pub, s); !errors.Is(err, errStore) {
		t.Fatalf("%v, want %v", err, errStore)
	}
	if err := f.prepare(pub, s); err != nil || f.said() != "" {
		t.Errorf("%v, said %q", err, f.said())
	}
}
