package core

import (
	"encoding/json"
	"maps"
	"time"
)

// PostChange is what is to be changed about a post; what is nil stays as it is.
type PostChange struct {
	// ScheduleAt is when the post is to appear; one that has passed means at once.
	ScheduleAt *time.Time
	// Paused holds a scheduled post, or lets it go on.
	Paused *bool
	// Approved lets a post go that requires approval, or withdraws what was given.
	Approved *bool

	// Text is the new text, with whom it mentions. A network that it names no text for
	// keeps its own, unless there is a default.
	Text     *PerPlatform[string]
	Mentions []MentionRef
	// Media are the new media, by the same rule.
	Media *PerPlatform[[]MediaRef]
	// Options are the new option blocks, each in place of the former one of its network.
	Options map[string]json.RawMessage // keyed by network name
	// FirstComment is the new first comment; an empty one means none.
	FirstComment    *FirstComment
	DisableComments *bool
	Notes           *string
	// AllowDuplicate tells whether the changed post may have the content of another one. By
	// itself it changes nothing.
	AllowDuplicate *bool
}

// Apply returns the request with the change made to it. Whether it is held is not a part of
// the request.
func (c PostChange) Apply(r PostRequest) PostRequest {
	if c.ScheduleAt != nil && !c.ScheduleAt.Equal(r.ScheduleAt) {
		r.ScheduleAt, r.AutoSchedule = *c.ScheduleAt, "" // it gives up the slot that it had
	}
	if c.Text != nil {
		r.Text, r.Mentions = replaced(r.Text, *c.Text, c.Text.Default != ""), c.Mentions
	}
	if c.Media != nil {
		r.Media = replaced(r.Media, *c.Media, len(c.Media.Default) > 0)
	}
	if len(c.Options) > 0 {
		options := maps.Clone(r.Options)
		if options == nil {
			options = map[string]json.RawMessage{}
		}
		maps.Copy(options, c.Options)
		r.Options = options
	}
	if c.FirstComment != nil {
		r.FirstComment = c.FirstComment
		if c.FirstComment.Text == "" && len(c.FirstComment.Media) == 0 {
			r.FirstComment = nil
		}
	}
	if c.DisableComments != nil {
		r.DisableComments = *c.DisableComments
	}
	if c.Notes != nil {
		r.Notes = *c.Notes
	}
	if c.AllowDuplicate != nil {
		r.AllowDuplicate = *c.AllowDuplicate
	}
	return r
}

// replaced returns a value with the new ones in place of the old. Without a default, what
// is named by network replaces those alone.
func replaced[T any](old, value PerPlatform[T], hasDefault bool) PerPlatform[T] {
	if hasDefault || len(value.By) == 0 {
		return value
	}
	by := maps.Clone(old.By)
	if by == nil {
		by = map[string]T{}
	}
	maps.Copy(by, value.By)
	return PerPlatform[T]{Default: old.Default, By: by}
}

// TextFor returns the new text for a network; nil where its text stays.
func (c PostChange) TextFor(platform string) *string {
	if c.Text == nil {
		return nil
	}
	text, own := c.Text.By[platform]
	if !own && c.Text.Default == "" && len(c.Text.By) > 0 {
		return nil
	}
	if !own {
		text = c.Text.Default
	}
	return &text
}
