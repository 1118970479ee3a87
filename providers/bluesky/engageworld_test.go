package bluesky_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/blueskytest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// engageWorld is a sandbox, a provider, and what its accounts publish.
type engageWorld struct {
	*blueskytest.Server

	clock    *coretest.Clock
	provider *bluesky.Provider
	assets   *coretest.Assets
	warnings []core.Warning
}

const picture = "https://media.example/1.png"

func newEngageWorld(t *testing.T, change ...func(*bluesky.Config)) *engageWorld {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	clock.SkipWaits()
	w := &engageWorld{
		Server: blueskytest.New(t, blueskytest.WithClock(clock)), clock: clock,
		assets: coretest.NewAssets(coretest.Picture(picture, 4, 5)),
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := bluesky.Config{PLCURL: w.PLCURL(), AppViewURL: w.URL, VideoURL: w.URL}
	for _, f := range change {
		f(&c)
	}
	p, err := bluesky.New(c, bluesky.Deps{
		HTTP: &http.Client{Transport: transport}, Clock: clock,
		LookupTXT: func(context.Context, string) ([]string, error) { return nil, errors.New("no such host") },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.provider = p
	return w
}

// session is that of an account of the sandbox.
func (w *engageWorld) session(t *testing.T, did, handle, password string) *core.Session {
	t.Helper()
	tokens := w.Login(t, did, password)
	account := coretest.Account(func(a *core.Account) {
		a.Platform, a.RemoteID, a.Username, a.DisplayName, a.Kind = "bluesky", did, handle, handle, core.AccountPerson
	})
	s := coretest.NewSession(t, account,
		coretest.WithToken(core.Secret(tokens.AccessToken)), coretest.WithBinding(core.Secret(`{"pds":"`+w.URL+`"}`)),
		coretest.WithAssets(w.assets), coretest.WithClock(w.clock),
		coretest.WithPages(map[string]core.Page{"https://example.com/a": {Title: "A page"}}))
	s.OnWarning = func(warning core.Warning) { w.warnings = append(w.warnings, warning) }
	return s
}

func (w *engageWorld) alice(t *testing.T) *core.Session {
	t.Helper()
	return w.session(t, sandbox.AliceDID, sandbox.AliceHandle, sandbox.AliceAppPassword)
}

func (w *engageWorld) bob(t *testing.T) *core.Session {
	t.Helper()
	return w.session(t, sandbox.BobDID, sandbox.BobHandle, sandbox.BobAppPassword)
}

// publish brings a draft onto the network, and returns it with its receipt. The session has
// its checkpoint from then on.
func (w *engageWorld) publish(t *testing.T, s *core.Session, d core.Draft) (core.Publication, core.Receipt) {
	t.Helper()
	s.Checkpoint = coretest.NewCheckpoint()
	pub, err := w.provider.Plan(t.Context(), s.Account, d)
	if err != nil {
		t.Fatal(err)
	}
	if progress, err := pub.Prepare(t.Context(), s); err != nil || !progress.Ready {
		t.Fatalf("prepare: %+v, %v", progress, err)
	}
	r, err := pub.Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return pub, r
}

// posted publishes a text, and returns the name of the post.
func (w *engageWorld) posted(t *testing.T, s *core.Session, text string) string {
	t.Helper()
	_, r := w.publish(t, s, core.Draft{Text: text})
	return r.RemoteID
}

// named gives a draft a time and a name that no other has.
func (w *engageWorld) named(d core.CommentDraft) core.CommentDraft {
	d.At, d.Key = w.clock.Now().Truncate(time.Millisecond), core.NewID(w.clock.Now())
	return d
}

// remark writes a comment.
func (w *engageWorld) remark(t *testing.T, s *core.Session, d core.CommentDraft) core.Comment {
	t.Helper()
	w.clock.Advance(1e9)
	c, err := w.provider.AddComment(t.Context(), s, w.named(d))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// record is what the sandbox has under a name.
type record struct {
	Text  string
	Reply struct{ Root, Parent struct{ URI, CID string } }
	Embed struct {
		Type     string `json:"$type"`
		Images   []any
		External struct{ URI, Title string }
	}
	Facets    []any
	CreatedAt string
}

func (w *engageWorld) record(t *testing.T, uri string) (out record) {
	t.Helper()
	r, ok := w.Sandbox.Record(uri)
	if !ok {
		t.Fatalf("%s is not there", uri)
	}
	if err := json.Unmarshal(r.Value, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
