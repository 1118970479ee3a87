package linkedin_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

const (
	randomTexts   = 10_000
	randomWriters = 4
	randomSeed    = 20261122
	longestText   = 3000 // UTF-16 code units
)

// words is what an author writes, and what readers see of it.
type words struct{ sent, shown string }

// plainWords are shown as they are written, wherever they stand.
func plainWords() []string {
	all := strings.Split(`|{}[]()<>#\*_~`, "")
	return append(all,
		" ", "  ", "\t", "\n", "\n\n", "\r\n", ".", ",", "'", "\"", "&", "&amp;", "<b>", "%20", "$1", "`", "^", "=", ";", "\u00a0", "\u200b", "\u2028",
		"word", "naïve", "İstanbul", "straße", "Ünïcödé", "日本語", "中文", "ไทย", "हिन्दी", "한국어",
		"שלום עולם", "مرحبا", "\u202bمعكوس\u202c", "\u2067abc\u2069", "می\u200cخواهم",
		"😀", "👩\u200d👩\u200d👧\u200d👦", "🏳️\u200d🌈", "🇩🇪🇯🇵", "👍🏽", "1️⃣", "#️⃣", "e\u0301", "a\u0323\u0302", "Z\u0351\u036b\u0343", "\U0001D54F",
		"#tag", "#Two_Words", "＃全角", "#日本", "#", "##", "#1", "C#", "a#b", "#_", "#-",
		"https://example.com/a_b(c)?d=[e]&f={g}#h~i", "http://x.example/#anchor", "www.example.com/p_q", "mailto:a.b@c.example",
		"a@b.example", "name.surname+tag@mail.example", `\n`, `\(`, `\\`, "{hashtag|\\#|tag}", "{{0}}", "{{name}}", "}{", "](", "**bold**", "_it_", "~~gone~~",
		"@", "@@", "@ ", "@(", "@]", "@[", "@[]", "@[x](y)", "@[Name](urn:li:share:1)", "@[open", "(urn:li:person:x)", "@.", "＠",
	)
}

// elements are shown in another form, or depend on what stands beside them.
func elements() []words {
	return []words{
		{"@[Crier Demo](" + sandbox.PageURN + ")", "Crier Demo"},
		{"@[Crier Corner (Beta)](" + sandbox.SmallPageURN + ")", "Crier Corner (Beta)"},
		{"@[Jane Doe](" + sandbox.JaneURN + ")", "Jane Doe"},
		{"@[Not Her Name](" + sandbox.JaneURN + ")", "Not Her Name"},
		{"@[A_b *c* {d}](" + sandbox.JohnURN + ")", "A_b *c* {d}"},
		{"@crier-demo", "Crier Demo"},
		{"@crier-corner", "Crier Corner (Beta)"},
		{"@nobody-has-this", "nobody-has-this"},
	}
}

// writer makes texts.
type writer struct {
	rng     *rand.Rand
	plain   []string
	special []words
}

// text makes a text of up to as many parts. What follows an @ that means nothing must not
// give it a meaning: then a blank stands between them.
func (w writer) text(parts int) words {
	var t words
	units := 0
	for range parts {
		next := words{}
		if w.rng.IntN(6) == 0 {
			next = w.special[w.rng.IntN(len(w.special))]
			next.sent, next.shown = " "+next.sent+" ", " "+next.shown+" "
		} else {
			next.sent = w.plain[w.rng.IntN(len(w.plain))]
			next.shown = next.sent
		}
		if strings.HasSuffix(t.sent, "@") || strings.HasSuffix(t.sent, "＠") {
			next.sent, next.shown = " "+next.sent, " "+next.shown
		}
		if units += len(utf16.Encode([]rune(next.sent))); units > longestText {
			break
		}
		t.sent, t.shown = t.sent+next.sent, t.shown+next.shown
	}
	return t
}

// Whatever is written, readers see it as it was written, and all of it: through the
// adapter and the network, not only through the codec.
func TestRandomTexts(t *testing.T) {
	t.Parallel()
	t.Logf("seed %d", randomSeed)
	f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) {
		o.DuplicateWindow, o.MaxPosts, o.MaxRequests = -1, randomTexts, 1
	}))
	var all sync.WaitGroup
	for n := range uint64(randomWriters) {
		all.Go(func() {
			w := writer{rand.New(rand.NewPCG(randomSeed, n)), plainWords(), elements()}
			for i := range randomTexts / randomWriters {
				parts := 1 + w.rng.IntN(30)
				if i%500 == 0 {
					parts = longestText // until it is full
				}
				if !f.showsAsWritten(w.text(parts)) {
					return
				}
			}
		})
	}
	all.Wait()
	if n := len(f.Sandbox.Posts()); n != randomTexts && !t.Failed() {
		t.Errorf("the network has %d posts, want %d", n, randomTexts)
	}
}

// showsAsWritten publishes a text and holds what readers see against what they should.
func (f *fixture) showsAsWritten(text words) bool {
	as := pageDemo()
	if strings.TrimSpace(text.sent) == "" {
		text = words{"blank", "blank"}
	}
	receipt, err := f.publishText(as, text.sent)
	if err != nil {
		f.t.Errorf("%q: %v", text.sent, err)
		return false
	}
	post, _ := f.Sandbox.Post(receipt.RemoteID)
	if diff := cmp.Diff(text.shown, post.DisplayText); diff != "" || post.Cut {
		f.t.Errorf("%q is sent as %q, cut: %v (-want +got):\n%s", text.sent, post.Commentary, post.Cut, diff)
		return false
	}
	return true
}

func (f *fixture) publishText(as providertest.Author, text string) (core.Receipt, error) {
	pub, err := f.provider.Plan(f.t.Context(), as.Account, core.Draft{Text: text})
	if err != nil {
		return core.Receipt{}, err
	}
	s := coretest.NewSession(f.t, as.Account, coretest.WithToken(as.Token), coretest.WithClock(f.clock))
	if err := f.prepare(pub, s); err != nil {
		return core.Receipt{}, err
	}
	return pub.Commit(f.t.Context(), s)
}
