package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// controlRoutes adds the control API, with which a test in any language prepares
// the sandbox and looks into it.
func (s *Sandbox) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/posts", s.controlPosts)
	mux.HandleFunc("GET /sandbox/posts/{urn}", s.controlPost)
	mux.HandleFunc("GET /sandbox/images", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, s.Images()) })
	mux.HandleFunc("GET /sandbox/videos", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, s.Videos()) })
	mux.HandleFunc("GET /sandbox/videos/{urn}", s.controlVideo)
	mux.HandleFunc("GET /sandbox/documents", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, s.Documents()) })
	mux.HandleFunc("POST /sandbox/posts/{urn}/votes", s.controlVote)
	s.controlSocial(mux)
	s.controlOAuth(mux)
	mux.HandleFunc("GET /sandbox/requests", s.controlRequests)
	mux.HandleFunc("GET /sandbox/counts", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, s.Counts()) })
	mux.HandleFunc("GET /sandbox/faults", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, s.faultList()) })
	mux.HandleFunc("POST /sandbox/faults", s.controlAddFault)
	mux.HandleFunc("DELETE /sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /sandbox/tokens", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, list(s.World().Tokens)) })
	mux.HandleFunc("POST /sandbox/tokens", controlAdd(s.AddToken))
	mux.HandleFunc("GET /sandbox/people", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, list(s.World().People)) })
	mux.HandleFunc("POST /sandbox/people", controlAdd(s.AddPerson))
	mux.HandleFunc("GET /sandbox/organizations", func(w http.ResponseWriter, _ *http.Request) {
		sendJSON(w, http.StatusOK, list(s.World().Organizations))
	})
	mux.HandleFunc("POST /sandbox/organizations", controlAdd(s.AddOrganization))
	mux.HandleFunc("GET /sandbox/statistics", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, s.Figures()) })
	mux.HandleFunc("POST /sandbox/statistics", controlAdd(s.addFigures))
	mux.HandleFunc("POST /sandbox/pageviews", controlAdd(s.addPageViews))
	mux.HandleFunc("POST /sandbox/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		w.WriteHeader(http.StatusNoContent)
	})
}

// list makes an empty list appear as [] instead of null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

func sendJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // the client is gone; nobody is left to tell
}

func sendError(w http.ResponseWriter, status int, err error) {
	sendJSON(w, status, map[string]string{"error": err.Error()})
}

// controlAdd is the handler of a POST that adds something and answers with it.
func controlAdd[T any](add func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var v T
		if status, err := decodeControl(r, &v); err != nil {
			sendError(w, status, err)
			return
		}
		if err := add(v); err != nil {
			sendError(w, http.StatusBadRequest, err)
			return
		}
		sendJSON(w, http.StatusCreated, v)
	}
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
	sendJSON(w, http.StatusOK, posts)
}

func (s *Sandbox) controlPost(w http.ResponseWriter, r *http.Request) {
	p, known := s.Post(r.PathValue("urn"))
	if !known {
		sendError(w, http.StatusNotFound, errors.New("no such post; GET /sandbox/posts?deleted=true lists every one"))
		return
	}
	sendJSON(w, http.StatusOK, p.absolute(s.baseURL(r)))
}

func (s *Sandbox) controlVote(w http.ResponseWriter, r *http.Request) {
	type vote struct {
		Option int `json:"option"`
	}
	controlAdd(func(v vote) error { return s.Vote(r.PathValue("urn"), v.Option) })(w, r)
}

func (s *Sandbox) controlVideo(w http.ResponseWriter, r *http.Request) {
	v, known := s.Video(r.PathValue("urn"))
	if !known {
		sendError(w, http.StatusNotFound, errors.New("no such video; GET /sandbox/videos lists every one"))
		return
	}
	sendJSON(w, http.StatusOK, v)
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

// controlRequests lists the journal: ?method=POST, ?path=/rest/posts (a prefix),
// ?status=422, ?writes=true, ?limit=20 (the latest).
func (s *Sandbox) controlRequests(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	keep, err := requestFilter(query)
	if err != nil {
		sendError(w, http.StatusBadRequest, err)
		return
	}
	found := slices.DeleteFunc(s.Requests(), func(entry Request) bool { return !keep(entry) })
	if raw := query.Get("limit"); raw != "" {
		limit, err := strconv.Atoi(raw)
		if err != nil || limit < 0 {
			sendError(w, http.StatusBadRequest, errors.New("limit: want a whole number, 0 or more"))
			return
		}
		found = found[max(0, len(found)-limit):]
	}
	sendJSON(w, http.StatusOK, found)
}

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

// faultJSON is a fault in the control API.
type faultJSON struct {
	ID     int               `json:"id,omitempty"`
	Match  string            `json:"match"`
	Action Action            `json:"action"`
	Times  int               `json:"times,omitempty"`
	Delay  string            `json:"delay,omitempty"` // "1.5s"
	After  string            `json:"after,omitempty"` // of ActionReject: "2m"
	Bytes  int64             `json:"bytes,omitempty"`
	Status int               `json:"status,omitempty"`
	Body   json.RawMessage   `json:"body,omitempty"` // a string, or JSON as it shall be sent
	Header map[string]string `json:"header,omitempty"`
}

func (s *Sandbox) faultList() []faultJSON {
	out := []faultJSON{}
	for _, f := range s.Faults() {
		one := faultJSON{
			ID: f.ID, Match: f.Match, Action: f.Fault.Action, Times: f.Left,
			Bytes: f.Fault.Bytes, Status: f.Fault.Status, Header: f.Fault.Header,
		}
		if f.Fault.Delay > 0 {
			one.Delay = f.Fault.Delay.String()
		}
		if f.Fault.After > 0 {
			one.After = f.Fault.After.String()
		}
		if f.Fault.Body != "" {
			one.Body = mustJSON(f.Fault.Body)
		}
		out = append(out, one)
	}
	return out
}

func (s *Sandbox) controlAddFault(w http.ResponseWriter, r *http.Request) {
	var in faultJSON
	if status, err := decodeControl(r, &in); err != nil {
		sendError(w, status, err)
		return
	}
	f, err := in.fault()
	if err == nil {
		err = s.Next(in.Match, f)
	}
	if err != nil {
		sendError(w, http.StatusBadRequest, err)
		return
	}
	sendJSON(w, http.StatusCreated, s.faultList())
}

func (in faultJSON) fault() (Fault, error) {
	f := Fault{Action: in.Action, Times: in.Times, Bytes: in.Bytes, Status: in.Status, Header: in.Header}
	if in.Delay != "" {
		d, err := time.ParseDuration(in.Delay)
		if err != nil {
			return Fault{}, fmt.Errorf("delay %q: want a duration such as 1.5s", in.Delay)
		}
		f.Delay = d
	}
	if in.After != "" {
		d, err := time.ParseDuration(in.After)
		if err != nil {
			return Fault{}, fmt.Errorf("after %q: want a duration such as 2m", in.After)
		}
		f.After = d
	}
	if json.Unmarshal(in.Body, &f.Body) != nil {
		f.Body = string(in.Body)
	}
	return f, nil
}
