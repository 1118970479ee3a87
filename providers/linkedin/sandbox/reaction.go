package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// reaction is what somebody thinks of a post or comment: at most one each.
type reaction struct {
	actor   string
	entity  string // URN of the activity, or of the comment
	kind    string
	created time.Time
}

// reactionKinds are those that can be given.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/reactions-api
func reactionKinds() words {
	return words{"LIKE", "PRAISE", "EMPATHY", "INTEREST", "APPRECIATION", "ENTERTAINMENT"}
}

// reactions returns those to the subject itself, oldest first.
func (s subject) reactions() []*reaction {
	entity := s.urn()
	return slices.DeleteFunc(slices.Clone(s.post.thread.reactions), func(r *reaction) bool { return r.entity != entity })
}

func (s subject) reactionOf(actor string) (*reaction, *problem) {
	for _, r := range s.reactions() {
		if r.actor == actor {
			return r, nil
		}
	}
	return nil, notFound("Could not find a reaction of %s", limitString(actor, 100))
}

// reactionView is a reaction as the API shows it.
type reactionView struct {
	ID           string    `json:"id"`
	Root         string    `json:"root"`
	Kind         string    `json:"reactionType"`
	Created      stampView `json:"created"`
	LastModified stampView `json:"lastModified"`
}

func (r *reaction) view() reactionView {
	stamp := stampView{r.actor, r.created.UnixMilli()}
	return reactionView{
		ID: "urn:li:reaction:(" + r.actor + "," + r.entity + ")", Root: r.entity, Kind: r.kind, Created: stamp, LastModified: stamp,
	}
}

// createReaction serves POST /rest/reactions?actor=. A second reaction of the same
// actor replaces the first.
func (s *Sandbox) createReaction(c *call) (*reply, *problem) {
	body, bad := c.object(record{
		{name: "root", typ: text{}, need: required},
		{name: "reactionType", typ: reactionKinds(), need: required},
	})
	if bad != nil {
		return nil, bad
	}
	actor, bad := c.text(actorField)
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.mayEngageAs(c.token, actor, methodCreate, reactionsResource); bad != nil {
		return nil, bad
	}
	on, bad := s.subject("root", stringIn(body, "root"))
	if bad != nil {
		return nil, bad
	}
	on.forget(actor)
	r := &reaction{actor: actor, entity: on.urn(), kind: stringIn(body, "reactionType"), created: c.now}
	on.post.thread.reactions = append(on.post.thread.reactions, r)
	return &reply{status: http.StatusCreated, body: r.view()}, nil
}

// forget removes the actor's reaction to the subject.
func (s subject) forget(actor string) {
	entity, t := s.urn(), s.post.thread
	t.reactions = slices.DeleteFunc(t.reactions, func(r *reaction) bool { return r.actor == actor && r.entity == entity })
}

// keyText returns a part of a key that is a record.
func (c *call) keyText(name string) (string, *problem) {
	if v, present := c.keys[name]; present && v.kind == kindString {
		return v.str, nil
	}
	return "", &problem{Status: http.StatusBadRequest, Message: "Syntax exception in path variables"}
}

// reacted finds actor and subject of a key.
func (s *Sandbox) reacted(c *call) (actor string, on subject, bad *problem) {
	if actor, bad = c.keyText("actor"); bad != nil {
		return "", subject{}, bad
	}
	entity, bad := c.keyText("entity")
	if bad != nil {
		return "", subject{}, bad
	}
	on, bad = s.subject("entity", entity)
	return actor, on, bad
}

func (s *Sandbox) deleteReaction(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	actor, on, bad := s.reacted(c)
	if bad != nil {
		return nil, bad
	}
	if bad := s.mayEngageAs(c.token, actor, methodDelete, reactionsResource); bad != nil {
		return nil, bad
	}
	if _, bad := on.reactionOf(actor); bad != nil {
		return nil, bad
	}
	on.forget(actor)
	return noContent(), nil
}

func (s *Sandbox) getReaction(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	actor, on, bad := s.reacted(c)
	if bad != nil {
		return nil, bad
	}
	if bad := s.mayFollow(c.token, on.post, methodGet, reactionsResource); bad != nil {
		return nil, bad
	}
	r, bad := on.reactionOf(actor)
	if bad != nil {
		return nil, bad
	}
	return ok(r.view()), nil
}

// findReactions serves GET /rest/reactions/(entity:…)?q=entity, newest first unless
// the client sorts otherwise.
func (s *Sandbox) findReactions(c *call) (*reply, *problem) {
	entity, bad := c.keyText("entity")
	if bad != nil {
		return nil, bad
	}
	order, bad := c.sortOrder()
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	on, bad := s.subject("entity", entity)
	if bad != nil {
		return nil, bad
	}
	if bad := s.mayFollow(c.token, on.post, methodFinder, reactionsResource); bad != nil {
		return nil, bad
	}
	found := on.reactions()
	if order != "CHRONOLOGICAL" {
		slices.Reverse(found)
	}
	return c.pageOf(len(found), func(i int) (any, bool) { return found[i].view(), true })
}

// sortOrder reads sort=(value:WORD).
func (c *call) sortOrder() (string, *problem) {
	v, present := c.params["sort"]
	if !present {
		return "REVERSE_CHRONOLOGICAL", nil
	}
	word := v.record["value"].str
	if v.kind != kindRecord || !slices.Contains([]string{"CHRONOLOGICAL", "REVERSE_CHRONOLOGICAL", "RELEVANCE"}, word) {
		return "", invalidParam("sort", "Invalid value for param; wrong type or other syntax error")
	}
	return word, nil
}
