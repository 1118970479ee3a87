package sandbox

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/crier-social/crier/providers/bluesky/sandbox/appview"
	"github.com/crier-social/crier/providers/bluesky/sandbox/lexicon"
	"github.com/crier-social/crier/providers/internal/double"
)

//go:embed page
var pageFiles embed.FS

// policy keeps scripts out, and pictures and films from elsewhere.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// newWeb routes what is not part of the network: pages, and the control API, which a page of
// another origin may not use.
func (s *Sandbox) newWeb() http.Handler {
	s.pages = double.NewPages(pageFiles, "page", template.FuncMap{"rich": richText}, s.opts.Log)
	mux := http.NewServeMux()
	s.controlRoutes(mux)
	s.consentRoutes(mux)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/sandbox/", http.StatusFound) })
	mux.HandleFunc("GET /sandbox/{$}", s.feedPage)
	mux.HandleFunc("GET /sandbox/style.css", s.pages.Style)
	mux.HandleFunc("GET /profile/{actor}", s.profilePage)
	mux.HandleFunc("GET /profile/{actor}/post/{rkey}", s.postPage)
	return double.SameOrigin(mux)
}

// feedSize is how many posts a page shows.
const feedSize = 50

// feedPage shows the latest posts: all, or those with ?tag=word.
func (s *Sandbox) feedPage(w http.ResponseWriter, r *http.Request) {
	tag := r.URL.Query().Get("tag")
	records := s.Posts()
	slices.Reverse(records)
	data := struct {
		Tag   string
		Total int
		Posts []shownPost
	}{Tag: tag, Total: len(records)}
	if tag != "" {
		records = slices.DeleteFunc(records, func(record Record) bool { return !hasTag(record, tag) })
	}
	for some := range slices.Chunk(records, appview.MaxBatch) {
		data.Posts = append(data.Posts, s.shown(r, some)...)
		if len(data.Posts) >= feedSize {
			data.Posts = data.Posts[:feedSize]
			break
		}
	}
	s.pages.Show(w, http.StatusOK, "feed.html", data, policy)
}

func (s *Sandbox) postPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	a := s.find(r.PathValue("actor"))
	s.mu.Unlock()
	if a == nil {
		s.missing(w, r)
		return
	}
	uri := a.uri(lexicon.Post, r.PathValue("rkey"))
	var answer struct{ Thread shownThread }
	whole := strconv.Itoa(appview.MaxDepth)
	if !s.ask(r, "app.bsky.feed.getPostThread", url.Values{"uri": {uri}, "depth": {whole}, "parentHeight": {whole}}, &answer) {
		s.missing(w, r)
		return
	}
	record, _ := s.Record(uri)
	var wire bytes.Buffer
	if err := json.Indent(&wire, record.Value, "", "  "); err != nil {
		wire.Reset()
	}
	s.pages.Show(w, http.StatusOK, "post.html", struct {
		Thread shownThread
		CID    string
		Wire   string
	}{answer.Thread, record.CID, wire.String()}, policy)
}

func (s *Sandbox) profilePage(w http.ResponseWriter, r *http.Request) {
	actor := r.PathValue("actor")
	var profile shownProfile
	if !s.ask(r, "app.bsky.actor.getProfile", url.Values{"actor": {actor}}, &profile) {
		s.missing(w, r)
		return
	}
	var feed struct{ Feed []struct{ Post shownPost } }
	s.ask(r, "app.bsky.feed.getAuthorFeed", url.Values{"actor": {actor}, "limit": {"50"}}, &feed)
	s.pages.Show(w, http.StatusOK, "profile.html", struct {
		Profile shownProfile
		Feed    []struct{ Post shownPost }
	}{profile, feed.Feed}, policy)
}

func (s *Sandbox) missing(w http.ResponseWriter, r *http.Request) {
	s.pages.Show(w, http.StatusNotFound, "mistake.html", "There is nothing at "+r.URL.Path, policy)
}

// ask asks the AppView, and tells whether it has an answer.
func (s *Sandbox) ask(r *http.Request, method string, params url.Values, out any) bool {
	// Files are addressed without the host, so that the pages work however they are reached.
	answer, bad := s.view("").Answer(r.Context(), method, params)
	return bad == nil && json.Unmarshal(compact(answer), out) == nil
}

// shown are the posts among records that readers see: at most appview.MaxBatch.
func (s *Sandbox) shown(r *http.Request, records []Record) []shownPost {
	uris := url.Values{}
	for _, record := range records {
		uris.Add("uris", record.URI)
	}
	var answer struct{ Posts []shownPost }
	s.ask(r, "app.bsky.feed.getPosts", uris, &answer)
	return answer.Posts
}

// shownProfile is an account as pages show it.
type shownProfile struct {
	DID, Handle, DisplayName, Description    string
	FollowersCount, FollowsCount, PostsCount int
}

// Name is what people call the account.
func (p shownProfile) Name() string {
	if p.DisplayName != "" {
		return p.DisplayName
	}
	return p.Handle
}

// shownThread is a post with what is above and below it.
type shownThread struct {
	Post    shownPost
	Parent  *shownThread
	Replies []shownThread
}

// shownPost is a post as pages show it.
type shownPost struct {
	URI       string
	Author    shownProfile
	Record    shownRecord
	Embed     shownEmbed
	IndexedAt string
	Labels    []struct{ Val string }

	LikeCount, RepostCount, QuoteCount, ReplyCount int

	Threadgate *struct{ Record struct{ Allow *[]struct{} } }
}

// Path is where the post is shown.
func (p shownPost) Path() string {
	return "/profile/" + url.PathEscape(p.Author.DID) + "/post/" + url.PathEscape(p.URI[strings.LastIndex(p.URI, "/")+1:])
}

// Closed says who may reply, if not everybody.
func (p shownPost) Closed() string {
	switch {
	case p.Threadgate == nil || p.Threadgate.Record.Allow == nil:
		return ""
	case len(*p.Threadgate.Record.Allow) == 0:
		return "Nobody can reply."
	}
	return "Some people can reply."
}

// hasTag tells whether a post has a tag, in its text or beside it.
func hasTag(record Record, tag string) bool {
	var post shownRecord
	_ = json.Unmarshal(record.Value, &post) // it was written here
	for _, facet := range post.Facets {
		for _, feature := range facet.Features {
			if strings.EqualFold(feature.Tag, tag) {
				return true
			}
		}
	}
	return slices.ContainsFunc(post.Tags, func(have string) bool { return strings.EqualFold(have, tag) })
}

// shownRecord is what somebody has written.
type shownRecord struct {
	Text   string
	Facets []shownFacet
	Langs  []string
	Tags   []string
}

type shownFacet struct {
	Index    struct{ ByteStart, ByteEnd int }
	Features []struct{ URI, DID, Tag string }
}

// shownEmbed is what a post has beside its text, whatever kind it is.
type shownEmbed struct {
	Type      string `json:"$type"`
	Images    []struct{ Thumb, Alt string }
	Playlist  string
	Alt       string
	External  *struct{ URI, Title, Description, Thumb string }
	Media     *shownEmbed
	Record    json.RawMessage
	CID       string
	Thumbnail string
}

// Quote is the post that is quoted, or nil.
func (e shownEmbed) Quote() *shownQuote {
	raw := e.Record
	if e.Media != nil {
		var inner struct{ Record json.RawMessage }
		if json.Unmarshal(e.Record, &inner) != nil {
			return nil
		}
		raw = inner.Record
	}
	if len(raw) == 0 {
		return nil
	}
	var out shownQuote
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return &out
}

// shownQuote is a post within another one.
type shownQuote struct {
	URI                string
	Author             shownProfile
	Value              shownRecord
	NotFound, Detached bool
}

// Path is where the quoted post is shown.
func (q shownQuote) Path() string { return shownPost{URI: q.URI, Author: q.Author}.Path() }
