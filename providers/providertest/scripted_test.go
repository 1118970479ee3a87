package providertest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/providertest"
)

var update = flag.Bool("update", false, "write the golden files")

// wrap changes an adapter, to break it on purpose; nil leaves it as it is.
type wrap func(core.Provider) core.Provider

// scripted describes the scripted network's adapter to the suite.
func scripted(broken wrap) providertest.Harness {
	urls := []string{"https://media.example/1.png", "https://media.example/2.png", "https://media.example/3.png", "https://media.example/4.png"}
	const thumbnail = "https://media.example/thumbnail.png"
	var files []coretest.File
	for i, url := range append(urls, thumbnail) {
		files = append(files, coretest.Picture(url, 2+i, 3))
	}
	block := json.RawMessage(`{"altText":["one","two"],"thumbnail":"` + thumbnail + `","delay":3,"warn":"mind the gap"}`)
	return providertest.Harness{
		New:     func(testing.TB, *slog.Logger) *providertest.Instance { return open(broken) },
		Text:    core.Draft{Text: "Hello, network"},
		Media:   core.Draft{Text: "Four pictures", Media: coretest.MediaRefs(urls...), Options: block},
		AltText: []string{"one", "two"},
		Few:     core.Draft{Text: "Two pictures", Media: coretest.MediaRefs(urls[:2]...), Options: block},
		Nested:  []string{thumbnail},
		Files:   files,
		Rejected: []providertest.Rejection{
			{
				Name:  "a video",
				Draft: core.Draft{Media: []core.MediaRef{{URL: "https://media.example/v.mp4", Field: "mediaUrls[0]", Video: true}}},
				Field: "mediaUrls[0]", Kind: core.KindUnsupported, Code: core.CodeUnsupported,
			},
			{
				Name:  "a delay that is too long",
				Draft: core.Draft{Text: "x", Options: json.RawMessage(`{"delay":61}`)},
				Field: "scriptedOptions.delay", Kind: core.KindInvalid,
			},
		},
		Golden: []providertest.Golden{
			{Name: "text", Draft: core.Draft{Text: "Hello, network"}},
			{Name: "everything", Draft: core.Draft{Text: "Four pictures", Media: coretest.MediaRefs(urls...), Options: block}},
		},
		GoldenDir: "testdata/plan",
		Update:    *update,
		Abilities: []providertest.Ability{
			providertest.Preflighter, providertest.Reconciler, providertest.Previewer,
			providertest.Identifier, providertest.Deleter, providertest.Finisher,
			providertest.Linker, providertest.ClientDocument, providertest.Refresher, providertest.Introspector,
		},
	}
}

func open(broken wrap) *providertest.Instance { return openAs(coretest.Config{}, broken) }

// openAs opens a network of the kind that is asked for.
func openAs(c coretest.Config, broken wrap) *providertest.Instance {
	clock := coretest.NewClock(coretest.Epoch())
	c.Clock, c.Polls, c.Apps = clock, 2, []core.LinkApp{coretest.LinkApp(), coretest.AskingApp(), coretest.DirectApp()}
	p := coretest.NewProvider(c)
	const bobs = "scripted-token-of-bob"
	p.AddMember(coretest.Member{Token: bobs, RemoteID: "person-2", Name: "Bob Example"})
	if broken == nil {
		broken = func(p core.Provider) core.Provider { return p }
	}
	return &providertest.Instance{
		Provider:    broken(p),
		Unreachable: broken(p.Unreachable()),
		Network:     &network{p: p},
		Author:      providertest.Author{Account: coretest.Account(), Token: coretest.MemberToken},
		Other:       providertest.Author{Account: coretest.Page(1), Token: bobs},
		Clock:       clock,
		Linking:     linkingOf(p),
	}
}

// linkingOf shows the scripted network's consent page as the suite wants it.
func linkingOf(p *coretest.Provider) *providertest.Linking {
	return &providertest.Linking{
		RedirectURL: "https://crier.example/link/callback",
		Consent: func(address string, allow bool) (*url.URL, error) {
			c := coretest.Consent{Pages: []string{coretest.PageID}}
			if !allow {
				c.Error = coretest.ErrorDenied
			}
			return p.Consent(address, c)
		},
		Return: coretest.ReturnOf,
		Revoke: func() { p.EndGrants(coretest.MemberID) },
		Renews: coretest.LinkApp().Name,
		// It needs none, but has to keep the suite's.
		Secrets: []core.Secret{"scripted-app-secret"},
		Answers: func(string) map[string]core.Secret { return coretest.Answers(coretest.DirectApp()) },
		Wrong:   func(_, field string) core.Secret { return core.Secret("wrong-" + field) },
	}
}

// network shows the scripted network as a providertest.Network.
type network struct {
	p  *coretest.Provider
	mu sync.Mutex
}

// classes maps the scripted network's calls to classes.
func classes() map[coretest.Op]providertest.Class {
	return map[coretest.Op]providertest.Class{
		coretest.OpIdentify:  providertest.ClassRead,
		coretest.OpPreflight: providertest.ClassRead,
		coretest.OpPoll:      providertest.ClassRead,
		coretest.OpReconcile: providertest.ClassRead,
		coretest.OpUpload:    providertest.ClassUpload,
		coretest.OpCommit:    providertest.ClassCommit,
		coretest.OpDelete:    providertest.ClassDelete,
		coretest.OpFollowUp:  providertest.ClassOther,
		coretest.OpFound:     providertest.ClassRead,
		coretest.OpAuthorize: providertest.ClassOther,
		coretest.OpExchange:  providertest.ClassGrant,
		coretest.OpRefresh:   providertest.ClassGrant,

		coretest.OpIntrospect: providertest.ClassRead,

		coretest.OpComment:     providertest.ClassOther,
		coretest.OpFindComment: providertest.ClassRead,
		coretest.OpComments:    providertest.ClassRead,
	}
}

func (n *network) Calls() []providertest.Call {
	var out []providertest.Call
	for _, c := range n.p.Calls() {
		out = append(out, providertest.Call{
			Class: classes()[c.Op], Name: fmt.Sprintf("%s %s", c.Op, c.Item), Applied: c.Applied,
		})
	}
	return out
}

func (n *network) Posts() []providertest.Post {
	var out []providertest.Post
	for _, p := range n.p.Timeline() {
		shown := providertest.Post{RemoteID: p.RemoteID, Author: p.Author, Text: p.Text, Media: len(p.Media)}
		for _, m := range p.Media {
			shown.Alt = append(shown.Alt, m.AltText)
		}
		out = append(out, shown)
	}
	return out
}

func (n *network) Fail(class providertest.Class, f providertest.Fault) {
	skip := f.Skip
	for op, c := range classes() {
		if c != class {
			continue
		}
		n.p.Always(op, func(ctx context.Context, apply func() error) error {
			n.mu.Lock()
			passes := skip > 0
			skip--
			n.mu.Unlock()
			if passes {
				return apply()
			}
			if f.Met != nil {
				f.Met()
			}
			return behaviour(f)(ctx, apply)
		})
	}
}

func behaviour(f providertest.Fault) coretest.Behaviour {
	switch f.Mode {
	case providertest.CutBefore:
		return coretest.LoseRequest
	case providertest.CutAfter:
		return coretest.LoseAnswer
	case providertest.Mislead:
		return coretest.MisleadWith(cmp.Or(f.Status, http.StatusOK))
	case providertest.Stall:
		return coretest.NewGate().Before
	case providertest.Refuse:
		return coretest.Answer(f.Status, f.RetryAfter)
	}
	panic("an unknown mode: " + string(f.Mode))
}

func (n *network) Heal() { n.p.Heal() }

func TestScriptedProviderConforms(t *testing.T) {
	t.Parallel()
	providertest.Run(t, scripted(nil))
}
