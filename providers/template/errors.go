package template

import (
	"net/http"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
	"github.com/crier-social/crier/providers/template/api"
)

// What the network's answers mean. Everything that follows from an error follows from its kind.

// mapError says what an answer outside 2xx means. rest fills in the rest, and adds what a
// connection that ends early means.
func (p *Provider) mapError(_ string, r *rest.Response) *core.Error {
	problem := api.ParseProblem(r.Body)
	e := &core.Error{
		Upstream: problem.Error, RequestID: r.Header.Get("X-Request-Id"), Kind: kindOf(r.Status, problem.Error),
		Message: title + " refused the request",
	}
	if problem.Message != "" {
		e.Message += ": " + problem.Message
	}
	if e.Kind == core.KindRateLimited {
		e.RetryAfter = rest.RetryAfter(r.Header, p.clock.Now())
	}
	return e
}

// kindOf tells what a refusal means. It proves that nothing was done only if it is in 4xx and in
// the network's own words: a page without a code is of somebody in between, who knows nothing of
// what there is. That a post is not there is taken from its code alone, as a wrong address is 404
// as well.
func kindOf(status int, code string) core.Kind {
	switch {
	case status == http.StatusUnauthorized:
		return core.KindAuth
	case status == http.StatusTooManyRequests:
		return core.KindRateLimited
	case status >= http.StatusInternalServerError, status < http.StatusBadRequest,
		status == http.StatusRequestTimeout, status == http.StatusConflict, code == "":
		return core.KindTemporary
	case code == api.ErrNoPost:
		return core.KindNotFound
	case status == http.StatusForbidden:
		return core.KindForbidden
	case status == http.StatusRequestEntityTooLarge, status == http.StatusUnsupportedMediaType:
		return core.KindMedia
	}
	return core.KindInvalid
}

func invalid(field, message string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeParameters, Platform: name, Field: field, Message: message}
}

func unsupported(field, message string) *core.Error {
	return &core.Error{Kind: core.KindUnsupported, Code: core.CodeUnsupported, Platform: name, Field: field, Message: message}
}
