package linkedin

import (
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
)

// renewed tells whether the token is renewed without a human.
func (x *examination) renewed() bool {
	as := x.session.Account
	return as.Upkeep.Renewable || !as.RefreshExpiresAt.IsZero()
}

// renewal tells for how long the token is renewed, and whether that succeeds.
func (x *examination) renewal() core.Finding {
	as := x.session.Account
	f := core.Finding{Check: aboutRenewal, Status: core.FindingOK}
	switch now := x.provider.clock.Now(); {
	case as.Upkeep.Failures > 0:
		f.Status = core.FindingWarning
		f.Message = "The token is good until " + as.ExpiresAt.UTC().Format(time.RFC3339) + ", but " + inVain(as.Upkeep)
		f.Help = helpInVain
	case !x.renewed():
		f.Message = "LinkedIn has given no refresh token: the account has to be linked again every 60 days. Only apps with the " + productCommunity + " get refresh tokens, and not all of them."
	case as.RefreshExpiresAt.IsZero():
		f.Message = "Crier renews the token by itself; until when is not known. LinkedIn lets tokens be renewed for a year from the consent."
	case now.Add(expiryNotice).After(as.RefreshExpiresAt):
		f.Status = core.FindingWarning
		f.Message = "The authorization ends at " + as.RefreshExpiresAt.UTC().Format(time.RFC3339) + ", and cannot be renewed beyond that."
		f.Help = core.RelinkError(as, "").Help
	default:
		f.Message = fmt.Sprintf("Crier renews the token by itself, for %d days more; then the account has to be linked again.", int(as.RefreshExpiresAt.Sub(now).Hours()/24))
	}
	return f
}

// lostToken is the finding of an account without a token that is of use. One that has ended
// and is not renewed keeps the posts from going out, although nobody has to link it again.
func (x *examination) lostToken(err error) core.Finding {
	e, as := core.AsError(err), x.session.Account
	f := core.Finding{Check: aboutToken, Status: core.FindingMissing, Message: sentence(e.Message), Help: core.HelpOf(e)}
	switch {
	case e.Kind == core.KindAuth:
	case as.Upkeep.Failures > 0:
		f.Message = x.deadToken() + ", and " + inVain(as.Upkeep) + " Until it is renewed, nothing can be posted."
		f.Help = helpInVain
	case e.Kind != core.KindInternal && x.ended():
		f.Message = "The account's token ended at " + as.ExpiresAt.UTC().Format(time.RFC3339) + ", and renewing it failed: " + sentence(e.Message) + " Until it is renewed, nothing can be posted."
		f.Help = helpInVain
	default:
		f.Status = core.FindingUnknown
	}
	return f
}

// deadToken tells why a token has to be renewed, as the beginning of a sentence.
func (x *examination) deadToken() string {
	as := x.session.Account
	if at := as.Upkeep.RefusedAt; !at.IsZero() && !x.ended() {
		return "LinkedIn has refused the account's token since " + at.UTC().Format(time.RFC3339)
	}
	return "The account's token ended at " + as.ExpiresAt.UTC().Format(time.RFC3339)
}

// ended tells whether the token has.
func (x *examination) ended() bool {
	end := x.session.Account.ExpiresAt
	return !end.IsZero() && !x.provider.clock.Now().Before(end)
}

// helpInVain is what helps while a token is not renewed.
const helpInVain = "Crier tries again by itself, at least once an hour, and posts that wait go out then. If the reason is a client id or secret, set it right; if LinkedIn is not reached, see above."

// inVain tells how renewing a token fails, as a sentence that may follow others.
func inVain(u core.Upkeep) string {
	text := fmt.Sprintf("renewing it has failed since %s, %s by now", u.FailedSince.UTC().Format(time.RFC3339), times(u.Failures))
	if u.LastError != "" {
		text += ": " + sentence(core.Clause(u.LastError))
	} else {
		text += "."
	}
	if !u.RetryAt.IsZero() {
		text += " The next try is at " + u.RetryAt.UTC().Format(time.RFC3339) + "."
	}
	return text
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times in a row", n)
}
