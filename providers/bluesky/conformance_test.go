package bluesky_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

var update = flag.Bool("update", false, "write the golden files")

func TestConformance(t *testing.T) {
	t.Parallel()
	providertest.Run(t, harness(open))
}

// Without the service, a video takes the road of every other file.
func TestConformanceWithoutVideoService(t *testing.T) {
	t.Parallel()
	h := harness(func(t testing.TB, log *slog.Logger) *providertest.Instance {
		t.Helper()
		return openWith(t, log, bluesky.Config{NoVideoService: true})
	})
	for _, check := range providertest.Checks() {
		if strings.HasPrefix(check.Name, "prepare/") {
			t.Run(check.Name, func(t *testing.T) {
				t.Parallel()
				if err := check.Run(t, h); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// everyFacet is a text with everything that a facet can be, at bytes that are not those of
// its characters.
const everyFacet = "Grüße 👩‍👩‍👧‍👦 to @bob.test, #Go_lang and ＃日本:\nhttps://example.com/a_(b)?c=~d#e or example.org 👋"

// alice is the account of the sandbox that publishes.
func alice() core.Account { return account(sandbox.AliceDID, sandbox.AliceHandle) }

func account(did, handle string) core.Account {
	return coretest.Account(func(a *core.Account) {
		a.ID, a.Platform, a.RemoteID, a.Username, a.Kind = "account-"+handle, "bluesky", did, handle, core.AccountPerson
	})
}

func harness(open func(testing.TB, *slog.Logger) *providertest.Instance) providertest.Harness {
	var files []coretest.File
	var urls []string
	for i := range 4 {
		urls = append(urls, fmt.Sprintf("https://media.example/%d.png", i))
		files = append(files, coretest.Picture(urls[i], 4+i, 5))
	}
	files = append(files, film(), subtitles())
	return providertest.Harness{
		New:     open,
		Text:    core.Draft{Text: everyFacet},
		Media:   core.Draft{Text: "Four pictures", Media: coretest.MediaRefs(urls...), Options: json.RawMessage(`{"altText":["one (1)","two"]}`)},
		AltText: []string{"one (1)", "two"},
		Few:     core.Draft{Text: "Three pictures", Media: coretest.MediaRefs(urls[:3]...), Options: json.RawMessage(`{"altText":["one (1)","two"]}`)},
		Variants: []providertest.Variant{
			{Name: "video", Draft: core.Draft{
				Text: "A film", Media: coretest.MediaRefs(film().URL), Options: json.RawMessage(`{"captions":"` + subtitles().URL + `"}`),
			}},
		},
		Files:     files,
		Rejected:  rejected(urls[0]),
		Golden:    golden(urls),
		GoldenDir: "testdata/plan",
		Update:    *update,
		Abilities: []providertest.Ability{
			providertest.Preflighter, providertest.Reconciler, providertest.Repeatable, providertest.Previewer,
			providertest.Identifier, providertest.Linker, providertest.Refresher, providertest.Deleter,
			providertest.CommentSwitch, providertest.ClientDocument, providertest.Inspector,
			providertest.Analyst, providertest.Archive, providertest.Directory, providertest.Physician,
			providertest.Discussion, providertest.RepeatableComments, providertest.Finisher,
		},
		NoRequestID: true,
		Strangers:   true,
	}
}

// rejected is one draft for every rule.
func rejected(picture string) []providertest.Rejection {
	single := coretest.MediaRefs(picture)
	with := func(options string) core.Draft { return core.Draft{Text: "x", Options: json.RawMessage(options)} }
	showing := func(options string) core.Draft {
		return core.Draft{Text: "x", Media: single, Options: json.RawMessage(options)}
	}
	const block = "blueSkyOptions."
	invalid := func(name string, d core.Draft, field string) providertest.Rejection {
		return providertest.Rejection{Name: name, Draft: d, Field: field, Kind: core.KindInvalid}
	}
	return []providertest.Rejection{
		{
			Name: "several videos", Field: "mediaUrls[1]", Kind: core.KindUnsupported,
			Draft: core.Draft{Media: []core.MediaRef{{URL: picture, Field: "mediaUrls[0]"}, {URL: "https://media.example/b", Field: "mediaUrls[1]", Video: true}}},
		},
		{Name: "too many bytes", Draft: core.Draft{Text: strings.Repeat("👩‍👩‍👧‍👦", 121)}, Field: "post", Kind: core.KindInvalid, Code: core.CodeTextTooLong},
		invalid("a file of another network", core.Draft{Media: coretest.MediaRefs("urn:li:image:C5")}, "mediaUrls[0]"),
		invalid("alt text too long", showing(`{"altText":["`+strings.Repeat("a", 2001)+`"]}`), block+"altText[0]"),
		invalid("alt text of a video too long", core.Draft{
			Media: []core.MediaRef{{URL: picture, Field: "mediaUrls[0]", Video: true}}, Options: json.RawMessage(`{"altText":["` + strings.Repeat("a", 1001) + `"]}`),
		}, block+"altText[0]"),
		invalid("more alt texts than files", showing(`{"altText":["a","b"]}`), block+"altText[1]"),
		{Name: "a mention of nobody", Draft: core.Draft{Text: "By {{0}}", Mentions: []core.MentionRef{{Field: "mentions[0]"}}}, Field: "mentions[0].id", Kind: core.KindInvalid, Code: core.CodeMention},
		{Name: "no handle", Draft: core.Draft{Text: "By {{0}}", Mentions: []core.MentionRef{{ID: "alice", Field: "mentions[0]"}}}, Field: "mentions[0].id", Kind: core.KindInvalid, Code: core.CodeMention},
		{Name: "a placeholder of nobody", Draft: core.Draft{Text: "By {{1}}", Mentions: []core.MentionRef{{ID: sandbox.BobDID, Field: "mentions[0]"}}}, Field: "post", Kind: core.KindInvalid, Code: core.CodeMention},
		invalid("no language", with(`{"languages":["english"]}`), block+"languages[0]"),
		invalid("four languages", with(`{"languages":["en","de","fr","es"]}`), block+"languages"),
		invalid("no label", with(`{"labels":["funny"]}`), block+"labels[0]"),
		invalid("an empty tag", with(`{"tags":["#"]}`), block+"tags[0]"),
		invalid("a long tag", with(`{"tags":["`+strings.Repeat("a", 65)+`"]}`), block+"tags[0]"),
		invalid("nine tags", with(`{"tags":["a","b","c","d","e","f","g","h","i"]}`), block+"tags"),
		invalid("captions of nothing", with(`{"captions":"https://media.example/c.vtt"}`), block+"captions"),
		invalid("captions that are no file", showing(`{"captions":7}`), block+"captions"),
		invalid("captions without an address", showing(`{"captions":[{"language":"en"}]}`), block+"captions[0]"),
		invalid("captions in no language", showing(`{"captions":[{"url":"https://m.example/a.vtt","language":"klingonese"}]}`), block+"captions[0].language"),
		invalid("captions twice in a language", showing(`{"captions":[{"url":"https://m.example/a.vtt","language":"en"},{"url":"https://m.example/b.vtt"}]}`), block+"captions[1].language"),
		invalid("a card that leads nowhere", with(`{"link":{"url":"example.com"}}`), block+"link.url"),
		invalid("a card with a login", with(`{"link":{"url":"https://user:word@example.com"}}`), block+"link.url"),
		invalid("a card of nothing", with(`{"link":{"title":"x"}}`), block+"link.url"),
		invalid("a card with a long title", with(`{"link":{"url":"https://example.com","title":"`+strings.Repeat("a", 301)+`"}}`), block+"link.title"),
		invalid("a card and a picture", showing(`{"link":{"url":"https://example.com"}}`), block+"link"),
		invalid("true as a card", with(`{"link":true}`), block+"link"),
		invalid("a reply to nothing", with(`{"replyTo":"https://example.com/post/1"}`), block+"replyTo"),
		invalid("a quote of a profile", with(`{"quote":"https://bsky.app/profile/alice.test"}`), block+"quote"),
		invalid("a repost of a like", core.Draft{Options: json.RawMessage(`{"repost":"at://alice.test/app.bsky.feed.like/3kabcdefghi22"}`)}, block+"repost"),
		invalid("a repost with a text", with(`{"repost":"at://alice.test/app.bsky.feed.post/3kabcdefghi22"}`), "post"),
		invalid("a repost with a quote", core.Draft{Options: json.RawMessage(`{"repost":"at://alice.test/app.bsky.feed.post/3kabcdefghi22","quote":"at://alice.test/app.bsky.feed.post/3kabcdefghi22"}`)}, block+"quote"),
		invalid("replies of somebody", with(`{"replies":"friends"}`), block+"replies"),
		invalid("replies of nobody named", with(`{"replies":[]}`), block+"replies"),
		invalid("replies of somebody among others", with(`{"replies":["following","friends"]}`), block+"replies[1]"),
		invalid("replies in somebody else's thread", with(`{"replies":"nobody","replyTo":"at://alice.test/app.bsky.feed.post/3kabcdefghi22"}`), block+"replies"),
		{Name: "a word that is too long for a thread", Draft: core.Draft{Text: "x\n\n" + strings.Repeat("a", 301), Options: json.RawMessage(`{"thread":true}`)}, Field: "post", Kind: core.KindInvalid, Code: core.CodeTextTooLong},
		{Name: "a word that has no room for its number", Draft: core.Draft{Text: "x\n\n" + strings.Repeat("a", 297), Options: json.RawMessage(`{"thread":true,"threadNumber":true}`)}, Field: "post", Kind: core.KindInvalid, Code: core.CodeTextTooLong},
		{Name: "a thread of too many posts", Draft: core.Draft{Text: strings.Repeat("x\n\n", 51), Options: json.RawMessage(`{"thread":true}`)}, Field: "post", Kind: core.KindInvalid, Code: core.CodeTextTooLong},
		invalid("numbers of no thread", with(`{"threadNumber":true}`), block+"threadNumber"),
		{Name: "files for each post", Draft: with(`{"thread":true,"mediaUrls":[null]}`), Field: block + "mediaUrls", Kind: core.KindUnsupported},
		invalid("a thread of reposts", core.Draft{Options: json.RawMessage(`{"repost":"at://alice.test/app.bsky.feed.post/3kabcdefghi22","thread":true}`)}, block+"thread"),
		invalid("replies and none", core.Draft{Text: "x", DisableComments: true, Options: json.RawMessage(`{"replies":["following"]}`)}, "disableComments"),
	}
}

// golden is drafts that use every option.
func golden(urls []string) []providertest.Golden {
	block := func(options string) json.RawMessage { return json.RawMessage(options) }
	return []providertest.Golden{
		{Name: "text", Draft: core.Draft{Text: everyFacet, Options: block(`{"languages":["en","pt_br","en"],"labels":["Nudity","!no-unauthenticated"],"tags":["#go","日本"],"link":false}`)}},
		{Name: "mentions", Draft: core.Draft{
			Text: "By {{0}}, {{1}}, {{2}}, {{3}} and @[Carol \\[C.\\]](did:plc:sandboxcarol222222222222)",
			Mentions: []core.MentionRef{
				{ID: sandbox.BobDID, Name: "Bob", Field: "mentions[0]"},
				{ID: "@alice.test", Field: "mentions[1]"},
				{ID: "7", Name: "Jay", Platform: "x", Field: "mentions[2]"},
				{ID: "https://bsky.app/profile/bob.test", Field: "mentions[3]"},
			},
		}},
		{Name: "images", Draft: core.Draft{Media: coretest.MediaRefs(urls...), Options: block(`{"altText":["A \"small\" picture","","third"]}`)}},
		{Name: "video", Draft: core.Draft{
			Text: "x", Media: []core.MediaRef{{URL: film().URL, Field: "mediaUrls[0]", Video: true}},
			Options: block(`{"altText":["A film"],"languages":["de"],"captions":[{"url":"upload:0123"},{"url":"https://media.example/en.vtt","language":"en"}]}`),
		}},
		{Name: "link", Draft: core.Draft{Text: "Read this", Options: block(`{"link":{"url":"https://bücher.example/ä_(b)","title":"A title","description":"Plain","thumbNail":"` + urls[0] + `"}}`)}},
		{Name: "short-link", Draft: core.Draft{Text: "Read https://www.example.com/a/very/long/path/to/follow?with=a+query", Options: block(`{"shortenLinks":true}`)}},
		{Name: "reply", Draft: core.Draft{Text: "So true", Options: block(`{"replyTo":"https://bsky.app/profile/bob.test/post/3kabcdefghi22"}`)}},
		{Name: "quote", Draft: core.Draft{Text: "So true", Media: coretest.MediaRefs(urls[0]), Options: block(`{"quote":"at://did:plc:sandboxbob22222222222222/app.bsky.feed.post/3kabcdefghi22","allowQuotes":false}`)}},
		{Name: "repost", Draft: core.Draft{Options: block(`{"repost":"0N8FjyWlF6YQ9iDuSMzU"}`)}},
		{Name: "replies", Draft: core.Draft{Text: "x", Options: block(`{"replies":["mentioned","Following","followers","at://did:plc:sandboxbob22222222222222/app.bsky.graph.list/3kabcdefghi22"]}`)}},
		{Name: "thread", Draft: core.Draft{
			Text: "A thread by @[Ada](" + sandbox.BobDID + "), see https://example.com/a\n\n" + strings.Repeat("It says so, and so it is. ", 13) +
				"\n \nIt ends with #that.",
			Media:   coretest.MediaRefs(urls[0]),
			Options: block(`{"thread":true,"threadNumber":true,"languages":["en"],"tags":["go"],"labels":["nudity"],"replies":"nobody","allowQuotes":false}`),
		}},
		{Name: "thread-of-one", Draft: core.Draft{Text: "Nothing follows.", Options: block(`{"thread":true,"threadNumber":true}`)}},
		{Name: "no-replies", Draft: core.Draft{Text: "x", DisableComments: true}},
	}
}

// open starts a sandbox with the adapter in front of it.
func open(t testing.TB, log *slog.Logger) *providertest.Instance {
	t.Helper()
	return openWith(t, log, bluesky.Config{})
}

// openWith is open with other settings than the addresses.
func openWith(t testing.TB, log *slog.Logger, c bluesky.Config) *providertest.Instance {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	var box *sandbox.Sandbox // is told its address, at which the accounts' server is
	network := providertest.NewDouble(t, providertest.DoubleConfig{
		Handler:  ticking(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { box.ServeHTTP(w, r) }), clock),
		Classify: classify,
		Refuse:   func(w http.ResponseWriter, _ *http.Request, status int) { refuse(w, status, clock.Now()) },
		Posts:    func() []providertest.Post { return shown(t, box) },
	})
	box = sandbox.New(sandbox.Options{BaseURL: network.URL, Clock: clock, ProcessingPolls: 1, Dir: t.TempDir()})
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	transport := &http.Transport{DialContext: func(ctx context.Context, kind, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, kind, strings.TrimPrefix(network.URL, "http://"))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	clients := providertest.NewClients(transport, settingsURL)
	p := newProviderWith(t, settingsURL, c, clients, clock, log)
	if err := box.AddClient(clientURL, p.ClientDocument()); err != nil {
		t.Error(err)
	}
	return &providertest.Instance{
		Provider:    p,
		Unreachable: newProvider(t, settingsURL, c, nobodyListens(), clock, log),
		Network:     network,
		Author:      signIn(t, box, network.URL, alice(), sandbox.AliceAppPassword),
		Other:       signIn(t, box, network.URL, account(sandbox.BobDID, sandbox.BobHandle), sandbox.BobAppPassword),
		Clock:       clock,
		Clients:     clients,
		Linking: &providertest.Linking{
			RedirectURL: redirectURL,
			Consent: func(address string, allow bool) (*url.URL, error) {
				decision := map[bool]sandbox.Decision{true: sandbox.Allow, false: sandbox.Deny}[allow]
				back, err := box.Decide(address, sandbox.AliceHandle, decision)
				if err != nil {
					return nil, err
				}
				return url.Parse(back)
			},
			Return:  cameBack,
			Secrets: []core.Secret{core.Secret(clientSeed())},
			Answers: func(string) map[string]core.Secret { return answers(sandbox.AliceHandle, sandbox.AliceAppPassword) },
			Wrong: func(_, field string) core.Secret {
				return map[string]core.Secret{"handle": "nobody.test", "appPassword": "nope-aaaa-bbbb-cccc"}[field]
			},
			Revoke: func() {
				if err := box.EndSessions(sandbox.AliceHandle); err != nil {
					t.Error(err)
				}
			},
			Renews: "oauth",
		},
	}
}

// ticking lets a moment pass before tokens are renewed: those of the same second are the same.
func ticking(network http.Handler, clock *coretest.Clock) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/xrpc/com.atproto.server.refreshSession" {
			clock.Advance(time.Second)
		}
		network.ServeHTTP(w, r)
	})
}

// nobodyListens is a way to a network on which every connection is refused, whatever server
// an account is on.
func nobodyListens() *http.Transport {
	return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("connection refused")
	}}
}

// settingsURL is where the settings have the network. The accounts' server, which their identities
// name, has another address, so that the suite can tell them apart.
const settingsURL = "http://settings.example"

func newProvider(t testing.TB, base string, c bluesky.Config, transport http.RoundTripper, clock core.Clock, log *slog.Logger) *bluesky.Provider {
	t.Helper()
	return newProviderWith(t, base, c, providertest.NewClients(transport), clock, log)
}

func newProviderWith(t testing.TB, base string, c bluesky.Config, clients *providertest.Clients, clock core.Clock, log *slog.Logger) *bluesky.Provider {
	t.Helper()
	c.PLCURL, c.AppViewURL, c.VideoURL = base+"/plc", base, base
	p, err := bluesky.New(
		c,
		bluesky.Deps{
			HTTP: clients.HTTP, Guarded: clients.Guarded, Clock: clock, Log: log,
			LookupTXT:   func(context.Context, string) ([]string, error) { return nil, errors.New("no such host") },
			RedirectURL: redirectURL, ClientURL: clientURL,
			Keys: func(string) [][]byte { return [][]byte{clientSeed()} },
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Where browsers come back to, and where the adapter shows what it is.
const (
	redirectURL = "https://crier.example.org/link/callback"
	clientURL   = "https://crier.example.org/link/clients/bluesky.json"
)

// clientSeed is what the adapter's key is derived from.
func clientSeed() []byte { return []byte("0123456789abcdef0123456789abcdef") }

// cameBack reads the address that a browser was sent back to.
func cameBack(back *url.URL) (string, core.LinkReturn) {
	q := back.Query()
	return q.Get("state"), core.LinkReturn{
		Code: core.Secret(q.Get("code")), Error: q.Get("error"), Description: q.Get("error_description"), Issuer: q.Get("iss"),
	}
}

// signIn begins a session of an account.
func signIn(t testing.TB, box *sandbox.Sandbox, base string, a core.Account, password string) providertest.Author {
	t.Helper()
	tokens, err := box.Login(base, a.RemoteID, password)
	if err != nil {
		t.Fatal(err)
	}
	return providertest.Author{Account: a, Token: core.Secret(tokens.AccessToken), Binding: core.Secret(`{"pds":"` + base + `"}`)}
}

// isReply tells whether a record is written that answers another.
func isReply(r *http.Request) bool {
	var in struct {
		Record struct{ Reply *struct{} }
	}
	return json.NewDecoder(r.Body).Decode(&in) == nil && in.Record.Reply != nil
}

func classify(r *http.Request) providertest.Class {
	switch r.URL.Path {
	case "/xrpc/com.atproto.repo.uploadBlob", "/xrpc/app.bsky.video.uploadVideo":
		return providertest.ClassUpload
	case "/xrpc/com.atproto.repo.putRecord":
		if isReply(r) {
			return providertest.ClassOther // a comment
		}
		return providertest.ClassCommit
	case "/xrpc/com.atproto.repo.applyWrites":
		return providertest.ClassCommit
	case "/xrpc/com.atproto.repo.deleteRecord":
		return providertest.ClassDelete
	case "/xrpc/com.atproto.server.createSession", "/xrpc/com.atproto.server.refreshSession", "/oauth/token":
		return providertest.ClassGrant
	}
	if r.Method == http.MethodGet {
		return providertest.ClassRead
	}
	return providertest.ClassOther
}

// refuse answers as servers do, which name the moment at which a limit begins anew.
func refuse(w http.ResponseWriter, status int, now time.Time) {
	if after, err := strconv.Atoi(w.Header().Get("Retry-After")); err == nil {
		w.Header().Del("Retry-After")
		w.Header().Set("RateLimit-Reset", strconv.FormatInt(now.Add(time.Duration(after)*time.Second).Unix(), 10))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, fmt.Sprintf(`{"error":"%s","message":"refused"}`, strings.ReplaceAll(http.StatusText(status), " ", "")))
}

func shown(t testing.TB, box *sandbox.Sandbox) []providertest.Post {
	t.Helper()
	var out []providertest.Post
	for _, p := range box.Posts() {
		var record struct {
			Embed struct {
				Images []struct{ Alt string }
				Video  *struct{}
			}
		}
		if err := json.Unmarshal(p.Value, &record); err != nil {
			t.Error(err)
		}
		media := len(record.Embed.Images)
		if record.Embed.Video != nil {
			media++
		}
		did, _, _ := strings.Cut(strings.TrimPrefix(p.URI, "at://"), "/")
		post := providertest.Post{RemoteID: p.URI, Author: did, Text: p.Text(), Media: media}
		for _, image := range record.Embed.Images {
			post.Alt = append(post.Alt, image.Alt)
		}
		out = append(out, post)
	}
	return out
}
