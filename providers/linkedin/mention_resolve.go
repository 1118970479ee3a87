package linkedin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// maxLookups bounds how many mentions of one text LinkedIn is asked for.
const maxLookups = 20

// resolution is a text whose references have been looked up.
type resolution struct {
	text     littletext.Text
	warnings []core.Warning
	// trouble is why some of them could not be looked up now and may be later; nil if all
	// were.
	trouble *core.Error
	// incomplete means that one of those has no name to stay in the text.
	incomplete bool
}

// resolveText turns a text and its mentions into what is sent: a post or an edit takes
// its Encode, a comment messageOf. The author of the text is the session's account, and
// field its name in the request. What cannot be mentioned stays as plain text, and a
// warning tells why. Its errors are those of planText; an *Error of KindInvalid where a
// name is missing that LinkedIn does not tell; and those that nothing can be sent after,
// such as a lost authorization. One of KindTemporary says that LinkedIn did not answer;
// nothing was sent then.
func (p *Provider) resolveText(ctx context.Context, s *core.Session, field, text string, mentions []core.MentionRef) (littletext.Text, []core.Warning, error) {
	w, problems := p.planText(s.Account.RemoteID, field, text, mentions)
	if err := problems.OrNil(); err != nil {
		return nil, nil, err
	}
	r, err := p.resolve(ctx, s, w)
	if err == nil && r.trouble != nil {
		err = unsent(r.trouble)
	}
	if err != nil {
		return nil, nil, err
	}
	return r.text, r.warnings, nil
}

// resolve looks up whom a text mentions.
func (p *Provider) resolve(ctx context.Context, s *core.Session, w wording) (resolution, error) {
	r := resolution{text: w.foreseen(), warnings: w.warnings}
	if !w.open() {
		return r, nil
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return resolution{}, err
	}
	l := p.newResolver(w.author, token)
	r.text = w.text.Resolve(func(ref littletext.Segment) littletext.Segment {
		t, ok := w.target(ref)
		if !ok {
			return plain(ref.Text)
		}
		return l.segment(ctx, strings.ToLower(ref.Text), t)
	})
	if l.fatal != nil {
		return resolution{}, l.fatal
	}
	r.warnings = append(slices.Clip(r.warnings), l.warnings...)
	r.trouble, r.incomplete = l.trouble, l.incomplete
	return r, l.problems.OrNil()
}

// resolver looks up the mentions of one text.
type resolver struct {
	provider *Provider
	author   string
	token    core.Secret

	lookups int
	refused map[question]error            // what the token may not ask, so that it asks once
	answers map[string]littletext.Segment // by the reference in lower case

	warnings   []core.Warning
	problems   core.Errors
	trouble    *core.Error
	incomplete bool
	fatal      error // after which nothing can be sent
}

func (p *Provider) newResolver(author string, token core.Secret) *resolver {
	return &resolver{provider: p, author: author, token: token, refused: map[question]error{}, answers: map[string]littletext.Segment{}}
}

// question is a kind of look-up, for which the token needs one permission.
type question int

const (
	askPageByVanity question = iota
	askPageByURN
	askFollowers
	askProfile
)

// segment returns what takes the place of a reference.
func (l *resolver) segment(ctx context.Context, key string, t target) littletext.Segment {
	if s, ok := l.answers[key]; ok || l.fatal != nil {
		return s
	}
	s, err := l.find(ctx, &t)
	if err != nil {
		s = l.withoutAnswer(ctx, t, err)
	}
	l.answers[key] = s
	return s
}

// find returns the mention of a target, and fills in what is found out about it.
func (l *resolver) find(ctx context.Context, t *target) (littletext.Segment, error) {
	switch {
	case t.plain:
		return plain(t.name), nil
	case t.known():
		return t.mention(t.name), nil
	}
	if l.lookups++; l.lookups > maxLookups {
		return littletext.Segment{}, &core.Error{
			Kind: core.KindInvalid, Op: "linkedin.lookup", Platform: name,
			Message: fmt.Sprintf("the text has more than %d mentions that have to be looked up.", maxLookups),
		}
	}
	if t.kind == core.AccountOrganization {
		return l.findPage(ctx, t)
	}
	return l.findPerson(ctx, t)
}

// ask makes a look-up, unless the same was refused to the token before.
func ask[T any](l *resolver, q question, lookup func() (T, error)) (T, error) {
	var none T
	if err := l.refused[q]; err != nil {
		return none, err
	}
	answer, err := lookup()
	if kind := core.KindOf(err); kind == core.KindForbidden || kind == core.KindRateLimited {
		l.refused[q] = err
	}
	return answer, err
}

// findPage mentions an organization by the exact name of its page: under any other, the
// mention is plain text.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
func (l *resolver) findPage(ctx context.Context, t *target) (littletext.Segment, error) {
	page, err := ask(l, l.pageQuestion(t), func() (knownPage, error) {
		if t.urn != "" {
			return l.provider.pageByURN(ctx, l.token, t.urn)
		}
		return l.provider.pageByVanity(ctx, l.token, t.vanity)
	})
	if err != nil {
		return littletext.Segment{}, err
	}
	t.urn = page.urn()
	if t.name != "" && t.name != page.LocalizedName {
		l.warn(*t, fmt.Sprintf("%s is mentioned as %q, which is the name of its page: LinkedIn makes no link of %q.", t.label, page.LocalizedName, t.name))
	}
	return t.mention(page.LocalizedName), nil
}

func (*resolver) pageQuestion(t *target) question {
	if t.urn != "" {
		return askPageByURN
	}
	return askPageByVanity
}

// withoutAnswer decides what becomes of a mention that could not be looked up, and
// returns what stays in the text.
func (l *resolver) withoutAnswer(ctx context.Context, t target, err error) littletext.Segment {
	e := core.AsError(err)
	switch {
	case ctx.Err() != nil:
		l.fatal = ctx.Err()
		return littletext.Segment{}
	case e.Kind == core.KindAuth, e.Kind == core.KindUnsupported, e.Kind == core.KindInternal:
		l.fatal = err
		return littletext.Segment{}
	case e.Kind == core.KindTemporary:
		l.trouble = cmp.Or(l.trouble, e)
	}
	left := t.fallback()
	switch {
	case left == "" && e.Kind == core.KindTemporary:
		l.incomplete = true
		return littletext.Segment{}
	case left == "" && e.Kind == core.KindRateLimited:
		l.fatal = err
		return littletext.Segment{}
	case left == "":
		l.problems = append(l.problems, badMention(t.field+".name", fmt.Sprintf(
			"The name of %s is missing and could not be looked up: %s Send the name.", t.label, sentence(e.Message))))
		return littletext.Segment{}
	case t.urn != "" && t.name != "" && !gone(err):
		l.warn(t, fmt.Sprintf("Whether %q is exactly the name of %s could not be looked up; if it is not, LinkedIn shows it without a link: %s",
			t.name, t.label, sentence(e.Message)))
		return t.mention(t.name)
	}
	l.warn(t, fmt.Sprintf("%s is not mentioned, and %q stays as text: %s%s", t.label, left, sentence(e.Message), hintOfPeople(t, err)))
	return plain(left)
}

// hintOfPeople says how a person is mentioned, where a handle is no page's.
func hintOfPeople(t target, err error) string {
	switch {
	case t.kind != core.AccountOrganization || t.vanity == "" || !gone(err):
		return ""
	case strings.HasPrefix(t.label, "@"):
		return " To mention a person, send an entry of mentions with isCompany: false, and put its placeholder here."
	}
	return " If this is a person, send isCompany: false."
}

// gone tells whether an error is LinkedIn's word that there is no such person or page.
func gone(err error) bool {
	e, ok := errors.AsType[*core.Error](err)
	return ok && e.Kind == core.KindNotFound && e.Code == core.CodeMention
}

func (l *resolver) warn(t target, message string) {
	l.warnings = append(l.warnings, core.Warning{Code: core.CodeMention, Field: t.field, Message: message})
}

// sentence ends a message with a full stop.
func sentence(message string) string {
	if message == "" || strings.HasSuffix(message, ".") {
		return message
	}
	return message + "."
}
