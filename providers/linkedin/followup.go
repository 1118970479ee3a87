package linkedin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	firstCommentField    = "firstComment"
	disableCommentsField = "disableComments"
)

// planFollowUps reads what is to be done once the post is published.
func (p *publication) planFollowUps(d core.Draft) core.Errors {
	p.closeComments = d.DisableComments
	if d.FirstComment == nil {
		return nil
	}
	said, problems := p.provider.planComment(p.author, firstComment(), d.FirstComment.Text, d.Mentions, d.FirstComment.Media)
	p.comment = said
	p.shareMentions(d.Mentions)
	// What is wrong with a mention itself is said of the post's text already.
	problems = slices.DeleteFunc(problems, func(e *core.Error) bool { return strings.HasPrefix(e.Field, "mentions[") })
	if d.DisableComments {
		problems = append(problems, invalid(disableCommentsField,
			"LinkedIn deletes the comments of a post that are there when it closes them: leave out disableComments or firstComment."))
	}
	return problems
}

// shareMentions keeps the warning that an entry of mentions is not used to those that
// neither the post nor the comment uses.
func (p *publication) shareMentions(mentions []core.MentionRef) {
	said := &p.comment.words
	for i, m := range mentions {
		field := cmp.Or(m.Field, fmt.Sprintf("mentions[%d]", i))
		of := func(w core.Warning) bool { return w.Field == field }
		if !slices.ContainsFunc(said.warnings, of) {
			p.warnings, p.words.warnings = without(p.warnings, of), without(p.words.warnings, of)
		}
		said.warnings = without(said.warnings, of) // the post's are enough
	}
	p.warnings = append(p.warnings, said.warnings...)
}

// without returns the warnings but for those that are meant.
func without(list []core.Warning, meant func(core.Warning) bool) []core.Warning {
	return slices.DeleteFunc(slices.Clone(list), meant)
}

// FollowUps names what is to be done once the post is published.
func (p *publication) FollowUps() []core.FollowUpName {
	switch {
	case p.comment != nil:
		return []core.FollowUpName{core.FollowUpComment}
	case p.closeComments:
		return []core.FollowUpName{core.FollowUpNoComments}
	}
	return nil
}

// FollowUp does one of them, in the name of the post's author.
func (p *publication) FollowUp(ctx context.Context, s *core.Session, what core.FollowUpName, r core.Receipt) (map[string]any, error) {
	if r.RemoteID == "" {
		return nil, &core.Error{
			Kind: core.KindNotFound, Op: "linkedin.followUp", Platform: name, Unsent: true,
			Message: "LinkedIn published the post without telling its id, so nothing can be done to it.",
		}
	}
	if what == core.FollowUpNoComments {
		return nil, p.provider.setComments(ctx, s, r.RemoteID, p.author, false)
	}
	made, err := p.sendComment(ctx, s, subject{urn: r.RemoteID, thread: r.RemoteID})
	if err != nil {
		return nil, err
	}
	return commentResult(made), nil
}

// commentResult is what the author of a post is told of the comment below it.
func commentResult(c api.Comment) map[string]any {
	return map[string]any{"commentId": c.Name(), "commentUrn": c.Name()}
}

// FindFollowUp finds out what became of a follow-up whose answer was lost.
func (p *publication) FindFollowUp(ctx context.Context, s *core.Session, what core.FollowUpName, r core.Receipt, since time.Time) (map[string]any, bool, error) {
	if what == core.FollowUpNoComments {
		return nil, false, nil // closing what is closed does no harm
	}
	said, err := p.settledComment(s)
	if err != nil {
		return nil, false, err
	}
	w := wanted{actor: p.author, text: said.text, image: said.image, hasImage: said.image != ""}
	c, found, err := p.provider.findComment(ctx, s, r.RemoteID, w, since)
	if err != nil || !found {
		return nil, false, err
	}
	return commentResult(c), true, nil
}

// checkFollowUps warns before the post is published of what will hardly be allowed
// after it: to comment takes other permissions than to post.
func (p *publication) checkFollowUps(ctx context.Context, s *core.Session) error {
	if len(p.FollowUps()) == 0 {
		return nil
	}
	field := firstCommentField
	if p.closeComments {
		field = disableCommentsField
	}
	if scope := engagingScope(p.author); len(s.Account.Scopes) > 0 && !slices.Contains(s.Account.Scopes, scope) {
		s.Warn(core.Warning{
			Code: core.CodeForbidden, Field: field,
			Message: "The account's authorization lacks the scope " + scope + ", so LinkedIn will probably refuse " + field +
				" once the post is published. The Community Management API has the scope; link the account again with it.",
		})
	} else if err := p.checkEngagingRole(ctx, s, field); err != nil {
		return err
	}
	return p.checkCommentMentions(ctx, s)
}

// checkCommentMentions looks up whom the comment mentions. What cannot be found out at
// this moment Prepare asks again.
func (p *publication) checkCommentMentions(ctx context.Context, s *core.Session) error {
	if !p.openComment() {
		return nil
	}
	r, err := p.lookUpComment(ctx, s)
	switch {
	case core.KindOf(err) == core.KindRateLimited, err == nil && r.trouble != nil:
		return nil
	case err != nil:
		return err
	}
	if err := p.comment.check(r.text).OrNil(); err != nil {
		return err
	}
	p.comment.lookedUp = &r
	for _, w := range r.warnings {
		s.Warn(w)
	}
	return nil
}

// engagingScope is what LinkedIn wants for comments in the name of an author.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
func engagingScope(author string) string {
	if accountKind(author) == core.AccountOrganization {
		return scopeOrganizationFeed
	}
	return scopeMemberFeed
}

// checkEngagingRole warns of a role that allows posts of the page, but no comments.
func (p *publication) checkEngagingRole(ctx context.Context, s *core.Session, field string) error {
	if accountKind(p.author) != core.AccountOrganization {
		return nil
	}
	token, err := s.Token(ctx)
	if err != nil {
		return err
	}
	roles, err := p.provider.rolesOn(ctx, token, p.author, mayEngage)
	switch {
	case err != nil: // above all, a token that may post but not read roles
		s.Log.InfoContext(ctx, "the member's roles on the page are not known", "error", err)
	case roles.enough || roles.cut || len(roles.held) == 0:
	default:
		s.Warn(core.Warning{
			Code: core.CodeForbidden, Field: field,
			Message: "The member's role on the page is " + roles.list() + "; for comments LinkedIn wants " + engagingRoles() +
				", so it will probably refuse " + field + " once the post is published.",
		})
	}
	return nil
}
