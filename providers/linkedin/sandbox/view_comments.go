package sandbox

import (
	"errors"
	"net/http"
	"time"

	"github.com/crier-social/crier/providers/internal/double"
)

// Comment is a comment as a test, or the page, looks at it.
type Comment struct {
	URN       string    `json:"urn"`
	ID        string    `json:"id"`
	Post      string    `json:"post"` // URN
	Parent    string    `json:"parentComment,omitempty"`
	Actor     string    `json:"actor"`
	ActorName string    `json:"actorName"`
	Text      string    `json:"text"`
	Mentions  []string  `json:"mentions"` // URNs of those that readers see as links
	Image     *Media    `json:"image,omitempty"`
	Reactions int       `json:"reactions"`
	CreatedAt time.Time `json:"createdAt"`
	EditedAt  time.Time `json:"editedAt,omitzero"`
	Spans     []Span    `json:"-"`
}

// Comments returns the comments on a post that were not deleted, each followed by the
// replies to it, oldest first. An empty URN stands for all posts.
func (s *Sandbox) Comments(post string) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Comment{}
	for _, p := range s.posts {
		if !p.deleted.IsZero() || (post != "" && post != p.urn && post != p.thread.activity) {
			continue
		}
		top := subject{post: p}
		for _, c := range top.under() {
			out = s.showComment(out, subject{p, c})
		}
	}
	return out
}

// showComment appends a comment and the replies to it. The caller holds the lock.
func (s *Sandbox) showComment(out []Comment, on subject) []Comment {
	c := on.comment
	if !c.deleted.IsZero() {
		return out
	}
	one := Comment{
		URN: c.urn, ID: c.id, Post: on.post.urn, Parent: c.parent, Actor: c.actor, ActorName: s.nameOf(c.actor),
		Text: c.text, Mentions: []string{}, Reactions: len(on.reactions()), CreatedAt: c.created, Spans: s.messageSpans(c.message),
	}
	for _, span := range one.Spans {
		if span.Kind == SpanMention {
			one.Mentions = append(one.Mentions, span.URN)
		}
	}
	if c.image != "" {
		image := s.showMedia(postMedia{kind: kindImage, id: c.image})
		one.Image = &image
	}
	if c.edited() {
		one.EditedAt = c.modified
	}
	out = append(out, one)
	for _, reply := range on.under() {
		out = s.showComment(out, subject{on.post, reply})
	}
	return out
}

// controlSocial adds to the control API what happens below posts, and to them.
func (s *Sandbox) controlSocial(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/comments", func(w http.ResponseWriter, r *http.Request) {
		comments, base := s.Comments(r.URL.Query().Get("post")), s.baseURL(r)
		for _, c := range comments {
			if c.Image != nil {
				c.Image.DownloadURL = base + c.Image.DownloadURL
			}
		}
		double.SendJSON(w, http.StatusOK, comments)
	})
	mux.HandleFunc("POST /sandbox/reject", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Post string `json:"post"`
		}
		if status, err := double.Decode(r, &in); err != nil {
			double.SendError(w, status, err)
			return
		}
		if !s.Reject(in.Post) {
			double.SendError(w, http.StatusNotFound, errors.New("no such post; GET /sandbox/posts lists every one"))
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}
