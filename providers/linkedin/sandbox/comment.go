package sandbox

import (
	"net/http"
	"slices"
)

// commentView is a comment as the API shows it. The object is the activity, whatever
// URN was used to address the post.
type commentView struct {
	ID           string           `json:"id"`
	URN          string           `json:"commentUrn"`
	EntityURN    string           `json:"$URN"`
	Actor        string           `json:"actor"`
	Object       string           `json:"object"`
	Parent       string           `json:"parentComment,omitempty"`
	Message      messageView      `json:"message"`
	Content      []map[string]any `json:"content,omitempty"`
	Created      stampView        `json:"created"`
	LastModified stampView        `json:"lastModified"`
	Likes        likesView        `json:"likesSummary"`
	Comments     *repliesView     `json:"commentsSummary,omitempty"` // of a comment that is no reply
}

type messageView struct {
	Text       string `json:"text"`
	Attributes []any  `json:"attributes"`
}

type stampView struct {
	Actor string `json:"actor"`
	Time  int64  `json:"time"`
}

type likesView struct {
	Total     int  `json:"totalLikes"`
	Aggregate int  `json:"aggregatedTotalLikes"`
	Liked     bool `json:"likedByCurrentUser"`
}

type repliesView struct {
	Total     int `json:"totalFirstLevelComments"`
	Aggregate int `json:"aggregatedTotalComments"`
}

// viewComment shows a comment. The caller holds the lock.
func (s *Sandbox) viewComment(c *call, on subject) commentView {
	one := on.comment
	v := commentView{
		ID: one.id, URN: one.urn, EntityURN: one.urn, Actor: one.actor, Object: on.post.thread.activity, Parent: one.parent,
		Message: messageView{Text: one.text, Attributes: []any{}},
		Created: stampView{one.actor, one.created.UnixMilli()}, LastModified: stampView{one.actor, one.modified.UnixMilli()},
	}
	for _, a := range one.attributes {
		v.Message.Attributes = append(v.Message.Attributes, a.raw)
	}
	if one.image != "" {
		v.Content = []map[string]any{{
			"entity": map[string]string{"image": one.image}, "type": "IMAGE", "url": c.base + downloadPath(one.image),
		}}
	}
	likes := on.reactions()
	v.Likes.Total, v.Likes.Aggregate = len(likes), len(likes)
	v.Likes.Liked = slices.ContainsFunc(likes, func(r *reaction) bool { return r.actor == c.token.personURN() })
	if one.parent == "" {
		direct, _ := on.count()
		v.Comments = &repliesView{direct, direct}
	}
	return v
}

// createComment serves POST /rest/socialActions/{urn}/comments.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
func (s *Sandbox) createComment(c *call) (*reply, *problem) {
	body, bad := c.object(commentSchema())
	if bad != nil {
		return nil, bad
	}
	said, bad := readMessage(mapIn(body, "message"))
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	actor := stringIn(body, "actor")
	if bad := s.mayEngageAs(c.token, actor, methodCreate, commentsResource); bad != nil {
		return nil, bad
	}
	on, bad := s.commented(c, body)
	if bad != nil {
		return nil, bad
	}
	image, bad := s.commentImage(body, actor)
	if bad != nil {
		return nil, bad
	}
	if said.empty() && image == "" {
		return nil, invalidField("INVALID_VALUE_BLANK_FIELD", "message", "message can't be blank")
	}
	added := s.addComment(on, &comment{message: said, actor: actor, image: image, created: c.now, modified: c.now})
	return &reply{
		status: http.StatusCreated, header: http.Header{"X-Restli-Id": {added.comment.id}}, body: s.viewComment(c, added),
	}, nil
}

// commented finds what a new comment is on: the post in the path, or the comment that
// it replies to. The object must be of the same thread. The caller holds the lock.
func (s *Sandbox) commented(c *call, body map[string]any) (subject, *problem) {
	on, bad := s.subject("id", c.parent)
	if bad != nil {
		return subject{}, bad
	}
	object, bad := s.subject("object", stringIn(body, "object"))
	if bad != nil {
		return subject{}, bad
	}
	if object.post != on.post {
		return subject{}, valueForField("object", "an entity of another thread")
	}
	if parent := stringIn(body, "parentComment"); parent != "" {
		to, bad := s.subject("parentComment", parent)
		switch {
		case bad != nil:
			return subject{}, bad
		case to.comment == nil:
			return subject{}, invalidField("INVALID_URN_TYPE", "parentComment", "parentComment value must be a comment URN")
		case to.post != on.post:
			return subject{}, valueForField("parentComment", "a comment of another thread")
		}
		on = to
	}
	switch t := on.post.thread; {
	case on.post.stateAt(c.now) != lifecyclePublished, t.attempts < s.opts.ActivityAttempts:
		t.attempts++
		return subject{}, &problem{
			Status:  http.StatusBadRequest,
			Message: "com.linkedin.content.common.exception.BadRequestResponseException: Unable to obtain activity for " + on.post.urn,
		}
	case t.closed:
		return subject{}, accessDenied("Comments are disabled for the thread " + t.activity)
	}
	return on, nil
}

// commentImage returns the one image of a comment, which its actor must own.
func (s *Sandbox) commentImage(body map[string]any, actor string) (string, *problem) {
	items, _ := body["content"].([]any)
	if len(items) == 0 {
		return "", nil
	}
	if len(items) > 1 {
		return "", invalidField("INVALID_VALUE_FOR_FIELD", "content", "content can't be set to %d items; allowed is 1", len(items))
	}
	item, _ := items[0].(map[string]any)
	id := stringIn(mapIn(item, "entity"), "image")
	if _, bad := checkURN("image", id, string(kindImage)); bad != nil {
		return "", bad
	}
	return id, s.usable(postMedia{kind: kindImage, id: id}, actor)
}

// maxComments bounds the comments of one post that are kept, deleted ones included.
const maxComments = 10_000

// addComment hangs a comment below its subject: a reply to a reply becomes one to the
// comment at the top. The caller holds the lock.
func (s *Sandbox) addComment(on subject, c *comment) subject {
	t := on.post.thread
	c.id = urnID(s.newURN("comment"))
	c.urn = commentURN(t.activity, c.id)
	if on.comment != nil {
		if c.parent = on.comment.parent; c.parent == "" {
			c.parent = on.comment.urn
		}
	}
	t.comments = append(t.comments, c)
	if len(t.comments) > maxComments {
		t.comments = t.comments[1:]
	}
	return subject{on.post, c}
}

func urnID(s string) string {
	u, _ := parseURN(s)
	return u.ID
}

// listComments serves GET …/comments: those on the subject itself, oldest first.
// Deleted ones keep their places; where there never was one, LinkedIn answers 404.
func (s *Sandbox) listComments(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	on, bad := s.subject("id", c.parent)
	if bad != nil {
		return nil, bad
	}
	if bad := s.mayFollow(c.token, on.post, methodGetAll, commentsResource); bad != nil {
		return nil, bad
	}
	found := on.under()
	if len(found) == 0 {
		return nil, notFound("No comments found for %s", c.parent)
	}
	return c.pageOf(len(found), func(i int) (any, bool) {
		return s.viewComment(c, subject{on.post, found[i]}), found[i].deleted.IsZero()
	})
}

// one finds the comment that a request names by its number, anywhere in the thread.
func (s *Sandbox) one(c *call) (subject, *problem) {
	if !numericID.MatchString(c.key) {
		return subject{}, illegalArgument("The key of a comment is a number, not %q", limitString(c.key, 60))
	}
	on, bad := s.subject("id", c.parent)
	if bad != nil {
		return subject{}, bad
	}
	on.comment, bad = on.post.thread.comment(c.key)
	return on, bad
}

func (s *Sandbox) getComment(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	on, bad := s.one(c)
	if bad != nil {
		return nil, bad
	}
	if bad := s.mayFollow(c.token, on.post, methodGet, commentsResource); bad != nil {
		return nil, bad
	}
	return ok(s.viewComment(c, on)), nil
}

// owned finds a comment that the actor of the request wrote. Pages must be named.
func (s *Sandbox) owned(c *call) (subject, *problem) {
	actor, bad := c.actorParam()
	if bad != nil {
		return subject{}, bad
	}
	if bad := s.mayEngageAs(c.token, actor, c.method, commentsResource); bad != nil {
		return subject{}, bad
	}
	on, bad := s.one(c)
	if bad != nil {
		return subject{}, bad
	}
	if on.comment.actor != actor {
		return subject{}, accessDenied("The actor is not the author of the comment")
	}
	return on, nil
}

func (s *Sandbox) updateComment(c *call) (*reply, *problem) {
	body, bad := c.object(commentPatchSchema())
	if bad != nil {
		return nil, bad
	}
	said, bad := readMessage(mapIn(mapIn(mapIn(body, "patch"), "message"), "$set"))
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	on, bad := s.owned(c)
	if bad != nil {
		return nil, bad
	}
	if said.empty() && on.comment.image == "" {
		return nil, invalidField("INVALID_VALUE_BLANK_FIELD", "message", "message can't be blank")
	}
	on.comment.message, on.comment.modified = said, c.now
	return noContent(), nil
}

func (s *Sandbox) deleteComment(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	on, bad := s.owned(c)
	if bad != nil {
		return nil, bad
	}
	on.post.thread.remove(on.comment, c.now)
	return noContent(), nil
}
