package sandbox

import "time"

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
	// Article and Poll are nil for a post without one.
	Article *Article `json:"article,omitempty"`
	Poll    *Poll    `json:"poll,omitempty"`
	// Targets is distribution.targetEntities as it came.
	Targets []any `json:"targetEntities,omitempty"`
	// Activity is the URN by which comments and reactions know the post.
	Activity      string    `json:"activity"`
	CommentsState string    `json:"commentsState"`
	Comments      int       `json:"comments"` // with the replies to them
	Reactions     int       `json:"reactions"`
	CreatedAt     time.Time `json:"createdAt"`
	EditedAt      time.Time `json:"editedAt,omitzero"`
	DeletedAt     time.Time `json:"deletedAt,omitzero"`
	URL           string    `json:"url"` // path of the post's page
	Spans         []Span    `json:"-"`
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
		Visibility: p.visibility, NoReshare: p.noReshare, Lifecycle: p.stateAt(s.opts.Clock.Now()), Parent: p.parent,
		Media: make([]Media, len(p.media)), CreatedAt: p.created, DeletedAt: p.deleted, URL: "/feed/update/" + p.urn + "/",
	}
	on := subject{post: p}
	_, out.Comments = on.count()
	out.Activity, out.CommentsState, out.Reactions = p.thread.activity, p.thread.state(), len(on.reactions())
	out.Targets, _ = p.distribution["targetEntities"].([]any)
	if p.edited {
		out.EditedAt = p.modified
	}
	out.Article, out.Poll = s.showArticle(p), showPoll(p)
	for i, m := range p.media {
		out.Media[i] = s.showMedia(m)
	}
	for _, span := range p.commentary.Spans {
		if span.Kind == SpanMention && !s.mentionResolves(span) {
			span = Span{Kind: SpanText, Text: span.Text}
		}
		out.Spans = append(out.Spans, span)
	}
	return out
}
