package bluesky_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// What readers take for one character counts as one, and the markup of mentions not at all.
func TestTextLength(t *testing.T) {
	t.Parallel()
	p, err := bluesky.New(bluesky.Config{}, bluesky.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"":            0,
		"Ünïcöde":     7,
		"👩‍👩‍👧‍👦🇩🇪":   2,
		"e\u0301":     1,
		"@alice.test": 11,
		"By @[Bob](did:plc:sandboxbob22222222222222).": 7,
		"https://example.com/a/very/long/address":      39,
	} {
		if got := p.TextLength(text); got != want {
			t.Errorf("%q has %d, want %d", text, got, want)
		}
	}
}

// The bytes are those that Bluesky gets.
func TestTextBytes(t *testing.T) {
	t.Parallel()
	p, err := bluesky.New(bluesky.Config{}, bluesky.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"":        0,
		"👩‍👩‍👧‍👦": 25,
		"By @[Bob](did:plc:sandboxbob22222222222222).": 7,
	} {
		if got := p.TextBytes(text); got != want {
			t.Errorf("%q has %d bytes, want %d", text, got, want)
		}
	}
}

// Blocks that mean the same are written the same.
func TestNormalOptions(t *testing.T) {
	t.Parallel()
	p, err := bluesky.New(bluesky.Config{}, bluesky.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	for block, want := range map[string]string{
		`{}`: `{}`,
		`{"altText":[],"languages":[],"labels":[],"tags":[],"shortenLinks":false,"replies":"everyone","allowQuotes":true}`:                                     `{}`,
		`{"ALTTEXT":["a"],"languages":["pt_br","pt-BR"],"labels":["Porn","nudity"],"tags":["#a","a"]}`:                                                         `{"altText":["a"],"labels":["nudity","porn"],"languages":["pt-BR"],"tags":["a"]}`,
		`{"link":false,"allowQuotes":false,"replies":"nobody"}`:                                                                                                `{"allowQuotes":false,"link":false,"replies":"nobody"}`,
		`{"quote":"https://bsky.app/profile/did:plc:sandboxbob22222222222222/post/3kabcdefghi22","replyTo":" at://Bob.Test/app.bsky.feed.post/3kabcdefghi22"}`: `{"quote":"at://did:plc:sandboxbob22222222222222/app.bsky.feed.post/3kabcdefghi22","replyTo":"at://bob.test/app.bsky.feed.post/3kabcdefghi22"}`,
		`{"repost":"0N8FjyWlF6YQ9iDuSMzU","languages":[]}`:                                                                                                     `{"repost":"0N8FjyWlF6YQ9iDuSMzU"}`,
		`{"repost":"https://example.com/","languages":[]}`:                                                                                                     `{"repost":"https://example.com/","languages":[]}`,
		`{"link":null,"captions":null,"replies":null,"quote":null}`:                                                                                            `{}`,
		`{"languages":["english"]}`:          `{"languages":["english"]}`,
		`{"replies":"friends","altText":[]}`: `{"replies":"friends","altText":[]}`,
		`{"unknown":1,"altText":[]}`:         `{"unknown":1,"altText":[]}`,
	} {
		if diff := cmp.Diff(want, string(p.NormalOptions(json.RawMessage(block)))); diff != "" {
			t.Errorf("%s: %s", block, diff)
		}
	}
}

// Mentions are links to whom they name; those of nobody stay as text, with a warning.
func TestMentions(t *testing.T) {
	t.Parallel()
	mentions := func(refs ...core.MentionRef) []core.MentionRef {
		for i := range refs {
			refs[i].Field = "mentions[" + string(rune('0'+i)) + "]"
		}
		return refs
	}
	for _, tc := range []struct {
		name  string
		draft core.Draft
		text  string
		whom  []string // what is linked, as text and DID
		warns string
	}{
		{"a handle", core.Draft{Text: "Hi @Bob.test!"}, "Hi @Bob.test!", []string{"@Bob.test", sandbox.BobDID}, ""},
		{"twice", core.Draft{Text: "@bob.test @bob.test"}, "@bob.test @bob.test", []string{"@bob.test", sandbox.BobDID, "@bob.test", sandbox.BobDID}, ""},
		{"nobody's handle", core.Draft{Text: "Hi @nobody.test and @bob.test"}, "Hi @nobody.test and @bob.test", []string{"@bob.test", sandbox.BobDID}, "@nobody.test is not mentioned"},
		{"a name", core.Draft{Text: "By {{0}}", Mentions: mentions(core.MentionRef{ID: "bob.test", Name: " Bob  B. "})}, "By Bob B.", []string{"Bob B.", sandbox.BobDID}, ""},
		{"a handle in an entry", core.Draft{Text: "By {{0}}", Mentions: mentions(core.MentionRef{ID: "@bob.test"})}, "By @bob.test", []string{"@bob.test", sandbox.BobDID}, ""},
		{"a DID", core.Draft{Text: "By {{0}}", Mentions: mentions(core.MentionRef{ID: sandbox.BobDID})}, "By @bob.test", []string{"@bob.test", sandbox.BobDID}, ""},
		{"a DID with a name", core.Draft{Text: "By {{0}}", Mentions: mentions(core.MentionRef{ID: sandbox.BobDID, Name: "Bob"})}, "By Bob", []string{"Bob", sandbox.BobDID}, ""},
		{"an address", core.Draft{Text: "By {{0}}", Mentions: mentions(core.MentionRef{ID: "bsky.app/profile/carol.test"})}, "By @carol.test", []string{"@carol.test", sandbox.CarolDID}, ""},
		{"markup", core.Draft{Text: "By @[Bob \\[B\\]](" + sandbox.BobDID + ")"}, "By Bob [B]", []string{"Bob [B]", sandbox.BobDID}, ""},
		{"for another network", core.Draft{Text: "By {{0}}", Mentions: mentions(core.MentionRef{ID: "@jay", Platform: "x"})}, "By jay", nil, ""},
		{"not used", core.Draft{Text: "x", Mentions: mentions(core.MentionRef{ID: "bob.test"})}, "x", nil, "mentions[0] is not mentioned"},
		{"a placeholder without entries", core.Draft{Text: "{{0}}"}, "{{0}}", nil, "stays in the text as it is"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			_, record := f.publish(f.alice, tc.draft, nil)
			if record.Text() != tc.text {
				t.Errorf("text %q, want %q", record.Text(), tc.text)
			}
			if diff := cmp.Diff(tc.whom, mentioned(t, record)); diff != "" {
				t.Error(diff)
			}
			if said := f.said(); (said == "") != (tc.warns == "") || !strings.Contains(said, tc.warns) {
				t.Errorf("warnings %q, want %q", said, tc.warns)
			}
		})
	}
}

// What can be nobody's DID is refused by its form, wherever it stands.
func TestMentionsOfNobodysDID(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, did := range []string{"did:plc:x", "did:foo:bar", "did:plc:SANDBOXBOB22222222222222", "did:plc:sandboxbob2222222222222", "did:web:bob"} {
		for field, d := range map[string]core.Draft{
			"post":           {Text: "Hi @[Bob](" + did + ")"},
			"mentions[0].id": {Text: "Hi {{0}}", Mentions: []core.MentionRef{{ID: did, Name: "Bob", Field: "mentions[0]"}}},
		} {
			_, err := f.provider.Plan(t.Context(), f.alice.Account, d)
			if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != field || e.Code != core.CodeMention || !strings.Contains(e.Message, did) {
				t.Errorf("%s, %s: %+v", did, field, e)
			}
		}
	}
}

// mentioned lists whom a record mentions: what is shown, and the DID.
func mentioned(t *testing.T, r sandbox.Record) []string {
	t.Helper()
	var post struct {
		Text   string
		Facets []struct {
			Index    struct{ ByteStart, ByteEnd int }
			Features []struct{ DID string }
		}
	}
	if err := json.Unmarshal(r.Value, &post); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range post.Facets {
		if f.Features[0].DID != "" {
			out = append(out, post.Text[f.Index.ByteStart:f.Index.ByteEnd], f.Features[0].DID)
		}
	}
	return out
}

// When nobody answers who is mentioned, the post waits a while, and then goes out without.
func TestMentionsThatNobodyTells(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s := f.plan(f.alice, core.Draft{Text: "Hi @bob.test"}), f.session(f.alice)
	for _, call := range []string{"GET /xrpc/com.atproto.identity.resolveHandle", "GET /plc/*"} {
		down := sandbox.Fail(503, "NotEnoughResources", "down")
		down.Times = 100
		f.Next(t, call, down)
	}
	before := f.clock.Now()
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	if waited := f.clock.Now().Sub(before); waited.Seconds() < 75 {
		t.Errorf("waited %s", waited)
	}
	if _, err := pub.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	post := f.Sandbox.Posts()[0]
	if post.Text() != "Hi @bob.test" || mentioned(t, post) != nil || !strings.Contains(f.said(), "@bob.test is not mentioned") {
		t.Errorf("%s; %s", post.Value, f.said())
	}
	named := f.plan(f.alice, core.Draft{Text: "Hi {{0}}", Mentions: []core.MentionRef{{ID: "did:plc:sandboxnobody2222222222a", Field: "mentions[0]"}}})
	if err := f.prepare(named, f.session(f.alice)); core.KindOf(err) != core.KindTemporary {
		t.Errorf("a person without any name: %v", err)
	}
}
