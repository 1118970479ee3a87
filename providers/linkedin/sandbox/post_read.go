package sandbox

import "slices"

// postView is a post as the API shows it.
type postView struct {
	ID             string         `json:"id"`
	Author         string         `json:"author"`
	Commentary     string         `json:"commentary"`
	Visibility     string         `json:"visibility"`
	Distribution   map[string]any `json:"distribution"`
	LifecycleState string         `json:"lifecycleState"`
	LifecycleInfo  lifecycleInfo  `json:"lifecycleStateInfo"`
	NoReshare      bool           `json:"isReshareDisabledByAuthor"`
	Content        map[string]any `json:"content,omitempty"`
	Reshare        *reshareView   `json:"reshareContext,omitempty"`
	LandingPage    string         `json:"contentLandingPage,omitempty"`
	CallToAction   string         `json:"contentCallToActionLabel,omitempty"`
	AdContext      any            `json:"adContext,omitempty"`
	CreatedAt      int64          `json:"createdAt"`
	PublishedAt    int64          `json:"publishedAt"`
	LastModifiedAt int64          `json:"lastModifiedAt"`
}

type lifecycleInfo struct {
	ReviewStatus string `json:"reviewStatus"`
	Edited       bool   `json:"isEditedByAuthor"`
}

type reshareView struct {
	Parent string `json:"parent"`
	Root   string `json:"root"`
}

// view shows a post as the API does: the whole commentary, even where a reader
// sees less of it. The caller holds the lock.
func (s *Sandbox) view(p *post) postView {
	now := s.opts.Clock.Now()
	v := postView{
		ID: p.urn, Author: p.author, Commentary: p.commentary.Echo(), Visibility: p.visibility,
		Distribution: p.distribution, LifecycleState: p.stateAt(now),
		LifecycleInfo: lifecycleInfo{ReviewStatus: p.reviewAt(now), Edited: p.edited},
		NoReshare:     p.noReshare, Content: p.readContent(), LandingPage: p.landingPage, CallToAction: p.callToAction,
		AdContext: p.adContext, CreatedAt: p.created.UnixMilli(), PublishedAt: p.created.UnixMilli(),
		LastModifiedAt: p.modified.UnixMilli(),
	}
	if p.parent != "" {
		v.Reshare = &reshareView{Parent: p.parent, Root: s.rootOf(p)}
	}
	return v
}

// rootOf follows reposts to the first post.
func (s *Sandbox) rootOf(p *post) string {
	root := p.urn
	for next, ok := p, true; ok && next.parent != ""; next, ok = s.postsByURN[root] {
		root = next.parent
	}
	return root
}

// mayRead checks that a token may read posts of an author. Self-serve apps may not
// even read what they posted. The caller holds the lock.
func (s *Sandbox) mayRead(t Token, author string, m restMethod) *problem {
	if !t.has(readScopes()...) {
		return notPermitted("posts", m)
	}
	u, bad := checkURN(authorField, author, "person", "organization")
	if bad != nil {
		return bad
	}
	if u.Kind == "person" {
		switch {
		case !t.has(scopeMemberRead):
			return illegalArgument("Member permissions must be used when using member as author")
		case author != t.personURN():
			return accessDenied("The member's posts are not readable with this token")
		}
		return nil
	}
	o, known := s.organizations[u.ID]
	switch {
	case !t.has(scopePageRead):
		return illegalArgument("Organization permissions must be used when using organization as author")
	case !known || !o.hasRole(t.Person, postingRoles()...):
		return accessDenied("The member does not have a role on this organization that permits reading its posts")
	}
	return nil
}

func checkPostURN(id string) *problem {
	if u, isURN := parseURN(id); !isURN || !u.isPost() || !u.validID() {
		return invalidField("INVALID_URN_TYPE", "id", "id value must be a share or ugcPost URN")
	}
	return nil
}

func (s *Sandbox) readPost(c *call, id string, m restMethod) (any, *problem) {
	t := c.token
	if !t.has(readScopes()...) {
		return nil, notPermitted("posts", m)
	}
	if bad := checkPostURN(id); bad != nil {
		return nil, bad
	}
	p, bad := s.livePost(id)
	if bad != nil {
		return nil, bad
	}
	if bad := s.mayRead(t, p.author, m); bad != nil {
		return nil, bad
	}
	if view, bad := c.viewContext(); bad != nil || (view == "READER" && p.stateAt(c.now) != lifecyclePublished) {
		return nil, notFound("Could not find entity %s", id)
	}
	return s.view(p), nil
}

// viewContext tells for whom posts are shown: READER leaves out what is not published.
func (c *call) viewContext() (string, *problem) { return c.oneOf("viewContext", "READER", "AUTHOR") }

func (s *Sandbox) getPost(c *call) (*reply, *problem) {
	if _, bad := c.viewContext(); bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, bad := s.readPost(c, c.key, methodGet)
	if bad != nil {
		return nil, bad
	}
	return ok(v), nil
}

func (s *Sandbox) batchGetPosts(c *call) (*reply, *problem) {
	if _, bad := c.viewContext(); bad != nil {
		return nil, bad
	}
	if !c.token.has(readScopes()...) {
		return nil, notPermitted("posts", methodBatchGet)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.batch(func(id string) (any, *problem) { return s.readPost(c, id, methodBatchGet) })
}

// findPostsByAuthor serves ?q=author, newest first. Deleted posts keep their places
// in the pages and are left out.
func (s *Sandbox) findPostsByAuthor(c *call) (*reply, *problem) {
	author, bad := c.text("author")
	if bad != nil {
		return nil, bad
	}
	order, bad := c.oneOf("sortBy", "LAST_MODIFIED", "CREATED")
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.mayRead(c.token, author, methodFinder); bad != nil {
		return nil, bad
	}
	var found []*post
	for _, p := range slices.Backward(s.posts) {
		if p.author == author {
			found = append(found, p)
		}
	}
	if order == "LAST_MODIFIED" {
		slices.SortStableFunc(found, func(a, b *post) int { return b.modified.Compare(a.modified) })
	}
	return c.pageOf(len(found), func(i int) (any, bool) {
		return s.view(found[i]), found[i].deleted.IsZero()
	})
}
