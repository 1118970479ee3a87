package sandbox

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// thread is the discussion below a post: its comments, replies included, and who
// reacted to what.
type thread struct {
	activity  string     // URN; LinkedIn hangs the discussion on it, not on the post
	attempts  int        // comments that were refused since the activity was not there yet
	closed    bool       // nobody may comment
	comments  []*comment // oldest first, deleted ones included
	reactions []*reaction
}

// comment is a comment, or a reply to one.
type comment struct {
	message

	id       string
	urn      string
	parent   string // URN of the comment that it replies to
	actor    string
	image    string // URN
	created  time.Time
	modified time.Time
	deleted  time.Time // zero while it is there
}

func (c *comment) edited() bool { return !c.modified.Equal(c.created) }

var commentForm = regexp.MustCompile(`^urn:li:comment:\((urn:li:(?:activity|share|ugcPost):[0-9]{1,19}),([0-9]{1,19})\)$`)

// commentURN names a comment: LinkedIn always has the activity in it, by whatever URN
// the post was addressed.
func commentURN(activity, id string) string { return "urn:li:comment:(" + activity + "," + id + ")" }

// subject is what comments and reactions are about: a post, or a comment on it.
type subject struct {
	post    *post
	comment *comment // nil: the post itself
}

// urn is what the subject is called in answers.
func (s subject) urn() string {
	if s.comment != nil {
		return s.comment.urn
	}
	return s.post.thread.activity
}

// subject finds a post by its share, ugcPost or activity URN, or a comment by its own.
// The caller holds the lock.
func (s *Sandbox) subject(field, id string) (subject, *problem) {
	if m := commentForm.FindStringSubmatch(id); m != nil {
		p, bad := s.livePost(m[1])
		if bad != nil {
			return subject{}, bad
		}
		c, bad := p.thread.comment(m[2])
		return subject{p, c}, bad
	}
	if strings.HasPrefix(id, "urn:li:comment:") {
		return subject{}, invalidField("INVALID_URN_ID", field, "%s has an invalid id in the URN", field)
	}
	if _, bad := checkURN(field, id, "share", "ugcPost", "activity"); bad != nil {
		return subject{}, bad
	}
	p, bad := s.livePost(id)
	return subject{post: p}, bad
}

// comment returns a comment that was not deleted, by its number.
func (t *thread) comment(id string) (*comment, *problem) {
	for _, c := range t.comments {
		if c.id == id && c.deleted.IsZero() {
			return c, nil
		}
	}
	return nil, notFound("Could not find entity %s", limitString(id, 60))
}

// under returns the comments on the subject itself: not the replies to them. Deleted
// ones are among them.
func (s subject) under() []*comment {
	parent := ""
	if s.comment != nil {
		parent = s.comment.urn
	}
	return slices.DeleteFunc(slices.Clone(s.post.thread.comments), func(c *comment) bool { return c.parent != parent })
}

// count tells how many comments there are on the subject itself, and in all.
func (s subject) count() (direct, all int) {
	for _, c := range s.post.thread.comments {
		if !c.deleted.IsZero() {
			continue
		}
		switch {
		case s.comment == nil && c.parent == "", s.comment != nil && c.parent == s.comment.urn:
			direct++
			all++
		case s.comment == nil:
			all++
		}
	}
	return direct, all
}

// remove deletes a comment with the replies to it.
func (t *thread) remove(c *comment, now time.Time) {
	for _, one := range t.comments {
		if one.deleted.IsZero() && (one == c || one.parent == c.urn) {
			one.deleted = now
		}
	}
}

// shut closes the thread, which removes what is there.
func (t *thread) shut(now time.Time) {
	t.closed = true
	for _, c := range t.comments {
		t.remove(c, now)
	}
}

// newThread is the discussion of a new post. The caller holds the lock.
func (s *Sandbox) newThread() *thread { return &thread{activity: s.newURN("activity")} }
