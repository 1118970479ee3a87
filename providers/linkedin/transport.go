package linkedin

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/pace"
	"github.com/crier-social/crier/providers/internal/rest"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// around stands around every request to LinkedIn. One in a version of the API that
// LinkedIn has ceased to serve is made again in the next one, whatever it was for: the
// refusal proves that nothing was done.
func (p *Provider) around(ctx context.Context, r rest.Request, send rest.Send) (*rest.Response, *core.Error) {
	for {
		resp, err := p.paced(ctx, r, send)
		used := r.Header.Get(api.VersionHeader)
		switch {
		case used == "":
			return resp, err
		case !sunset(err):
			if err == nil {
				p.versions.served(used)
			}
			return resp, err
		}
		next, ok := p.versions.after(ctx, used)
		if !ok {
			return resp, p.noVersion(err)
		}
		r.Header = r.Header.Clone()
		r.Header.Set(api.VersionHeader, next)
	}
}

// sunset tells whether LinkedIn refused a call for its version.
func sunset(err *core.Error) bool {
	return err != nil && err.Code == core.CodeUpstreamVersion &&
		(err.Status == http.StatusUpgradeRequired || err.Upstream == codeNoVersion)
}

// noVersion names the versions that were tried in vain.
func (p *Provider) noVersion(err *core.Error) *core.Error {
	tried, lost := p.versions.gaveUp()
	if !lost {
		return err
	}
	told := *err
	told.Message = "LinkedIn does not serve " + versionsTried(tried) + " of its API; the operator must set CRIER_LINKEDIN_VERSION."
	told.Help = helpOtherVersion
	return &told
}

// paced makes a request when it is its turn, and counts it. Only calls of the API have
// quotas: the addresses that files go to have none, and what the app asks about itself
// is asked without a token.
func (p *Provider) paced(ctx context.Context, r rest.Request, send rest.Send) (*rest.Response, *core.Error) {
	if r.Token != "" && p.isAPI(r.URL) {
		return p.pacer.Around(ctx, r, send)
	}
	resp, err := p.pacer.Unpaced(ctx, r, send)
	if err != nil && err.Kind == core.KindRateLimited {
		err.RetryAfter = cmp.Or(err.RetryAfter, rateLimitWait)
	}
	return resp, err
}

// isAPI tells whether an address is one of the API, as opposed to those that files are
// sent to.
func (p *Provider) isAPI(address string) bool {
	return strings.HasPrefix(address, p.cfg.APIURL+"/rest/") || strings.HasPrefix(address, p.cfg.APIURL+"/v2/")
}

// Usage tells how many calls were made with the account's token today.
func (p *Provider) Usage(ctx context.Context, s *core.Session) (core.Usage, error) {
	token, err := s.Token(ctx)
	if err != nil {
		return core.Usage{}, err
	}
	return p.pacer.Usage(pace.MemberOf(token)), nil
}

// HeldEndpoints counts the endpoints that no call is made to now.
func (p *Provider) HeldEndpoints() int { return p.pacer.Held() }
