package template_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/providertest"
	"github.com/crier-social/crier/providers/template"
	"github.com/crier-social/crier/providers/template/sandbox"
)

var update = flag.Bool("update", false, "write the golden files")

// The suite holds the adapter against the contract of core.Provider, call by call: what it
// does when a connection is cut, a token refused, a process killed.
func TestConformance(t *testing.T) {
	t.Parallel()
	var files []coretest.File
	var urls []string
	for i := range 4 {
		urls = append(urls, fmt.Sprintf("https://media.example/%d.png", i))
		files = append(files, coretest.Picture(urls[i], 4+i, 5))
	}
	single := coretest.MediaRefs(urls[0])
	providertest.Run(t, providertest.Harness{
		New:     open,
		Text:    core.Draft{Text: "Hello, #world 👋 (again)"},
		Media:   core.Draft{Text: "Four pictures", Media: coretest.MediaRefs(urls...), Options: json.RawMessage(`{"altText":["one","two"]}`)},
		AltText: []string{"one", "two"},
		Few:     core.Draft{Text: "Two pictures", Media: coretest.MediaRefs(urls[:2]...)},
		Files:   files,
		Rejected: []providertest.Rejection{
			{Name: "a video", Draft: core.Draft{Media: []core.MediaRef{{URL: "https://media.example/film", Field: "mediaUrls[0]", Video: true}}}, Field: "mediaUrls[0]", Kind: core.KindUnsupported},
			{Name: "an image without an address", Draft: core.Draft{Media: []core.MediaRef{{Field: "mediaUrls[0]"}}}, Field: "mediaUrls[0]", Kind: core.KindInvalid},
			{Name: "a mention", Draft: core.Draft{Text: "With {{0}}", Mentions: []core.MentionRef{{Name: "Ben", ID: "ben", Platform: "template", Field: "mentions[0]"}}}, Field: "mentions[0]", Kind: core.KindUnsupported},
			{Name: "a first comment", Draft: core.Draft{Text: "Hello", FirstComment: &core.FirstComment{Text: "And more"}}, Field: "firstComment", Kind: core.KindUnsupported},
			{Name: "closed comments", Draft: core.Draft{Text: "Hello", DisableComments: true}, Field: "disableComments", Kind: core.KindUnsupported},
			{Name: "more descriptions than images", Draft: core.Draft{Media: single, Options: json.RawMessage(`{"altText":["a","b"]}`)}, Field: "templateOptions.altText[1]", Kind: core.KindInvalid},
			{Name: "a description too long", Draft: core.Draft{Media: single, Options: json.RawMessage(`{"altText":["` + strings.Repeat("a", 401) + `"]}`)}, Field: "templateOptions.altText[0]", Kind: core.KindInvalid},
		},
		Golden: []providertest.Golden{
			{Name: "text", Draft: core.Draft{Text: "Hello, #world"}},
			{Name: "images", Draft: core.Draft{Text: "Pictures", Media: coretest.MediaRefs(urls[0], urls[1]), Options: json.RawMessage(`{"altText":["","the second"]}`)}},
		},
		GoldenDir: "testdata/plan",
		Update:    *update,
		Abilities: []providertest.Ability{
			providertest.Reconciler, providertest.Repeatable, providertest.Previewer, providertest.Identifier, providertest.Linker, providertest.Deleter,
		},
	})
}

// open starts a sandbox with the adapter in front of it.
func open(t testing.TB, log *slog.Logger) *providertest.Instance {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	box := sandbox.New(core.SandboxOptions{URL: "https://template.example", Clock: clock})
	double := providertest.NewDouble(t, providertest.DoubleConfig{
		Handler:  box,
		Classify: classify,
		Refuse:   refuse,
		Posts:    func() []providertest.Post { return shown(box) },
	})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	// Nobody but the settings names an address: what else is called is found by the suite.
	clients := providertest.NewClients(transport, double.URL)
	deps := core.AdapterDeps{HTTP: clients.HTTP, Guarded: clients.Guarded, Clock: clock, Log: log}
	return &providertest.Instance{
		Provider:    template.New(double.URL, deps),
		Unreachable: template.New(providertest.UnusedURL(t), core.AdapterDeps{HTTP: &http.Client{Transport: transport}, Clock: clock, Log: log}),
		Clients:     clients,
		Network:     double,
		Author:      author(box, sandbox.Ann()),
		Other:       author(box, sandbox.Ben()),
		Clock:       clock,
		Linking: &providertest.Linking{
			Answers: func(string) map[string]core.Secret {
				return map[string]core.Secret{"user": core.Secret(sandbox.Ann().User), "password": core.Secret(sandbox.Ann().Password)}
			},
			Wrong: func(string, string) core.Secret { return "nobody's" },
		},
	}
}

func author(box *sandbox.Sandbox, m sandbox.Member) providertest.Author {
	account := coretest.Account(func(a *core.Account) {
		a.ID, a.Platform, a.RemoteID, a.Kind = "account-"+m.ID, "template", m.ID, core.AccountPerson
	})
	return providertest.Author{Account: account, Token: box.Token(m.ID)}
}

func classify(r *http.Request) providertest.Class {
	switch {
	case r.Method == http.MethodGet:
		return providertest.ClassRead
	case r.URL.Path == "/sign-in":
		return providertest.ClassGrant
	case r.URL.Path == "/images":
		return providertest.ClassUpload
	case r.Method == http.MethodPut:
		return providertest.ClassCommit
	case r.Method == http.MethodDelete:
		return providertest.ClassDelete
	}
	return providertest.ClassOther
}

func refuse(w http.ResponseWriter, _ *http.Request, status int) {
	w.Header().Set("X-Request-Id", "call-of-a-refusal")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"error":"refused","message":"refused by the test"}`)
}

func shown(box *sandbox.Sandbox) []providertest.Post {
	var out []providertest.Post
	for _, p := range box.Posts() {
		post := providertest.Post{RemoteID: p.ID, Author: p.Author, Text: p.Text, Media: len(p.Images)}
		for _, image := range p.Images {
			post.Alt = append(post.Alt, image.Alt)
		}
		out = append(out, post)
	}
	return out
}
