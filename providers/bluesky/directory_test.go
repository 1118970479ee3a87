package bluesky_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/richtext"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	bob := core.DirectoryEntry{
		ID: sandbox.BobDID, Kind: core.AccountPerson, Name: "Bob", VanityName: sandbox.BobHandle, Description: "Builds bridges.",
		ProfileURL: "https://bsky.app/profile/" + sandbox.BobDID, Mention: "@" + sandbox.BobHandle,
	}
	for text, want := range map[string][]core.DirectoryEntry{
		"bo":                                {bob},
		"@bob.test":                         {bob},
		" Bob.Test ":                        {bob},
		sandbox.BobDID:                      {bob},
		"https://bsky.app/profile/bob.test": {bob},
		"bsky.app/profile/" + sandbox.BobDID + "/post/3l3qo2vutsw2b": {bob},
		"nobody at all":                         {},
		"nobody.test":                           {},
		"did:plc:sandboxnobody2222222222222222": {},
	} {
		got, err := w.provider.Search(t.Context(), s, core.DirectoryQuery{Text: text})
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		for i := range got { // only what the profile itself holds
			if text == "bo" || text == "@bob.test" || text == " Bob.Test " {
				got[i].Description = bob.Description
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if _, err := w.provider.Search(t.Context(), s, core.DirectoryQuery{Text: " "}); core.KindOf(err) != core.KindInvalid || core.AsError(err).Field != "search" {
		t.Error(err)
	}
}

// Who has no valid handle is mentioned by the DID, in a form that a post takes.
func TestSearchWithoutHandle(t *testing.T) {
	t.Parallel()
	s, p := newScript(t)
	s.says("app.bsky.actor.searchActorsTypeahead", 200, `{"actors":[
		{"did":"`+bobDID+`","handle":"handle.invalid","displayName":"Bob [B]"},
		{"did":"`+aliceDID+`","handle":"handle.invalid"},
		{"did":"did:web:bob.test","handle":"bob.test","avatar":"https://cdn.example/b"}]}`)
	got, err := p.Search(t.Context(), s.session(t, nil), core.DirectoryQuery{Text: "Bob"})
	if err != nil {
		t.Fatal(err)
	}
	const url = "https://bsky.app/profile/"
	want := []core.DirectoryEntry{
		{ID: bobDID, Kind: core.AccountPerson, Name: "Bob [B]", ProfileURL: url + bobDID, Mention: `@[Bob \[B\]](` + bobDID + ")"},
		{ID: aliceDID, Kind: core.AccountPerson, Name: aliceDID, ProfileURL: url + aliceDID, Mention: "@[" + aliceDID + "](" + aliceDID + ")"},
		{ID: "did:web:bob.test", Kind: core.AccountPerson, Name: "bob.test", VanityName: "bob.test", ProfileURL: url + "did:web:bob.test", ImageURL: "https://cdn.example/b", Mention: "@bob.test"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, entry := range got {
		text := richtext.Parse(entry.Mention)
		if len(text) != 1 || text[0].Kind != richtext.Mention && text[0].Kind != richtext.Handle {
			t.Errorf("%q is no mention", entry.Mention)
		}
	}
	s.says("app.bsky.actor.searchActorsTypeahead", 503, ``)
	if _, err := p.Search(t.Context(), s.session(t, nil), core.DirectoryQuery{Text: "Bob"}); core.KindOf(err) != core.KindTemporary {
		t.Error(err)
	}
	s.says("app.bsky.actor.getProfile", 503, ``)
	if _, err := p.Search(t.Context(), s.session(t, nil), core.DirectoryQuery{Text: "bob.test"}); core.KindOf(err) != core.KindTemporary {
		t.Error(err)
	}
}
