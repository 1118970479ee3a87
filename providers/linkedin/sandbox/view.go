package sandbox

import (
	"errors"
	"io"
	"time"
)

// Post is a published post as a test, or the page, looks at it.
type Post struct {
	URN        string `json:"urn"`
	Author     string `json:"author"`
	AuthorName string `json:"authorName"`
	// Commentary is what the client sent; DisplayText is what readers see of it.
	Commentary  string  `json:"commentary"`
	DisplayText string  `json:"displayText"`
	Cut         bool    `json:"cut"` // readers do not see all of it
	Visibility  string  `json:"visibility"`
	NoReshare   bool    `json:"isReshareDisabledByAuthor"`
	Lifecycle   string  `json:"lifecycleState"`
	Parent      string  `json:"reshareOf,omitempty"`
	Media       []Media `json:"media"`
	// Targets is distribution.targetEntities as it came.
	Targets   []any     `json:"targetEntities,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	EditedAt  time.Time `json:"editedAt,omitzero"`
	DeletedAt time.Time `json:"deletedAt,omitzero"`
	URL       string    `json:"url"` // path of the post's page
	Spans     []Span    `json:"-"`
}

// Media is a picture of a post.
type Media struct {
	ID          string `json:"id"`
	AltText     string `json:"altText"`
	Title       string `json:"title,omitempty"`
	ContentType string `json:"contentType"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	Size        int64  `json:"size"` // bytes
	SHA256      string `json:"sha256"`
	DownloadURL string `json:"downloadUrl"` // path
}

// Posts returns the posts that were not deleted, oldest first.
func (s *Sandbox) Posts() []Post {
	return s.postsWhere(func(p *post) bool { return p.deleted.IsZero() })
}

// AllPosts returns every post, deleted ones included, oldest first.
func (s *Sandbox) AllPosts() []Post { return s.postsWhere(func(*post) bool { return true }) }

func (s *Sandbox) postsWhere(keep func(*post) bool) []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Post{}
	for _, p := range s.posts {
		if keep(p) {
			out = append(out, s.show(p))
		}
	}
	return out
}

// Post returns one post, deleted or not.
func (s *Sandbox) Post(urn string) (Post, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.postsByURN[urn]
	if !known {
		return Post{}, false
	}
	return s.show(p), true
}

func (s *Sandbox) show(p *post) Post {
	out := Post{
		URN: p.urn, Author: p.author, AuthorName: s.nameOf(p.author),
		Commentary: p.commentary.raw, DisplayText: p.commentary.Display(), Cut: p.commentary.Cut >= 0,
		Visibility: p.visibility, NoReshare: p.noReshare, Lifecycle: p.lifecycle, Parent: p.parent,
		Media: make([]Media, len(p.media)), CreatedAt: p.created, DeletedAt: p.deleted, URL: "/feed/update/" + p.urn + "/",
	}
	out.Targets, _ = p.distribution["targetEntities"].([]any)
	if p.edited {
		out.EditedAt = p.modified
	}
	for i, m := range p.media {
		out.Media[i] = Media{ID: m.id, AltText: m.altText, Title: m.title, DownloadURL: downloadPath(m.id)}
		if img, ok := s.images[m.id]; ok {
			f := img.facts
			out.Media[i].ContentType, out.Media[i].Width, out.Media[i].Height = f.MIME, f.Width, f.Height
			out.Media[i].Size, out.Media[i].SHA256 = f.Size, f.SHA256
		}
	}
	for _, span := range p.commentary.Spans {
		if span.Kind == SpanMention && !s.mentionResolves(span) {
			span = Span{Kind: SpanText, Text: span.Text}
		}
		out.Spans = append(out.Spans, span)
	}
	return out
}

// Image is an upload, begun or complete.
type Image struct {
	URN         string    `json:"urn"`
	Owner       string    `json:"owner"`
	Status      string    `json:"status"`
	Failure     string    `json:"failure,omitempty"`
	ContentType string    `json:"contentType,omitempty"`
	Width       int       `json:"width,omitempty"`
	Height      int       `json:"height,omitempty"`
	Size        int64     `json:"size"`
	SHA256      string    `json:"sha256,omitempty"`
	CreatedAt   time.Time `json:"createdAt"`
	UploadedAt  time.Time `json:"uploadedAt,omitzero"`
}

// Images returns every upload, oldest first. Asking does not make its processing go on.
func (s *Sandbox) Images() []Image {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Clock.Now()
	out := []Image{}
	for _, img := range s.imageOrder {
		f := img.facts
		out = append(out, Image{
			URN: img.urn, Owner: img.owner, Status: string(s.statusAt(img, now)), Failure: f.Failure,
			ContentType: f.MIME, Width: f.Width, Height: f.Height, Size: f.Size, SHA256: f.SHA256,
			CreatedAt: img.created, UploadedAt: img.uploaded,
		})
	}
	return out
}

// Upload returns the bytes of an uploaded image. They are gone when the store had
// to make room.
func (s *Sandbox) Upload(urn string) ([]byte, error) {
	f, _, err := s.uploads.Open(urn)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(f)
	return content, errors.Join(err, f.Close())
}
