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

	"github.com/crier-social/crier/providers/internal/double"
)

//go:embed page
var pageFiles embed.FS

// contentPolicy allows what the pages consist of: their own style, pictures and videos.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// newWeb makes the handler of everything that is not LinkedIn's API: pages, uploaded
// files and the control API, which a page of another origin may not use.
func (s *Sandbox) newWeb() http.Handler {
	pages := &pages{double.NewPages(pageFiles, "page", pageFuncs(), s.opts.Log), s}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", pages.feed)
	mux.HandleFunc("GET /sandbox/{$}", pages.feed)
	mux.HandleFunc("GET /feed/update/{urn}", pages.post)
	mux.HandleFunc("GET /feed/update/{urn}/{$}", pages.post)
	mux.HandleFunc("GET /in/{name}", pages.person)
	mux.HandleFunc("GET /in/{name}/{$}", pages.person)
	mux.HandleFunc("GET /company/{name}", pages.company)
	mux.HandleFunc("GET /company/{name}/{$}", pages.company)
	mux.HandleFunc("GET /sandbox/style.css", pages.Style)
	mux.HandleFunc("GET "+authorizationPath, pages.authorize)
	mux.HandleFunc("POST "+authorizationPath, pages.authorize)
	s.downloadRoutes(mux)
	s.controlRoutes(mux)
	return double.SameOrigin(withJSONErrors(mux))
}

// pages are those of a sandbox.
type pages struct {
	*double.Pages

	sandbox *Sandbox
}

func pageFuncs() template.FuncMap {
	return template.FuncMap{
		"initials": initials, "pretty": prettyTime, "rich": richText, "machine": machineTime, "add": func(a, b int) int { return a + b },
		"clock": clockTime, "bytes": byteCount, "ending": documentEnding, "noun": mediaNoun,
	}
}

const feedSize = 50

// feedPage is what the feed shows.
type feedPage struct {
	Posts  []postPage
	Total  int
	Filter string // what the posts have in common, empty for all of them
	Newer  string // address of a page, empty for none
	Older  string
	Counts Counts
}

// postPage is what the page of one post shows.
type postPage struct {
	Post
	Org        bool
	Reposted   *postPage
	Grid       int // pictures in the grid: 1 to 5, where 5 stands for more
	Video      *Media
	Document   *Media
	Hidden     string
	Wire       string // JSON as the API answers
	Deleted    bool
	Untargeted bool
	Thread     []Comment
}

// feed shows posts, newest first: all, or those of ?author=urn, or with ?tag=word.
func (p *pages) feed(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	author, tag := query.Get("author"), query.Get("tag")
	posts := slices.DeleteFunc(p.sandbox.Posts(), func(post Post) bool {
		return (author != "" && post.Author != author) || (tag != "" && !post.hasTag(tag))
	})
	slices.Reverse(posts)
	number, err := strconv.Atoi(query.Get("page"))
	if err != nil || number < 1 {
		number = 1
	}
	number = min(number, max(1, (len(posts)+feedSize-1)/feedSize))
	from, to := (number-1)*feedSize, min(len(posts), number*feedSize)
	data := feedPage{Total: len(posts), Counts: p.sandbox.Counts(), Filter: p.sandbox.filterName(author, tag)}
	if number > 1 {
		data.Newer = feedLink(author, tag, number-1)
	}
	if to < len(posts) {
		data.Older = feedLink(author, tag, number+1)
	}
	for _, post := range posts[from:to] {
		data.Posts = append(data.Posts, p.view(post))
	}
	p.render(w, http.StatusOK, "feed.html", data)
}

// feedLink is the address of one page of the feed; empty filters let everything pass.
func feedLink(author, tag string, page int) string {
	return "/sandbox/?" + url.Values{"author": {author}, "tag": {tag}, "page": {strconv.Itoa(page)}}.Encode()
}

func (p Post) hasTag(tag string) bool {
	return slices.ContainsFunc(p.Spans, func(s Span) bool {
		return s.Kind == SpanHashtag && strings.EqualFold(strings.TrimLeft(s.Text, "#＃"), tag)
	})
}

func (s *Sandbox) filterName(author, tag string) string {
	var names []string
	if author != "" {
		s.mu.Lock()
		names = append(names, s.nameOf(author))
		s.mu.Unlock()
	}
	if tag != "" {
		names = append(names, "#"+tag)
	}
	return strings.Join(names, ", ")
}

// post shows one post, deleted ones included.
func (p *pages) post(w http.ResponseWriter, r *http.Request) {
	post, known := p.sandbox.Post(r.PathValue("urn"))
	if !known {
		p.render(w, http.StatusNotFound, "missing.html", r.PathValue("urn"))
		return
	}
	data := p.view(post)
	data.Wire = p.sandbox.wireJSON(post.URN)
	data.Thread = p.sandbox.Comments(post.URN)
	p.render(w, http.StatusOK, "post.html", data)
}

func (p *pages) view(post Post) postPage {
	data := newPostPage(post)
	if post.Cut {
		data.Hidden = post.Commentary[ReadLittleText(post.Commentary).Cut:]
	}
	if parent, known := p.sandbox.Post(post.Parent); known {
		inner := newPostPage(parent)
		data.Reposted = &inner
	}
	return data
}

func newPostPage(post Post) postPage {
	data := postPage{
		Post: post, Org: strings.HasPrefix(post.Author, "urn:li:organization:"), Grid: min(len(post.Media), 5),
		Deleted: !post.DeletedAt.IsZero(), Untargeted: len(post.Targets) == 0,
	}
	for i, m := range post.Media {
		switch assetKind(m.Kind) {
		case kindVideo:
			data.Video = &post.Media[i]
		case kindDocument:
			data.Document = &post.Media[i]
		case kindImage: // they make the grid
		}
	}
	return data
}

func (p *pages) render(w http.ResponseWriter, status int, name string, data any) {
	p.Show(w, status, name, data, contentPolicy)
}

// wireJSON is the post as the API answers it, indented.
func (s *Sandbox) wireJSON(id string) string {
	s.mu.Lock()
	p, known := s.postsByURN[id]
	var v postView
	if known {
		v = s.view(p)
	}
	s.mu.Unlock()
	if !known {
		return ""
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err.Error()
	}
	return out.String()
}
