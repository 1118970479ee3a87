package providertest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// commenting is a published post, below which comments are written.
type commenting struct {
	core.RepeatableComments

	scene  *scene
	postID string
}

// commenting publishes a post; nil when comments of the adapter cannot be repeated.
func (s *scene) commenting() (*commenting, error) {
	if !commentsRepeatable(s.Provider) {
		return nil, s.skipped(RepeatableComments)
	}
	receipt, err := s.publish(s.Author, s.h.Text)
	return &commenting{s.Provider.(core.RepeatableComments), s, receipt.RemoteID}, err
}

func commentsRepeatable(p core.Provider) bool {
	r, ok := p.(core.RepeatableComments)
	return ok && r.CommentsRepeatable()
}

// draft is a comment with a name.
func (c *commenting) draft(key string) core.CommentDraft {
	return core.CommentDraft{PostID: c.postID, Text: "A comment", At: c.scene.clock.Now().UTC().Truncate(time.Millisecond), Key: key}
}

// session is a new one without a checkpoint.
func (c *commenting) session() *core.Session {
	session := c.scene.session(c.scene.Author, coretest.NewCheckpoint())
	session.Checkpoint = nil
	return session
}

// add writes a comment, as a process does that knows nothing of any other.
func (c *commenting) add(d core.CommentDraft) (core.Comment, error) {
	made, err := c.AddComment(c.scene.t.Context(), c.session(), d)
	return made, c.scene.hear(err)
}

func (c *commenting) find(d core.CommentDraft) (core.Comment, bool, error) {
	found, there, err := c.FindComment(c.scene.t.Context(), c.session(), d, d.At)
	return found, there, c.scene.hear(err)
}

// shows compares the comments below the post with those that are to be there.
func (c *commenting) shows(ids ...string) error {
	list, err := c.Comments(c.scene.t.Context(), c.session(), c.postID)
	if err != nil {
		return wrongf("Comments fails on a healthy network: %w", c.scene.hear(err))
	}
	there := map[string]bool{}
	for _, one := range list {
		there[one.ID] = true
	}
	for _, id := range ids {
		if !there[id] {
			return wrongf("AddComment tells of %q, which is not among the comments of the post", id)
		}
	}
	if len(list) != len(ids) {
		return wrongf("AddComment made %d comments, want %d", len(list), len(ids))
	}
	return nil
}

// checkRepeatableComments: AddComment of the same draft makes one comment, however often it is
// sent and whatever became of the answers, and FindComment tells at once whether it is there.
func checkRepeatableComments(t testing.TB, h Harness) error {
	t.Helper()
	var ps problems
	for _, fault := range []*Fault{nil, {Mode: CutAfter}, {Mode: CutBefore}} {
		err := h.with(t, func(s *scene) error { return s.repeatsComment(fault) })
		ps.when(err != nil, "%s: %w", describeFault(fault), err)
	}
	return ps.err()
}

func describeFault(f *Fault) string {
	if f == nil {
		return "unharmed"
	}
	return string(f.Mode)
}

func (s *scene) repeatsComment(fault *Fault) error {
	c, err := s.commenting()
	if err != nil || c == nil {
		return err
	}
	d := c.draft("one")
	if fault != nil {
		s.Network.Fail(ClassOther, *fault)
	}
	before := s.count(ClassOther)
	first, err := c.add(d)
	made := s.count(ClassOther) - before
	s.Network.Heal()
	var ps problems
	ps.when(made != 1, "AddComment made the call %d times", made)
	ps.when(fault == nil && (err != nil || first.ID == ""), "AddComment returns %q and %w on a healthy network", first.ID, orNone(err))
	ps.when(fault != nil && (err == nil || core.AsError(err).Refused()), "AddComment whose answer is lost returns %w", orNone(err))
	there := fault == nil || fault.Mode == CutAfter
	found, is, err := c.find(d)
	ps.when(err != nil || is != there, "FindComment right after AddComment says %v, %w; want %v", is, orNone(err), there)
	return errors.Join(ps.err(), c.repeated(d, found.ID, first.ID))
}

// repeated sends a comment again, which is known by some ids if it is there.
func (c *commenting) repeated(d core.CommentDraft, known ...string) error {
	c.scene.clock.Advance(time.Minute)
	again, err := c.add(d)
	if err != nil || again.ID == "" {
		return wrongf("AddComment sent again returns %q and %w", again.ID, orNone(err))
	}
	var ps problems
	for _, id := range known {
		ps.when(id != "" && id != again.ID, "AddComment sent again tells of %q, before it was %q", again.ID, id)
	}
	ps.when(!again.CreatedAt.Equal(d.At), "AddComment with the time %v returns a comment of %v", d.At, again.CreatedAt)
	found, there, err := c.find(d)
	ps.when(err != nil || !there || found.ID != again.ID, "FindComment after that says %q, %v, %w", found.ID, there, orNone(err))
	return errors.Join(ps.err(), c.shows(again.ID))
}

// checkCommentNames: comments that differ in their names, or in their times, are several, with
// whatever words.
func checkCommentNames(s *scene) error {
	c, err := s.commenting()
	if err != nil || c == nil {
		return err
	}
	one, two := c.draft("one"), c.draft("two")
	later := one
	later.At = later.At.Add(time.Millisecond)
	var ids []string
	for i, d := range []core.CommentDraft{one, two, later} {
		if _, there, err := c.find(d); there || err != nil {
			return wrongf("FindComment of what was not written says %v, %w", there, orNone(err))
		}
		made, err := c.add(d)
		if err != nil {
			return wrongf("AddComment fails on a healthy network: %w", err)
		}
		ids = append(ids, made.ID)
		if err := c.shows(ids...); err != nil {
			return fmt.Errorf("comment %d: %w", i+1, err)
		}
	}
	return nil
}
