package sandbox

import "strings"

// The states of a thread.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/social-metadata-api
const (
	commentsOpen   = "OPEN"
	commentsClosed = "CLOSED"
)

type metadataView struct {
	Entity        string                  `json:"entity"`
	CommentsState string                  `json:"commentsState"`
	Comments      commentSummaryView      `json:"commentSummary"`
	Reactions     map[string]reactionsSum `json:"reactionSummaries"`
}

type commentSummaryView struct {
	Count    int `json:"count"`
	TopLevel int `json:"topLevelCount"`
}

type reactionsSum struct {
	Kind  string `json:"reactionType"`
	Count int    `json:"count"`
}

func (t *thread) state() string {
	if t.closed {
		return commentsClosed
	}
	return commentsOpen
}

// metadata shows the discussion of what a URN names. The caller holds the lock.
func (s *Sandbox) metadata(c *call, id string) (any, *problem) {
	on, bad := s.subject("id", id)
	if bad != nil {
		return nil, bad
	}
	if bad := s.mayFollow(c.token, on.post, c.method, metadataResource); bad != nil {
		return nil, bad
	}
	direct, all := on.count()
	v := metadataView{
		Entity: id, CommentsState: on.post.thread.state(),
		Comments: commentSummaryView{Count: all, TopLevel: direct}, Reactions: map[string]reactionsSum{},
	}
	for _, r := range on.reactions() {
		v.Reactions[r.kind] = reactionsSum{r.kind, v.Reactions[r.kind].Count + 1}
	}
	return v, nil
}

func (s *Sandbox) getSocialMetadata(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, bad := s.metadata(c, c.key)
	if bad != nil {
		return nil, bad
	}
	return ok(v), nil
}

func (s *Sandbox) batchGetSocialMetadata(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.batch(func(id string) (any, *problem) { return s.metadata(c, id) })
}

// updateSocialMetadata opens and closes the comments of a post. Closing deletes the
// comments that are there.
func (s *Sandbox) updateSocialMetadata(c *call) (*reply, *problem) {
	body, bad := c.object(record{{name: "patch", need: required, typ: record{
		{name: "$set", need: required, typ: record{
			{name: "commentsState", typ: words{commentsOpen, commentsClosed}, need: required},
		}},
	}}})
	if bad != nil {
		return nil, bad
	}
	if strings.HasPrefix(c.key, "urn:li:comment:") {
		return nil, invalidField("INVALID_URN_TYPE", "id", "id value must be the URN of a thread")
	}
	actor, bad := c.actorParam()
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.mayEngageAs(c.token, actor, methodPartialUpdate, metadataResource); bad != nil {
		return nil, bad
	}
	on, bad := s.subject("id", c.key)
	if bad != nil {
		return nil, bad
	}
	if on.post.author != actor {
		return nil, accessDenied("The actor is not the author of the thread")
	}
	t := on.post.thread
	if stringIn(mapIn(mapIn(body, "patch"), "$set"), "commentsState") == commentsOpen {
		t.closed = false
		return noContent(), nil
	}
	t.shut(c.now)
	return noContent(), nil
}
