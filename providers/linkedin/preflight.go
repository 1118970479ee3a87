package linkedin

import (
	"context"
	"errors"
	"slices"

	"github.com/crier-social/crier/core"
)

// Preflight checks what LinkedIn can be asked without changing anything, and reports
// every problem.
func (p *publication) Preflight(ctx context.Context, s *core.Session) error {
	var problems core.Errors
	for _, check := range []func(context.Context, *core.Session) error{
		p.checkOrganization,
		p.checkVideoRole,
		p.checkMentions,
		p.checkParent,
		p.askPage,
		p.checkFollowUps,
		p.checkAudience,
	} {
		err := check(ctx, s)
		if _, clear := errors.AsType[*core.Error](err); err != nil && !clear {
			return err // above all, the time has ended
		}
		problems = append(problems, core.AsErrors(err)...)
		if core.KindOf(err) == core.KindAuth {
			break // all others would say the same
		}
	}
	return problems.OrNil()
}

// checkVideoRole looks whether the member who linked a page may publish a video on it,
// which takes more than a post does: otherwise that shows only after LinkedIn was
// asked for a place for the file. Nothing but a clear answer counts, since the upload
// itself asks again.
func (p *publication) checkVideoRole(ctx context.Context, s *core.Session) error {
	need, ok := p.pageVideo(ctx, s)
	if !ok {
		return nil
	}
	token, err := s.Token(ctx)
	if err != nil {
		return err
	}
	roles, err := p.provider.rolesOn(ctx, token, p.author, mayShowVideo)
	switch {
	case err != nil: // above all, a token that may post but not read roles
		s.Log.InfoContext(ctx, "the member's roles on the page are not known", "error", err)
		return nil
	case roles.enough || roles.cut:
		return nil
	case slices.ContainsFunc(roles.held, maySpeak):
		s.Warn(core.Warning{
			Field: need.Field,
			Message: "The member's role on the page is " + roles.list() + "; only " + videoRoles() +
				" is known to suffice for a video, so LinkedIn may refuse it.",
		})
		return nil
	}
	return roles.refusal(need)
}

// pageVideo returns the post's video if it has one that is to be uploaded for a page.
// A file that nobody has called a video is fetched, since its bytes alone tell; if it
// cannot be had, others say so.
func (p *publication) pageVideo(ctx context.Context, s *core.Session) (core.Need, bool) {
	if accountKind(p.author) != core.AccountOrganization || len(p.media) != 1 || p.media[0].urn != "" {
		return core.Need{}, false
	}
	need := p.media[0].need
	if need.Video {
		return need, true
	}
	asset, err := s.Fetch(ctx, need)
	return need, err == nil && asset.Kind == core.MediaVideo
}

// refusal is the problem of a member whose roles allow no posts at all.
func (r pageRoles) refusal(n core.Need) *core.Error {
	what := "The member has no role on the page any more"
	if len(r.held) > 0 {
		what = "The member's role on the page is " + r.list()
	}
	return &core.Error{
		Kind: core.KindForbidden, Op: "linkedin.preflight", Platform: name, Field: n.Field,
		Message: what + "; to publish a video, LinkedIn wants " + videoRoles() + ".",
		Help:    helpWithRole,
	}
}
