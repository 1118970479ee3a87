package sandbox

import (
	"net/http"
	"net/url"
	"slices"
)

// createPost serves POST /rest/posts. The answer is empty: the new URN is only in
// the header x-restli-id.
func (s *Sandbox) createPost(c *call) (*reply, *problem) {
	body, bad := c.object(postSchema())
	if bad != nil {
		return nil, bad
	}
	d := draftOf(body)
	s.mu.Lock()
	defer s.mu.Unlock()
	author, bad := s.mayActAs(c.token, authorField, d.author, methodCreate, "posts")
	if bad != nil {
		return nil, bad
	}
	p, bad := s.build(d, author)
	if bad != nil {
		return nil, bad
	}
	p.key = keyOf(p.author, d.commentary, s.fingerprints(p), p.parent)
	if original, found := s.duplicate(p.key, c.now); found {
		return nil, duplicateOf(original)
	}
	p.urn = s.newURN(p.kind())
	p.created, p.modified = c.now, c.now
	p.thread, p.fate = s.newThread(), s.fateOf(c)
	s.remember(p)
	return &reply{status: http.StatusCreated, header: http.Header{"X-Restli-Id": {p.urn}}}, nil
}

// kind is the type of URN that LinkedIn gives to such a post.
func (p *post) kind() string {
	_, multi := p.content["multiImage"]
	isVideo := func(m postMedia) bool { return m.kind == kindVideo }
	_, poll := p.content["poll"]
	if multi || poll || slices.ContainsFunc(p.media, isVideo) {
		return "ugcPost"
	}
	return "share"
}

// draft is the body of a create, whose shape the schema has checked.
type draft struct {
	author, commentary, visibility, lifecycle string
	distribution, content                     map[string]any
	container, parent                         string
	landingPage, callToAction                 string
	noReshare                                 bool
	adContext                                 any
}

func draftOf(body map[string]any) draft {
	reshare := mapIn(body, "reshareContext")
	noReshare, _ := body["isReshareDisabledByAuthor"].(bool)
	return draft{
		author:       stringIn(body, "author"),
		commentary:   stringIn(body, "commentary"),
		visibility:   stringIn(body, "visibility"),
		lifecycle:    stringIn(body, "lifecycleState"),
		distribution: mapIn(body, "distribution"),
		content:      mapIn(body, "content"),
		container:    stringIn(body, "container"),
		parent:       stringIn(reshare, "parent"),
		landingPage:  stringIn(body, "contentLandingPage"),
		callToAction: stringIn(body, "contentCallToActionLabel"),
		noReshare:    noReshare,
		adContext:    body["adContext"],
	}
}

func stringIn(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

func mapIn(m map[string]any, name string) map[string]any {
	inner, _ := m[name].(map[string]any)
	return inner
}

// build checks the rules between the fields and makes the post. The caller holds
// the lock.
func (s *Sandbox) build(d draft, author urn) (*post, *problem) {
	if d.lifecycle != "PUBLISHED" {
		return nil, valueForField("lifecycleState", d.lifecycle)
	}
	text, bad := s.checkCommentary(d.commentary)
	if bad != nil {
		return nil, bad
	}
	if d.commentary == "" && d.content == nil && d.parent == "" {
		return nil, invalidField("INVALID_VALUE_BLANK_FIELD", "commentary", "commentary can't be blank")
	}
	for _, check := range []func() *problem{
		func() *problem { return checkVisibility(d, author) },
		func() *problem { return s.checkDistribution(d.distribution, author) },
		func() *problem { return checkCallToAction(d.callToAction, d.landingPage) },
		func() *problem { return s.checkParent(d) },
	} {
		if bad := check(); bad != nil {
			return nil, bad
		}
	}
	media, bad := s.checkContent(d.content, d.author)
	if bad != nil {
		return nil, bad
	}
	return &post{
		author: d.author, commentary: text, visibility: d.visibility, distribution: d.distribution,
		noReshare: d.noReshare, content: d.content, parent: d.parent,
		landingPage: d.landingPage, callToAction: d.callToAction, adContext: d.adContext, media: media,
	}, nil
}

func checkVisibility(d draft, author urn) *problem {
	switch {
	case d.visibility == "CONNECTIONS" && author.Kind != "person":
		return valueForField("visibility", d.visibility)
	case d.visibility == "CONTAINER" && d.container == "":
		return missingField("container")
	case d.visibility == "CONTAINER":
		return accessDenied("Posting to this container is not available to the application")
	case d.container != "":
		return valueForField("container", limitString(d.container, 100))
	default:
		return nil
	}
}

// checkDistribution checks who shall see the post. Pages alone may choose.
func (s *Sandbox) checkDistribution(m map[string]any, author urn) *problem {
	if feed := stringIn(m, "feedDistribution"); feed == "NONE" && author.Kind != "organization" {
		return valueForField("feedDistribution", feed)
	}
	targets, _ := m["targetEntities"].([]any)
	if len(targets) == 0 {
		return nil
	}
	if author.Kind != "organization" {
		return valueForField("targetEntities", "a value for a member's post")
	}
	for _, target := range targets {
		facets, _ := target.(map[string]any)
		if bad := checkFacets(facets); bad != nil {
			return bad
		}
	}
	return s.organizations[author.ID].checkReach(targets)
}

func checkFacets(facets map[string]any) *problem {
	for name, kind := range targetURNKinds() {
		items, _ := facets[name].([]any)
		for _, item := range items {
			id, _ := item.(string)
			if _, bad := checkURN(name, id, kind); bad != nil {
				return bad
			}
		}
	}
	return nil
}

func checkCallToAction(label, landingPage string) *problem {
	if label != "" && !slices.Contains(callToActionLabels(), label) {
		return invalidField("INVALID_CALL_TO_ACTION", "contentCallToActionLabel", "label is not allowed")
	}
	if landingPage == "" {
		return nil
	}
	if u, err := url.Parse(landingPage); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return invalidField("INVALID_URL", "contentLandingPage", "contentLandingPage is a malformed URL")
	}
	return nil
}

// checkParent checks what a repost repeats: a public post whose author allows it.
func (s *Sandbox) checkParent(d draft) *problem {
	if d.parent == "" {
		return nil
	}
	if d.content != nil {
		return valueForField("content", "a value together with reshareContext")
	}
	if _, bad := checkURN("parent", d.parent, "share", "ugcPost"); bad != nil {
		return bad
	}
	parent, bad := s.livePost(d.parent)
	if bad != nil {
		return invalidField("INVALID_URN_ID", "parent", "parent has an invalid id in the URN")
	}
	if parent.noReshare || parent.visibility != "PUBLIC" {
		return accessDenied("The parent post cannot be reshared")
	}
	return nil
}
