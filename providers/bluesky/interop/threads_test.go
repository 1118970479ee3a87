package interop_test

import (
	"encoding/json"

	"github.com/crier-social/crier/providers/bluesky/atdata"
)

// askAboutThreads is about posts that are written at once, and name each other's CIDs, which follow
// from what they say: https://atproto.com/specs/data-model.
func askAboutThreads(a *asker) {
	alice := a.w.alice
	token := a.signedIn(alice).AccessJWT
	image := a.uploaded("a file for a thread", upload(token, "image/png", append(png(), 0)))
	first := post("Grüße <&> \u2028 👩‍👩‍👧‍👦 #go", map[string]any{
		"langs": []string{"de", "en"}, "tags": []string{"x"}, "labels": selfLabels("nudity"),
		"embed": map[string]any{"$type": "app.bsky.embed.images", "images": []any{
			map[string]any{"image": image, "alt": "", "aspectRatio": map[string]any{"width": 3, "height": 4}},
		}},
		"facets": facet(42, 45, "tag", "tag", "go")["facets"],
	})
	answering := func(text string, root, parent map[string]any) map[string]any {
		return post(text, map[string]any{"reply": map[string]any{"root": root, "parent": parent}})
	}
	root := map[string]any{"uri": address(alice, "3kcaaaaaaaa2a"), "cid": a.cid(first)}
	second := answering("second", root, root)
	third := answering("third", root, map[string]any{"uri": address(alice, "3kcaaaaaaab2a"), "cid": a.cid(second)})
	made := into[struct{ Results []struct{ URI, CID string } }](a, a.ok("a thread at once", apply(token, alice.did,
		write("create", posts, "3kcaaaaaaaa2a", first), write("create", posts, "3kcaaaaaaab2a", second), write("create", posts, "3kcaaaaaaac2a", third))))
	for i, record := range []map[string]any{first, second, third} {
		if want := a.cid(record); len(made.Results) != 3 || made.Results[i].CID != want {
			a.t.Errorf("the CID of post %d is none of %v, but was computed as %s", i+1, made.Results, want)
		}
	}
}

// cid computes the CID of a record.
func (a *asker) cid(record map[string]any) string {
	a.t.Helper()
	raw, err := json.Marshal(record)
	if err != nil {
		a.t.Fatal(err)
	}
	value, err := atdata.Parse(raw)
	if err != nil {
		a.t.Fatal(err)
	}
	cid, err := atdata.CID(value)
	if err != nil {
		a.t.Fatal(err)
	}
	return cid
}
