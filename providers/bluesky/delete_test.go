package bluesky_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// What says who may answer and quote a post goes with it; that it cannot be deleted keeps
// nothing else from being so.
func TestDeleteTakesTheGatesAlong(t *testing.T) {
	t.Parallel()
	const deleteRecord = "POST /xrpc/com.atproto.repo.deleteRecord"
	away := sandbox.Fail(http.StatusServiceUnavailable, "NotEnoughResources", "")
	f := newFixture(t)
	for name, fault := range map[string]func(){
		"all":    func() {},
		"unread": func() { f.Next(t, "GET /xrpc/com.atproto.repo.getRecord", away, away, away) },
	} {
		_, post := f.publish(f.alice, core.Draft{Text: "x", Options: json.RawMessage(`{"replies":"nobody","allowQuotes":false}`)}, nil)
		fault()
		for range 2 { // it may be repeated
			if err := f.provider.Delete(t.Context(), f.session(f.alice), post.URI); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if _, there := f.Sandbox.Record(post.URI); there || f.gate(post, "app.bsky.feed.threadgate") != nil || f.gate(post, "app.bsky.feed.postgate") != nil {
			t.Errorf("%s: something stays", name)
		}
	}
	_, post := f.publish(f.alice, core.Draft{Text: "x"}, nil)
	before := f.count("com.atproto.repo.deleteRecord")
	if err := f.provider.Delete(t.Context(), f.session(f.alice), post.URI); err != nil || f.count("com.atproto.repo.deleteRecord") != before+1 {
		t.Errorf("%v, %d deletions", err, f.count("com.atproto.repo.deleteRecord")-before)
	}
	_, open := f.publish(f.alice, core.Draft{Text: "y"}, nil)
	f.Next(t, deleteRecord, away, away, away, away)
	if err := f.provider.Delete(t.Context(), f.session(f.alice), open.URI); core.KindOf(err) != core.KindTemporary {
		t.Errorf("the post cannot be deleted: %v", err)
	}
}
