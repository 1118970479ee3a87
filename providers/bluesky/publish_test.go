package bluesky_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/blueskytest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

// fixture is the adapter in front of a sandbox whose clock stands still.
type fixture struct {
	*blueskytest.Server

	t        *testing.T
	clock    *coretest.Clock
	provider *bluesky.Provider
	alice    providertest.Author
	bob      providertest.Author
	warnings []core.Warning
}

func newFixture(t *testing.T, options ...blueskytest.Option) *fixture {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	clock.SkipWaits()
	server := blueskytest.New(t, append([]blueskytest.Option{blueskytest.WithClock(clock)}, options...)...)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &fixture{
		Server: server, t: t, clock: clock, provider: newProvider(t, server.URL, bluesky.Config{}, transport, clock, nil),
		alice: signIn(t, server.Sandbox, server.URL, alice(), sandbox.AliceAppPassword),
		bob:   signIn(t, server.Sandbox, server.URL, account(sandbox.BobDID, sandbox.BobHandle), sandbox.BobAppPassword),
	}
}

func (f *fixture) plan(a providertest.Author, d core.Draft) core.Publication {
	f.t.Helper()
	pub, err := f.provider.Plan(f.t.Context(), a.Account, d)
	if err != nil {
		f.t.Fatal(err)
	}
	return pub
}

// session is one of the account, which remembers what it is warned of.
func (f *fixture) session(a providertest.Author, files ...coretest.File) *core.Session {
	s := coretest.NewSession(f.t, a.Account, coretest.WithToken(a.Token), coretest.WithBinding(a.Binding),
		coretest.WithClock(f.clock), coretest.WithAssets(coretest.NewAssets(files...)))
	s.OnWarning = func(w core.Warning) {
		if !slices.Contains(f.warnings, w) {
			f.warnings = append(f.warnings, w)
		}
	}
	return s
}

// prepare goes on until the publication is ready.
func (f *fixture) prepare(pub core.Publication, s *core.Session) error {
	for range 100 {
		progress, err := pub.Prepare(f.t.Context(), s)
		if err != nil || progress.Ready {
			return err
		}
		f.clock.Advance(progress.After)
	}
	f.t.Fatal("never ready")
	return nil
}

// publish carries a draft to its end, and returns the record that it made.
func (f *fixture) publish(a providertest.Author, d core.Draft, change func(*core.Session), files ...coretest.File) (core.Receipt, sandbox.Record) {
	f.t.Helper()
	pub, s := f.plan(a, d), f.session(a, files...)
	if change != nil {
		change(s)
	}
	if p, ok := pub.(core.Preflighter); ok {
		if err := p.Preflight(f.t.Context(), s); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := f.prepare(pub, s); err != nil {
		f.t.Fatal(err)
	}
	receipt, err := pub.Commit(f.t.Context(), s)
	if err != nil {
		f.t.Fatal(err)
	}
	record, ok := f.Sandbox.Record(receipt.RemoteID)
	if !ok {
		f.t.Fatalf("there is no %s", receipt.RemoteID)
	}
	return receipt, record
}

// count tells how many calls of a method arrived.
func (f *fixture) count(nsid string) int {
	n := 0
	for _, r := range f.Sandbox.Requests() {
		if strings.HasSuffix(r.Path, "/xrpc/"+nsid) {
			n++
		}
	}
	return n
}

// said are the messages of the warnings.
func (f *fixture) said() string {
	var lines []string
	for _, w := range f.warnings {
		lines = append(lines, w.Field+": "+w.Message)
	}
	return strings.Join(lines, "\n")
}

// value decodes a record, without what is different each time.
func value(t *testing.T, r sandbox.Record) map[string]any {
	t.Helper()
	var v map[string]any
	cids := regexp.MustCompile(`"baf[a-z2-7]{20,}"`)
	if err := json.Unmarshal(cids.ReplaceAll(r.Value, []byte(`"CID"`)), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func blob(mime string, size int) string {
	b, err := json.Marshal(map[string]any{"$type": "blob", "ref": map[string]string{"$link": "CID"}, "mimeType": mime, "size": size})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// What a post consists of is what its record has.
func TestPublishWritesTheRecord(t *testing.T) {
	t.Parallel()
	one, two := coretest.Picture("https://m.example/1.png", 3, 4), coretest.Picture("https://m.example/2.png", 5, 6)
	page := core.Page{Title: " A\npage ", Description: "Of words", ImageURL: one.URL}
	const at = `"$type":"app.bsky.feed.post","createdAt":"2026-01-05T12:00:00.000Z"`
	for _, tc := range []struct {
		name   string
		draft  core.Draft
		files  []coretest.File
		change func(*core.Session)
		want   string
	}{
		{
			"text with all facets",
			core.Draft{Text: "Ü @bob.test #go https://example.com", Options: json.RawMessage(`{"link":false}`)},
			nil, nil,
			`{` + at + `,"text":"Ü @bob.test #go https://example.com","facets":[
				{"index":{"byteStart":3,"byteEnd":12},"features":[{"$type":"app.bsky.richtext.facet#mention","did":"` + sandbox.BobDID + `"}]},
				{"index":{"byteStart":13,"byteEnd":16},"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"go"}]},
				{"index":{"byteStart":17,"byteEnd":36},"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://example.com"}]}]}`,
		},
		{
			"what is not shown",
			core.Draft{Text: "x", Options: json.RawMessage(`{"languages":["en","pt-br"],"labels":["nudity"],"tags":["#go"]}`)},
			nil, nil,
			`{` + at + `,"text":"x","langs":["en","pt-BR"],"tags":["go"],"labels":{"$type":"com.atproto.label.defs#selfLabels","values":[{"val":"nudity"}]}}`,
		},
		{
			"images in order",
			core.Draft{Text: "x", Media: coretest.MediaRefs(two.URL, one.URL), Options: json.RawMessage(`{"altText":["two"]}`)},
			[]coretest.File{one, two},
			nil,
			`{` + at + `,"text":"x","embed":{"$type":"app.bsky.embed.images","images":[
				{"alt":"two","aspectRatio":{"width":5,"height":6},"image":` + blob("image/png", len(two.Data)) + `},
				{"alt":"","aspectRatio":{"width":3,"height":4},"image":` + blob("image/png", len(one.Data)) + `}]}}`,
		},
		{
			"the card of an address in the text",
			core.Draft{Text: "see https://example.com/a"},
			[]coretest.File{one},
			coretest.WithPages(map[string]core.Page{"https://example.com/a": page}),
			`{` + at + `,"text":"see https://example.com/a","facets":[
				{"index":{"byteStart":4,"byteEnd":25},"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://example.com/a"}]}],
				"embed":{"$type":"app.bsky.embed.external","external":{"uri":"https://example.com/a","title":"A page","description":"Of words","thumb":` + blob("image/png", len(one.Data)) + `}}}`,
		},
		{
			"a card of one's own",
			core.Draft{Options: json.RawMessage(`{"link":{"url":"https://example.com/a","title":"Mine","description":"","thumbNail":"` + two.URL + `"}}`)},
			[]coretest.File{two},
			nil,
			`{` + at + `,"text":"","embed":{"$type":"app.bsky.embed.external","external":{"uri":"https://example.com/a","title":"Mine","description":"","thumb":` + blob("image/png", len(two.Data)) + `}}}`,
		},
		{
			"a card whose page cannot be read",
			core.Draft{Text: "x", Options: json.RawMessage(`{"link":{"url":"https://example.com/gone/"}}`)},
			nil, nil,
			`{` + at + `,"text":"x","embed":{"$type":"app.bsky.embed.external","external":{"uri":"https://example.com/gone/","title":"example.com/gone","description":""}}}`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			receipt, record := f.publish(f.alice, tc.draft, tc.change, tc.files...)
			want := object(t, tc.want)
			want["createdAt"] = coretest.Epoch().UTC().Format("2006-01-02T15:04:05.000Z")
			got := value(t, record)
			if after, err := time.Parse(time.RFC3339, got["createdAt"].(string)); err != nil || after.Before(coretest.Epoch()) {
				t.Errorf("created at %v", got["createdAt"])
			}
			want["createdAt"] = got["createdAt"]
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			wantReceipt := core.Receipt{RemoteID: record.URI, URL: "https://bsky.app/profile/" + sandbox.AliceDID + "/post/" + record.RKey, Extra: map[string]any{"cid": record.CID}}
			if diff := cmp.Diff(wantReceipt, receipt); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Posts are named by at://…, by their address, and by their id on this server; a reply to a
// reply belongs to the thread that the first one does.
func TestPublishRefersToPosts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const own = "0N8FjyWlF6YQ9iDuSMzU"
	_, first := f.publish(f.bob, core.Draft{Text: "first"}, nil)
	handled := "https://bsky.app/profile/bob.test/post/" + first.RKey
	_, second := f.publish(f.alice, core.Draft{Text: "second", Options: json.RawMessage(`{"replyTo":"` + handled + `"}`)}, nil)
	published := coretest.WithPublished(map[string]string{own: second.URI})
	_, third := f.publish(f.alice, core.Draft{Text: "third", Options: json.RawMessage(`{"replyTo":"` + own + `","quote":"at://bob.test/app.bsky.feed.post/` + first.RKey + `"}`)}, published)
	ref := func(r sandbox.Record) map[string]any { return map[string]any{"uri": r.URI, "cid": "CID"} }
	if diff := cmp.Diff(any(map[string]any{"root": ref(first), "parent": ref(first)}), value(t, second)["reply"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(any(map[string]any{"root": ref(first), "parent": ref(second)}), value(t, third)["reply"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(any(map[string]any{"$type": "app.bsky.embed.record", "record": ref(first)}), value(t, third)["embed"]); diff != "" {
		t.Error(diff)
	}
	receipt, repost := f.publish(f.alice, core.Draft{Options: json.RawMessage(`{"repost":"` + own + `"}`)}, published)
	page := "https://bsky.app/profile/" + sandbox.AliceDID + "/post/" + second.RKey
	if repost.Collection != "app.bsky.feed.repost" || !strings.Contains(string(repost.Value), second.CID) || receipt.URL != page {
		t.Errorf("%s at %s", repost.Value, receipt.URL)
	}
	if err := f.provider.Delete(t.Context(), f.session(f.alice), receipt.RemoteID); err != nil {
		t.Fatal(err)
	}
	if _, there := f.Sandbox.Record(receipt.RemoteID); there {
		t.Error("the repost is still there")
	}
}

// A picture beside a quote is shown with it.
func TestQuoteWithAPicture(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, quoted := f.publish(f.bob, core.Draft{Text: "first"}, nil)
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	_, record := f.publish(f.alice, core.Draft{Text: "x", Media: coretest.MediaRefs(picture.URL), Options: json.RawMessage(`{"quote":"` + quoted.URI + `"}`)}, nil, picture)
	want := object(t, `{"$type":"app.bsky.embed.recordWithMedia",
		"record":{"$type":"app.bsky.embed.record","record":{"uri":"`+quoted.URI+`","cid":"CID"}},
		"media":{"$type":"app.bsky.embed.images","images":[{"alt":"","aspectRatio":{"width":3,"height":4},"image":`+blob("image/png", len(picture.Data))+`}]}}`)
	if diff := cmp.Diff(any(want), value(t, record)["embed"]); diff != "" {
		t.Error(diff)
	}
}

// What is not there cannot be referred to, and that shows early.
func TestReferencesThatAreNotThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, option := range []string{"replyTo", "quote", "repost"} {
		for name, v := range map[string]string{
			"no post":       "at://" + sandbox.BobDID + "/app.bsky.feed.post/3kabcdefghi22",
			"nobody":        "https://bsky.app/profile/nobody.test/post/3kabcdefghi22",
			"not published": "0N8FjyWlF6YQ9iDuSMzU",
		} {
			d := core.Draft{Text: "x", Options: json.RawMessage(`{"` + option + `":"` + v + `"}`)}
			if option == "repost" {
				d.Text = ""
			}
			err := f.plan(f.alice, d).(core.Preflighter).Preflight(t.Context(), f.session(f.alice))
			e := core.AsError(err)
			if e.Kind != core.KindInvalid || e.Field != "blueSkyOptions."+option || e.Help == "" {
				t.Errorf("%s of %s: %+v", option, name, e)
			}
		}
	}
}

// Who may do what with a post is written together with it.
func TestGatesAreWrittenWithThePost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	list := json.RawMessage(`{"name":"Friends","purpose":"app.bsky.graph.defs#curatelist","createdAt":"2026-01-01T00:00:00Z"}`)
	if _, err := f.Sandbox.CreateRecord(sandbox.BobDID, "app.bsky.graph.list", "3kabcdefghi22", list); err != nil {
		t.Fatal(err)
	}
	_, record := f.publish(f.alice, core.Draft{Text: "x", Options: json.RawMessage(`{"replies":["mentioned","at://` + sandbox.BobDID + `/app.bsky.graph.list/3kabcdefghi22"],"allowQuotes":false}`)}, nil)
	if n := f.count("com.atproto.repo.applyWrites"); n != 1 || f.count("com.atproto.repo.putRecord") != 0 {
		t.Errorf("%d calls of applyWrites", n)
	}
	gate := f.gate(record, "app.bsky.feed.threadgate")
	if diff := cmp.Diff(object(t, `{"$type":"app.bsky.feed.threadgate","post":"`+record.URI+`","createdAt":"`+gate["createdAt"].(string)+`",
		"allow":[{"$type":"app.bsky.feed.threadgate#mentionRule"},{"$type":"app.bsky.feed.threadgate#listRule","list":"at://`+sandbox.BobDID+`/app.bsky.graph.list/3kabcdefghi22"}]}`), gate); diff != "" {
		t.Error(diff)
	}
	quotes := f.gate(record, "app.bsky.feed.postgate")
	if diff := cmp.Diff(any([]any{map[string]any{"$type": "app.bsky.feed.postgate#disableRule"}}), quotes["embeddingRules"]); diff != "" {
		t.Error(diff)
	}
}

// gate returns what is written under the key of a post in another collection; nil: nothing.
func (f *fixture) gate(post sandbox.Record, collection string) map[string]any {
	f.t.Helper()
	gate, ok := f.Sandbox.Record(strings.Replace(post.URI, post.Collection, collection, 1))
	if !ok {
		return nil
	}
	return value(f.t, gate)
}

// The comments of a post are closed and opened; what its author has hidden stays hidden.
func TestCommentsAreClosedAndOpened(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, post := f.publish(f.alice, core.Draft{Text: "x"}, nil)
	s := f.session(f.alice)
	set := func(open bool) {
		t.Helper()
		for range 2 { // it may be repeated
			if err := f.provider.SetComments(t.Context(), s, post.URI, open); err != nil {
				t.Fatal(err)
			}
		}
	}
	set(true)
	if gate := f.gate(post, "app.bsky.feed.threadgate"); gate != nil {
		t.Errorf("open from the start: %v", gate)
	}
	set(false)
	if gate := f.gate(post, "app.bsky.feed.threadgate"); gate == nil || len(gate["allow"].([]any)) != 0 {
		t.Errorf("closed: %v", gate)
	}
	set(true)
	if gate := f.gate(post, "app.bsky.feed.threadgate"); gate != nil {
		t.Errorf("opened: %v", gate)
	}
	hidden := `{"$type":"app.bsky.feed.threadgate","post":"` + post.URI + `","createdAt":"2026-01-01T00:00:00Z","allow":[],"hiddenReplies":["at://` + sandbox.BobDID + `/app.bsky.feed.post/3kabcdefghi22"]}`
	if _, err := f.Sandbox.CreateRecord(sandbox.AliceDID, "app.bsky.feed.threadgate", post.RKey, json.RawMessage(hidden)); err != nil {
		t.Fatal(err)
	}
	set(true)
	gate := f.gate(post, "app.bsky.feed.threadgate")
	if _, closed := gate["allow"]; closed || len(gate["hiddenReplies"].([]any)) != 1 || gate["createdAt"] != "2026-01-01T00:00:00Z" {
		t.Errorf("opened, with a reply hidden: %v", gate)
	}
	_, reply := f.publish(f.alice, core.Draft{Text: "y", Options: json.RawMessage(`{"replyTo":"` + post.URI + `"}`)}, nil)
	if err := f.provider.SetComments(t.Context(), s, reply.URI, false); core.KindOf(err) != core.KindUnsupported {
		t.Errorf("a reply: %v", err)
	}
	if err := f.provider.SetComments(t.Context(), f.session(f.bob), post.URI, false); core.KindOf(err) != core.KindInvalid {
		t.Errorf("somebody else's: %v", err)
	}
}
