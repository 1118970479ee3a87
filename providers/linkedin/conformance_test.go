package linkedin_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

var update = flag.Bool("update", false, "write the golden files")

// The suite runs twice, since the two kinds of token take different roads: that
// of a page can read images and posts back, that of a self-serve app cannot.
func TestConformancePage(t *testing.T) {
	t.Parallel()
	providertest.Run(t, harness(author(sandbox.PageURN, sandbox.PageToken)))
}

// What does not depend on the token is left to the page; comments are not open to a
// self-serve app, which other tests hold.
func TestConformanceMember(t *testing.T) {
	t.Parallel()
	h := harness(author(sandbox.JaneURN, sandbox.MemberToken))
	for _, check := range providertest.Checks() {
		if same(check.Name) {
			continue
		}
		t.Run(check.Name, func(t *testing.T) {
			t.Parallel()
			if err := check.Run(t, h); err != nil {
				t.Error(err)
			}
		})
	}
}

// same tells whether a check takes the same road for every token: those that plan
// without the author's kind, those that kill uploads, and those of comments.
func same(check string) bool {
	return (strings.HasPrefix(check, "plan/") && check != "plan/golden") || strings.HasPrefix(check, "prepare/resumes") ||
		strings.HasPrefix(check, "follow-up/")
}

func author(urn string, token core.Secret) providertest.Author {
	account := coretest.Account(func(a *core.Account) {
		a.ID, a.Platform, a.RemoteID, a.Kind = "account-"+urn, "linkedin", urn, core.AccountPerson
		if strings.HasPrefix(urn, "urn:li:organization:") {
			a.Kind = core.AccountOrganization
		}
	})
	return providertest.Author{Account: account, Token: token}
}

// everyReserved is a text that LinkedIn cuts unless every character is escaped.
const everyReserved = "Prices (net) |{}@[]<>#\\*_~ for #Go_lang and ＃日本 👋\nhttps://example.com/a_(b)?c=~d#e"

func harness(as providertest.Author) providertest.Harness {
	var files []coretest.File
	var urls []string
	for i := range 20 {
		urls = append(urls, fmt.Sprintf("https://media.example/%d.png", i))
		files = append(files, coretest.Picture(urls[i], 4+i, 5))
	}
	single := coretest.MediaRefs(urls[0])
	film, cover := film(75_000), coretest.Picture("https://media.example/cover.png", 16, 9)
	files = append(files, film, cover, subtitles(), slides(3))
	return providertest.Harness{
		New:     func(t testing.TB, log *slog.Logger) *providertest.Instance { t.Helper(); return open(t, as, log) },
		Text:    core.Draft{Text: everyReserved},
		Media:   core.Draft{Text: "Twenty pictures", Media: coretest.MediaRefs(urls...), Options: json.RawMessage(`{"altText":["one (1)","two"]}`)},
		AltText: []string{"one (1)", "two"},
		Few:     core.Draft{Text: "Three pictures", Media: coretest.MediaRefs(urls[:3]...), Options: json.RawMessage(`{"altText":["one (1)","two"]}`)},
		Variants: []providertest.Variant{
			{Name: "video", Uploads: 8, Draft: core.Draft{
				Text: "A film", Media: coretest.MediaRefs(film.URL),
				Options: json.RawMessage(`{"thumbNail":"` + cover.URL + `","captions":"` + subtitles().URL + `"}`),
			}},
			{Name: "document", Draft: core.Draft{Text: "Slides", Media: coretest.MediaRefs(slides(3).URL)}},
		},
		Files: files,
		Rejected: []providertest.Rejection{
			{Name: "a video among several", Draft: core.Draft{Media: coretest.MediaRefs(urls[0], "urn:li:video:C5")}, Field: "mediaUrls[1]", Kind: core.KindUnsupported},
			{Name: "a document among several", Draft: core.Draft{Media: coretest.MediaRefs("urn:li:document:C5", urls[0])}, Field: "mediaUrls[0]", Kind: core.KindUnsupported},
			{Name: "several videos", Draft: core.Draft{Media: []core.MediaRef{
				{URL: "https://media.example/a", Field: "mediaUrls[0]", Video: true}, {URL: "https://media.example/b", Field: "mediaUrls[1]", Video: true},
			}}, Field: "mediaUrls[1]", Kind: core.KindUnsupported},
			{Name: "a document without a title", Draft: core.Draft{Media: coretest.MediaRefs("urn:li:document:C5")}, Field: "linkedInOptions.title", Kind: core.KindInvalid},
			{Name: "captions of nothing", Draft: core.Draft{Text: "x", Options: json.RawMessage(`{"captions":"https://media.example/c.srt"}`)}, Field: "linkedInOptions.captions", Kind: core.KindInvalid},
			{Name: "a thumbnail of an image", Draft: core.Draft{Media: coretest.MediaRefs("urn:li:image:C5"), Options: json.RawMessage(`{"thumbNail":"https://media.example/t.png"}`)}, Field: "linkedInOptions.thumbNail", Kind: core.KindInvalid},
			{Name: "alt text too long", Draft: core.Draft{Media: single, Options: json.RawMessage(`{"altText":["` + strings.Repeat("a", 4087) + `"]}`)}, Field: "linkedInOptions.altText[0]", Kind: core.KindInvalid},
			{Name: "more alt texts than images", Draft: core.Draft{Media: single, Options: json.RawMessage(`{"altText":["a","b"]}`)}, Field: "linkedInOptions.altText[1]", Kind: core.KindInvalid},
			{Name: "title too long", Draft: core.Draft{Media: single, Options: json.RawMessage(`{"title":"` + strings.Repeat("a", 401) + `"}`)}, Field: "linkedInOptions.title", Kind: core.KindInvalid},
			{Name: "a mention of nobody", Draft: core.Draft{Text: "By {{0}}", Mentions: []core.MentionRef{{Field: "mentions[0]"}}}, Field: "mentions[0].id", Kind: core.KindInvalid, Code: core.CodeMention},
			{Name: "a placeholder of nobody", Draft: core.Draft{Text: "By {{1}}", Mentions: []core.MentionRef{{ID: "7", Field: "mentions[0]"}}}, Field: "post", Kind: core.KindInvalid, Code: core.CodeMention},
			{Name: "unknown visibility", Draft: core.Draft{Text: "x", Options: json.RawMessage(`{"visibility":"me"}`)}, Field: "linkedInOptions.visibility", Kind: core.KindInvalid},
			{Name: "a poll with a picture", Draft: core.Draft{Media: single, Options: json.RawMessage(`{"poll":{"question":"?","options":["a","b"]}}`)}, Field: "linkedInOptions.poll", Kind: core.KindInvalid},
			{Name: "a poll of one option", Draft: core.Draft{Options: json.RawMessage(`{"poll":{"question":"?","options":["a"]}}`)}, Field: "linkedInOptions.poll.options", Kind: core.KindInvalid},
			{Name: "a card that leads nowhere", Draft: core.Draft{Text: "x", Options: json.RawMessage(`{"link":{"url":"example.com"}}`)}, Field: "linkedInOptions.link.url", Kind: core.KindInvalid},
			{Name: "a repost of an activity", Draft: core.Draft{Options: json.RawMessage(`{"repost":"urn:li:activity:1"}`)}, Field: "linkedInOptions.repost", Kind: core.KindInvalid},
			{Name: "no job", Draft: core.Draft{Text: "x", Options: json.RawMessage(`{"jobPosting":"https://www.linkedin.com/jobs/"}`)}, Field: "linkedInOptions.jobPosting", Kind: core.KindInvalid},
			{Name: "no organization", Draft: core.Draft{Text: "x", Options: json.RawMessage(`{"asOrganization":"crier"}`)}, Field: "linkedInOptions.asOrganization", Kind: core.KindInvalid},
			{
				Name: "a seniority that does not exist", Draft: core.Draft{Text: "x", Options: json.RawMessage(`{"asOrganization":"5515715","targeting":{"industries":["Software Development"],"seniorities":["Mangaer"]}}`)},
				Field: "linkedInOptions.targeting.seniorities[0]", Kind: core.KindInvalid, Code: core.CodeUnknownTarget,
			},
		},
		Golden: []providertest.Golden{
			{Name: kindOf(as) + "-text", Draft: core.Draft{Text: everyReserved, Options: json.RawMessage(`{"visibility":"loggedin","disableShare":true}`)}},
			{Name: kindOf(as) + "-mentions", Draft: core.Draft{
				Text: "By {{0}}, {{1}}, {{2}} and @crier-corner",
				Mentions: []core.MentionRef{
					{ID: sandbox.JohnURN, Name: "John Roe", Field: "mentions[0]"},
					{ID: "@jay", Platform: "x", Field: "mentions[1]"},
					{ID: "5515715", Name: "Crier Demo", Field: "mentions[2]"},
				},
			}},
			{Name: kindOf(as) + "-image", Draft: core.Draft{Text: "By @[Crier Corner (Beta)](urn:li:organization:18931420)", Media: single, Options: json.RawMessage(`{"altText":["A [small] picture"],"title":"Title_1"}`)}},
			{Name: kindOf(as) + "-images", Draft: core.Draft{Media: coretest.MediaRefs("urn:li:image:C4E_1-x", urls[1], urls[2]), Options: json.RawMessage(`{"altText":["","second"],"titles":["no place"]}`)}},
			{Name: kindOf(as) + "-video", Draft: core.Draft{
				Text: "x", Media: []core.MediaRef{{URL: "https://media.example/film", Field: "mediaUrls[0]", Video: true}},
				Options: json.RawMessage(`{"title":"A film","thumbNail":"https://media.example/cover.png","captions":"upload:0123"}`),
			}},
			{Name: kindOf(as) + "-document", Draft: core.Draft{Media: coretest.MediaRefs("urn:li:document:C5_a-b"), Options: json.RawMessage(`{"titles":["Slides (final)"],"altText":["lost"]}`)}},
			{Name: kindOf(as) + "-link", Draft: core.Draft{Text: "Read (this)", Options: json.RawMessage(
				`{"link":{"url":"https://bücher.example/ä_(b)","title":"A [title]","description":"Plain (text)","thumbNail":"https://media.example/cover.png"}}`)}},
			{Name: kindOf(as) + "-no-link", Draft: core.Draft{Text: "https://example.com", Options: json.RawMessage(`{"link":false}`)}},
			{Name: kindOf(as) + "-poll", Draft: core.Draft{Options: json.RawMessage(`{"poll":{"question":"Tabs (or spaces)?","options":["Tabs","Spaces"],"duration":3}}`)}},
			{Name: kindOf(as) + "-repost", Draft: core.Draft{Text: "So true #go", Options: json.RawMessage(`{"repost":"https://www.linkedin.com/posts/jane-doe_topic-ugcPost-7141-AbCd?utm_source=share"}`)}},
			{Name: kindOf(as) + "-job", Draft: core.Draft{Text: "We are hiring", Options: json.RawMessage(`{"jobPosting":"https://de.linkedin.com/jobs/view/engineer-at-crier-4123?refId=1","asOrganization":5515715}`)}},
			{Name: kindOf(as) + "-targeting", Draft: core.Draft{Text: "For some", Options: json.RawMessage(`{"asOrganization":5515715,"targeting":{
				"countries":["de","Türkiye","Europe","urn:li:geo:101282230"],"geoLocations":["US-CA","San Francisco bay area","Munich"],"seniorities":["vp","5"],
				"jobFunctions":["Arts & Design"],"industries":["Computer Software","software development","Oil & Energy"],"staffCountRanges":["51-200 employees","10,001+"],
				"degrees":["Bachelor of Engineering","700"],"fieldsOfStudy":["urn:li:fieldOfStudy:100275"],"organizations":["1792","@crier-demo"],"interfaceLocales":["en-us","German"]}}`)}},
		},
		GoldenDir: "testdata/plan",
		Update:    *update,
		Abilities: []providertest.Ability{
			providertest.Preflighter, providertest.Reconciler, providertest.Previewer, providertest.Finisher,
			providertest.Identifier, providertest.Linker, providertest.Refresher, providertest.Introspector, providertest.Deleter, providertest.Inspector, providertest.Editor,
			providertest.CommentSwitch, providertest.Discussion, providertest.Analyst, providertest.Archive,
			providertest.Directory, providertest.Catalog, providertest.Physician,
		},
		Uploads: 3,
	}
}

func kindOf(a providertest.Author) string { return string(a.Account.Kind) }

// open starts a sandbox with the adapter in front of it. An image is processed
// when it was looked at once or, where the token allows no look, after a moment.
func open(t testing.TB, as providertest.Author, log *slog.Logger) *providertest.Instance {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	o := sandbox.Options{Clock: clock, EveryVersion: true, ProcessingPolls: 1, PartBytes: 4096}
	if as.Token == sandbox.MemberToken {
		o.ProcessingPolls, o.ProcessingTime = 0, 3*time.Second
	}
	box := sandbox.New(o)
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	double := providertest.NewDouble(t, providertest.DoubleConfig{
		Handler:  box,
		Classify: classify,
		Refuse:   refuse,
		Posts:    func() []providertest.Post { return shown(box) },
	})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	clients := providertest.NewClients(transport, double.URL)
	deps := linkedin.Deps{HTTP: clients.HTTP, Clock: clock, Log: log}
	return &providertest.Instance{
		Provider:    newProvider(t, configOf(double.URL), deps),
		Unreachable: newProvider(t, configOf(providertest.UnusedURL(t)), linkedin.Deps{HTTP: &http.Client{Transport: transport}, Clock: clock, Log: log}),
		Network:     double,
		Author:      as,
		Other:       author(sandbox.JohnURN, sandbox.OtherToken),
		Clock:       clock,
		Clients:     clients,
		Linking: &providertest.Linking{
			RedirectURL: sandbox.DefaultRedirectURI,
			Consent: func(address string, allow bool) (*url.URL, error) {
				decision := sandbox.Allow
				if !allow {
					decision = sandbox.Cancel
				}
				back, err := box.Decide(address, sandbox.JaneID, decision)
				if err != nil {
					return nil, err
				}
				return url.Parse(back)
			},
			Return:  coretest.ReturnOf,
			Revoke:  func() { box.Revoke(sandbox.CommunityClientID, sandbox.JaneID) },
			Renews:  community,
			Secrets: []core.Secret{sandbox.ShareClientSecret, sandbox.CommunityClientSecret},
		},
	}
}

// configOf are the settings of a server with both apps, in front of an address.
func configOf(base string) linkedin.Config {
	return apps(&linkedintest.Server{URL: base})
}

func classify(r *http.Request) providertest.Class {
	switch {
	case r.Method == http.MethodGet, r.URL.Path == "/oauth/v2/introspectToken":
		return providertest.ClassRead
	case r.URL.Path == "/oauth/v2/accessToken":
		return providertest.ClassGrant
	case strings.HasPrefix(r.URL.Path, "/dms-uploads/"):
		return providertest.ClassUpload
	case r.Method == http.MethodPost && r.URL.RawQuery == "action=initializeUpload":
		return providertest.ClassAnnounce
	case r.Method == http.MethodPost && r.URL.Path == "/rest/posts":
		return providertest.ClassCommit
	case r.Method == http.MethodDelete:
		return providertest.ClassDelete
	}
	return providertest.ClassOther
}

func refuse(w http.ResponseWriter, _ *http.Request, status int) {
	w.Header().Set("X-Li-Uuid", "uuid-of-a-refusal")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, fmt.Sprintf(`{"message":"refused","status":%d}`, status))
}

func shown(box *sandbox.Sandbox) []providertest.Post {
	var out []providertest.Post
	for _, p := range box.Posts() {
		post := providertest.Post{RemoteID: p.URN, Author: p.Author, Text: p.DisplayText, Media: len(p.Media)}
		for _, m := range p.Media {
			post.Alt = append(post.Alt, m.AltText)
		}
		out = append(out, post)
	}
	return out
}
