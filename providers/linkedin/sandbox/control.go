package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/crier-social/crier/providers/internal/double"
)

// controlRoutes adds the control API, with which a test in any language prepares
// the sandbox and looks into it.
func (s *Sandbox) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/posts", s.controlPosts)
	mux.HandleFunc("GET /sandbox/posts/{urn}", s.controlPost)
	mux.HandleFunc("GET /sandbox/images", double.Show(s.Images))
	mux.HandleFunc("GET /sandbox/videos", double.Show(s.Videos))
	mux.HandleFunc("GET /sandbox/videos/{urn}", s.controlVideo)
	mux.HandleFunc("GET /sandbox/documents", double.Show(s.Documents))
	mux.HandleFunc("POST /sandbox/posts/{urn}/votes", s.controlVote)
	s.controlSocial(mux)
	s.controlOAuth(mux)
	mux.HandleFunc("GET /sandbox/requests", s.journal.Handler(requestFilter))
	mux.HandleFunc("GET /sandbox/counts", double.Show(s.Counts))
	mux.HandleFunc("GET /sandbox/tokens", double.Show(func() []Token { return double.List(s.World().Tokens) }))
	mux.HandleFunc("POST /sandbox/tokens", double.Add(s.AddToken))
	mux.HandleFunc("GET /sandbox/people", double.Show(func() []Person { return double.List(s.World().People) }))
	mux.HandleFunc("POST /sandbox/people", double.Add(s.AddPerson))
	mux.HandleFunc("GET /sandbox/organizations", double.Show(func() []Organization { return double.List(s.World().Organizations) }))
	mux.HandleFunc("POST /sandbox/organizations", double.Add(s.AddOrganization))
	mux.HandleFunc("GET /sandbox/statistics", double.Show(s.Figures))
	mux.HandleFunc("POST /sandbox/statistics", double.Add(s.addFigures))
	mux.HandleFunc("POST /sandbox/pageviews", double.Add(s.addPageViews))
	s.Routes(mux, s.Reset)
}

// controlPosts lists posts, oldest first: ?author=urn, ?deleted=true for all.
func (s *Sandbox) controlPosts(w http.ResponseWriter, r *http.Request) {
	posts := s.Posts()
	if r.URL.Query().Get("deleted") == "true" {
		posts = s.AllPosts()
	}
	if author := r.URL.Query().Get("author"); author != "" {
		posts = slices.DeleteFunc(posts, func(p Post) bool { return p.Author != author })
	}
	base := s.baseURL(r)
	for i := range posts {
		posts[i] = posts[i].absolute(base)
	}
	double.SendJSON(w, http.StatusOK, posts)
}

func (s *Sandbox) controlPost(w http.ResponseWriter, r *http.Request) {
	p, known := s.Post(r.PathValue("urn"))
	if !known {
		double.SendError(w, http.StatusNotFound, errors.New("no such post; GET /sandbox/posts?deleted=true lists every one"))
		return
	}
	double.SendJSON(w, http.StatusOK, p.absolute(s.baseURL(r)))
}

func (s *Sandbox) controlVote(w http.ResponseWriter, r *http.Request) {
	type vote struct {
		Option int `json:"option"`
	}
	double.Add(func(v vote) error { return s.Vote(r.PathValue("urn"), v.Option) })(w, r)
}

func (s *Sandbox) controlVideo(w http.ResponseWriter, r *http.Request) {
	v, known := s.Video(r.PathValue("urn"))
	if !known {
		double.SendError(w, http.StatusNotFound, errors.New("no such video; GET /sandbox/videos lists every one"))
		return
	}
	double.SendJSON(w, http.StatusOK, v)
}

// absolute turns the paths of a post into addresses.
func (p Post) absolute(base string) Post {
	p.URL = base + p.URL
	p.Media = slices.Clone(p.Media)
	for i := range p.Media {
		for _, path := range []*string{&p.Media[i].DownloadURL, &p.Media[i].ThumbnailURL, &p.Media[i].CaptionsURL} {
			if *path != "" {
				*path = base + *path
			}
		}
	}
	if p.Article != nil && p.Article.Thumbnail != nil {
		card, picture := *p.Article, *p.Article.Thumbnail
		picture.DownloadURL = base + picture.DownloadURL
		card.Thumbnail = &picture
		p.Article = &card
	}
	return p
}

// requestFilter reads what the journal is asked for: ?method=POST, ?path=/rest/posts (a prefix),
// ?status=422, ?writes=true.
func requestFilter(query url.Values) (func(Request) bool, error) {
	status := 0
	if raw := query.Get("status"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil {
			return nil, errors.New("status: want a number, such as 422")
		}
		status = n
	}
	method, path := query.Get("method"), query.Get("path")
	return func(r Request) bool {
		return (method == "" || strings.EqualFold(r.Method, method)) &&
			strings.HasPrefix(r.Path, path) &&
			(status == 0 || r.Status == status) &&
			(query.Get("writes") != "true" || r.IsWrite())
	}, nil
}
