package bluesky

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// account tells whether the account is shown.
func (x *examination) account() core.Finding {
	f := core.Finding{Check: aboutAccount, Status: core.FindingOK, Message: "The account is active."}
	if x.info.Active == nil || *x.info.Active {
		return f
	}
	f.Status, f.Message = core.FindingMissing, "The account is not shown: its server says that it is "+cmp.Or(quotable(x.info.Status), "not active")+"."
	f.Help = "Its owner activates it again by signing in, or takes it up with those who run the server."
	return f
}

// kind tells what the token is: of which way of linking, and what it may do.
func (x *examination) kind(ctx context.Context) core.Finding {
	f := core.Finding{Check: aboutScopes, Status: core.FindingOK}
	_, kept, err := x.session.BoundToken(ctx)
	said, readable := readClaims(x.server.Auth.Token)
	scopes := said.scopes()
	if len(scopes) == 0 {
		scopes = x.session.Account.Scopes
	}
	switch {
	case err != nil:
		f.Status, f.Message = core.FindingUnknown, "What the token is bound to could not be read."
	case readBinding(kept).isOAuth():
		f.Message = "The account was linked by OAuth, with the scopes " + quotable(strings.Join(scopes, ", ")) + "."
	case !readable:
		f.Status, f.Message = core.FindingUnknown, "What the token may do is not known: it is not one that says so."
	case slices.Contains(scopes, scopeMain):
		f.Status, f.Message = core.FindingWarning, "The account was linked with its own password, with which everything can be done to it, and not with an app password."
		f.Help = helpAppPassword + " Then link the account again with it."
	default:
		f.Message = "The account was linked with an app password, with the scope " + quotable(strings.Join(scopes, ", ")) + "."
	}
	return f
}

// renewal tells whether tokens of OAuth can still be renewed by this server, before they end.
func (x *examination) renewal(ctx context.Context) []core.Finding {
	_, kept, err := x.session.BoundToken(ctx)
	b := readBinding(kept)
	if client := x.provider.signIn.client; err != nil || !b.isOAuth() || client != nil && client.ID == b.ClientID {
		return nil
	}
	e := otherClient(b.ClientID)
	return []core.Finding{{
		Check: aboutSignIn, Status: core.FindingMissing, Message: e.Message + " Nothing can be posted once its tokens end.", Help: e.Help,
	}}
}

// videos tells what the service for videos takes of the account today.
func (x *examination) videos(ctx context.Context) []core.Finding {
	p := x.provider
	found := p.videoFindings(ctx)
	if p.cfg.NoVideoService || found[0].Status != core.FindingOK {
		return found
	}
	f := core.Finding{Check: aboutVideoLimits, Status: core.FindingOK, Message: "The service takes videos of the account."}
	limits, err := x.uploadLimits(ctx)
	switch {
	case err != nil:
		f.Status = core.FindingUnknown
		f.Message = "What the service for videos takes of the account could not be found out: " + sentence(core.AsError(err).Message)
	case !limits.CanUpload:
		f.Status = core.FindingWarning
		f.Message = "The service takes no video of the account: " + sentence(quotable(cmp.Or(limits.Message, limits.Error, "it takes none of it now")))
		f.Help = "A new account can send videos once its mail address is confirmed; otherwise try again tomorrow."
	case limits.RemainingVideos != nil && limits.RemainingBytes != nil:
		f.Message = fmt.Sprintf("The service takes %d videos more of the account today, of %d MB in all.", *limits.RemainingVideos, *limits.RemainingBytes/1_000_000)
	}
	return append(found, f)
}

func (x *examination) uploadLimits(ctx context.Context) (api.UploadLimits, error) {
	p := x.provider
	service, err := p.videoService(ctx, x.server, serviceDID(p.cfg.VideoURL), api.MethodGetUploadLimits)
	if err != nil {
		return api.UploadLimits{}, err
	}
	return p.known.GetUploadLimits(ctx, service)
}
