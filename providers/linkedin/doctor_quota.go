package linkedin

import (
	"fmt"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/pace"
)

// quotas tells which quotas Crier keeps to.
func (p *Provider) quotas() core.Finding {
	f := core.Finding{Check: aboutQuota, Status: core.FindingOK}
	var kept []string
	if n := p.cfg.MemberQuota; n > 0 {
		kept = append(kept, fmt.Sprintf("%d for one member", n))
	}
	if n := p.cfg.AppQuota; n > 0 {
		kept = append(kept, fmt.Sprintf("%d for the app", n))
	}
	if spent := p.pacer.Spent(); len(spent) > 0 {
		f.Status = core.FindingWarning
		f.Message = fmt.Sprintf("The app's %d calls of today to %s are made; the next follow after midnight (UTC).", p.cfg.AppQuota, strings.Join(spent, ", "))
		f.Help = "What waits goes on by itself then. If LinkedIn allows the app more by now, set CRIER_LINKEDIN_APP_QUOTA to that."
		f.URL = portalURL
		return f
	}
	if len(kept) > 0 {
		f.Message = "Crier makes at most " + strings.Join(kept, " and ") + ", of calls a day to one endpoint."
		return f
	}
	f.Message = "The app's quotas are not known to Crier: it holds calls back once LinkedIn refuses some."
	f.Help = "The developer portal shows them on the app's Analytics tab, for endpoints that were called that day. Set CRIER_LINKEDIN_MEMBER_QUOTA and CRIER_LINKEDIN_APP_QUOTA to them, and Crier keeps to them."
	f.URL = portalURL
	return f
}

const helpHeld = "Posts and their first comments that wait for it go on by themselves then; other comments and changes have to be sent again."

// held returns the endpoint that no call is made to now for the account, if it is one.
func (x *examination) held(endpoint string) (core.EndpointUsage, bool) {
	for _, e := range x.provider.pacer.Usage(pace.MemberOf(x.token)).Endpoints {
		if e.Endpoint == endpoint && !e.HeldUntil.IsZero() {
			return e, true
		}
	}
	return core.EndpointUsage{}, false
}

// heldCalls tells which calls are not made now for the account.
func (x *examination) heldCalls() []core.Finding {
	var held []string
	for _, e := range x.provider.pacer.Usage(pace.MemberOf(x.token)).Endpoints {
		if !e.HeldUntil.IsZero() {
			held = append(held, fmt.Sprintf("%s until %s (%s)", e.Endpoint, e.HeldUntil.Format(time.RFC3339), whyHeld(e)))
		}
	}
	if len(held) == 0 {
		return nil
	}
	return []core.Finding{{
		Check: aboutCalls, Status: core.FindingWarning,
		Message: "Crier makes no calls of these kinds for the account: " + strings.Join(held, ", ") + ".", Help: helpHeld,
	}}
}

// whyHeld tells which limit an endpoint has met.
func whyHeld(e core.EndpointUsage) string {
	switch {
	case e.Quota > 0 && e.Calls >= e.Quota:
		return fmt.Sprintf("the %d calls of the day for one member are made", e.Quota)
	case e.AppQuota > 0 && e.AppCalls >= e.AppQuota:
		return fmt.Sprintf("the %d calls of the day for the app are made", e.AppQuota)
	}
	return "LinkedIn has refused some"
}

// later is the finding about a purpose whose calls are not made now.
func (u purpose) later(e core.EndpointUsage) core.Finding {
	return core.Finding{
		Check: u.check, Status: core.FindingWarning, Help: helpHeld,
		Message: "Crier can " + u.what + " again after " + e.HeldUntil.Format(time.RFC3339) + ": " + whyHeld(e) + ".",
	}
}
