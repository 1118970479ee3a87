package bluesky

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/richtext"
)

const (
	// maxLookups bounds how many mentions of one text are looked up.
	maxLookups = 20
	// lookupTime bounds all look-ups of one text, so that those who do not answer take neither
	// the time nor the post from what else is to be found out.
	lookupTime = 9 * time.Second
)

// resolution is a text whose references have been looked up.
type resolution struct {
	text     richtext.Text
	warnings []core.Warning
	// trouble is why some of them could not be looked up now and may be later; nil if all
	// were.
	trouble *core.Error
	// incomplete means that one of those has nothing that could stay in the text.
	incomplete bool
}

// resolve looks up whom a text mentions.
func (p *Provider) resolve(ctx context.Context, w wording) (resolution, error) {
	l := lookups{provider: p, answers: map[string]richtext.Segment{}}
	asking, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	text := w.text.Resolve(func(s richtext.Segment) richtext.Segment {
		t, ok := w.person(s)
		if !ok {
			return richtext.Segment{Text: s.Text}
		}
		return l.segment(asking, s, t)
	})
	if err := ctx.Err(); err != nil {
		return resolution{}, err
	}
	return resolution{
		text: text, warnings: append(slices.Clip(w.warnings), l.warnings...), trouble: l.trouble, incomplete: l.incomplete,
	}, l.problems.OrNil()
}

// lookups are those of one text.
type lookups struct {
	provider *Provider
	made     int
	answers  map[string]richtext.Segment // by the reference
	warnings []core.Warning
	problems core.Errors

	trouble    *core.Error
	incomplete bool
}

// segment returns what takes the place of a reference.
func (l *lookups) segment(ctx context.Context, ref richtext.Segment, t person) richtext.Segment {
	if t.known() {
		return t.segment()
	}
	if s, ok := l.answers[ref.Text]; ok {
		return s
	}
	err := l.find(ctx, &t)
	s := t.segment()
	if err != nil {
		s = l.without(t, core.AsError(err))
	}
	l.answers[ref.Text] = s
	return s
}

// find fills in what is missing of a person.
func (l *lookups) find(ctx context.Context, t *person) error {
	if l.made++; l.made > maxLookups {
		return &core.Error{Kind: core.KindInvalid, Message: fmt.Sprintf("the text has more than %d mentions that have to be looked up.", maxLookups)}
	}
	found, err := l.provider.people.Lookup(ctx, cmp.Or(t.did, t.handle))
	if err != nil {
		return err
	}
	t.did = found.DID
	t.handle = cmp.Or(t.handle, found.Handle)
	if t.shown() == "" {
		return &core.Error{Kind: core.KindNotFound, Message: "the account has no handle that is valid."}
	}
	return nil
}

// without decides what becomes of a mention that could not be looked up, and returns what
// stays in the text.
func (l *lookups) without(t person, e *core.Error) richtext.Segment {
	passing := e.Kind == core.KindTemporary || e.Kind == core.KindRateLimited
	if passing {
		l.trouble = cmp.Or(l.trouble, e)
	}
	left := t.shown()
	switch {
	case left == "" && passing:
		l.incomplete = true
	case left == "":
		l.problems = append(l.problems, badMention(t.field+".name", fmt.Sprintf(
			"The name of %s is missing and could not be looked up: %s Send the name.", t.label, sentence(e.Message))))
	default:
		l.warnings = append(l.warnings, core.Warning{
			Code: core.CodeMention, Field: t.field,
			Message: fmt.Sprintf("%s is not mentioned, and %q stays as text: %s", t.label, left, sentence(e.Message)),
		})
	}
	return richtext.Segment{Text: left}
}

// sentence ends a message with a full stop.
func sentence(message string) string {
	if message == "" || strings.HasSuffix(message, ".") {
		return message
	}
	return message + "."
}
