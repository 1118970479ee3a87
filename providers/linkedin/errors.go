package linkedin

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	// rateLimitWait applies to files that LinkedIn takes no more of where it does not
	// say how long to wait, which it never does; calls are paced.
	// https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/rate-limits
	rateLimitWait = time.Minute
	conflictWait  = 2 * time.Second
	notReadyWait  = 5 * time.Second
)

// refusal is an answer outside 2xx.
type refusal struct {
	op     string
	status int
	header http.Header
	body   api.ErrorBody
	text   string // what it says, fit to be shown
	low    string // everything it says, in lower case
}

// mapError says what an answer outside 2xx means.
// https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling
func (p *Provider) mapError(op string, r *rest.Response) *core.Error {
	body := api.ParseError(r.Header, r.Body)
	a := newRefusal(strings.TrimPrefix(op, name+"."), r.Status, r.Header, body)
	e := a.classify()
	e.Op, e.Platform, e.Status = op, name, r.Status
	e.Upstream = a.code()
	e.RequestID = cmp.Or(r.Header.Get("X-Li-Uuid"), r.Header.Get("X-Li-Request-Id"))
	if after := rest.RetryAfter(r.Header, p.clock.Now()); after > 0 {
		e.RetryAfter = after
	}
	p.log.Info("linkedin refused a call",
		"op", op, "status", r.Status, "code", e.Upstream, "kind", e.Kind, "x_li_uuid", r.Header.Get("X-Li-Uuid"),
		"x_li_request_id", r.Header.Get("X-Li-Request-Id"), "x_li_fabric", r.Header.Get("X-Li-Fabric"))
	return e
}

func newRefusal(op string, status int, header http.Header, body api.ErrorBody) refusal {
	return refusal{
		op: op, status: status, header: header, body: body,
		text: quotable(body.Text()), low: strings.ToLower(body.Message + "\n" + body.Text()),
	}
}

// classify finds the kind. The order matters: only a status in 4xx proves that
// nothing was done, whatever the body says; then the most telling sign decides.
func (a refusal) classify() *core.Error {
	switch {
	case a.status >= http.StatusInternalServerError || a.status < http.StatusBadRequest:
		return &core.Error{Kind: core.KindTemporary, Message: "LinkedIn has a problem of its own" + a.quote()}
	case a.isVersion():
		return versionError(a.text)
	case a.status == http.StatusUnauthorized && !a.tokenless() && !a.isGrant():
		return a.authError()
	case a.status == http.StatusTooManyRequests:
		return &core.Error{Kind: core.KindRateLimited, Message: "LinkedIn's limit of calls is used up."}
	case a.body.HTML:
		return &core.Error{Kind: core.KindTemporary, Message: "A gateway before LinkedIn turned the call away."}
	case a.isGrant():
		return a.grantError()
	case a.isDuplicate():
		return a.duplicateError()
	}
	if e := a.commentError(); e != nil {
		return e
	}
	if e := a.mediaError(); e != nil {
		return e
	}
	if e := a.audienceError(); e != nil {
		return e
	}
	if e := a.permissionError(); e != nil && !a.tokenless() {
		return e
	}
	return a.contentError()
}

// tokenless tells whether the call carried no token: its refusal is about the address
// that it went to.
func (a refusal) tokenless() bool { return a.op == "putVideoPart" || a.op == "putVideoThumbnail" }

// contentError is about a call that was understood and allowed.
func (a refusal) contentError() *core.Error {
	switch a.status {
	case http.StatusNotFound:
		return &core.Error{Kind: core.KindNotFound, Message: "LinkedIn does not know what was named, or does not offer it to this app" + a.quote()}
	case http.StatusConflict:
		return &core.Error{Kind: core.KindTemporary, RetryAfter: conflictWait, Message: "LinkedIn was changing the same thing at this moment" + a.quote()}
	case http.StatusRequestTimeout:
		return &core.Error{Kind: core.KindTemporary, Message: "LinkedIn gave up waiting for the request."}
	}
	e := &core.Error{
		Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid, Field: a.field(),
		Message: "LinkedIn refused the request" + a.quote(),
	}
	if a.body.Has("FIELD_LENGTH_TOO_LONG") && e.Field == textField {
		e.Code = core.CodeTextTooLong
	}
	return e
}

// isVersion tells whether the configured version of the API is the trouble.
func (a refusal) isVersion() bool {
	return a.status == http.StatusUpgradeRequired || a.body.Has(codeNoVersion, "VERSION_MISSING") ||
		(a.status == http.StatusBadRequest && strings.Contains(a.low, "linkedin-version"))
}

func versionError(text string) *core.Error {
	return &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeUpstreamVersion,
		Message: "LinkedIn no longer serves the configured version of its API; the operator must set CRIER_LINKEDIN_VERSION" + quote(text),
		Help:    "Set CRIER_LINKEDIN_VERSION to a month that LinkedIn serves, two to six months back.",
	}
}

// authError tells why a token is no good. What helps depends on who asks: an account
// that posts has to be linked again, one that is being linked needs another token.
// https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling
func (a refusal) authError() *core.Error {
	message := "LinkedIn does not accept the access token."
	switch {
	case a.body.Has("REVOKED_ACCESS_TOKEN") || a.body.ServiceErrorCode == 65601 || strings.Contains(a.low, "revoked"):
		message = "The authorization was revoked on LinkedIn."
	case a.body.Has("EXPIRED_ACCESS_TOKEN") || a.body.ServiceErrorCode == 65602 || strings.Contains(a.low, "expired"):
		message = "The access token has expired."
	}
	return &core.Error{Kind: core.KindAuth, Message: message}
}

// isDuplicate recognises a refusal of what was just posted. Its status is 422, and
// was 409 before October 2020; with either of them the word alone tells.
func (a refusal) isDuplicate() bool {
	if a.body.Has("DUPLICATE_POST") || strings.Contains(a.low, "duplicate of urn:") {
		return true
	}
	status := a.status == http.StatusConflict || a.status == http.StatusUnprocessableEntity
	return status && a.op == "createPost" && strings.Contains(a.low, "duplicate")
}

func (a refusal) duplicateError() *core.Error {
	e := &core.Error{
		Kind: core.KindDuplicate, RemoteID: postURN.FindString(a.body.Message + "\n" + a.body.Text()),
		Message: "LinkedIn refused the post: the author published the same a short time ago.",
	}
	if e.RemoteID != "" {
		e.Message = "LinkedIn refused the post: the author published the same a short time ago, as " + e.RemoteID + "."
	}
	return e
}

// mediaError recognises trouble with an uploaded file; nil for anything else.
func (a refusal) mediaError() *core.Error {
	switch {
	case a.body.Has("MEDIA_ASSET_WAITING_UPLOAD"),
		(a.op == "createPost" || a.op == "createComment") && a.status == http.StatusForbidden && strings.Contains(a.low, "resource is forbidden"):
		return &core.Error{Kind: core.KindTemporary, RetryAfter: notReadyWait, Message: "LinkedIn is not done with a file of the post yet."}
	case a.body.Has("MEDIA_ASSET_PROCESSING_FAILED", "UPDATING_ASSET_FAILED"):
		return &core.Error{Kind: core.KindMedia, Code: core.CodeMediaLimits, Message: "LinkedIn could not process a file of the post" + a.quote()}
	case a.body.Has("INVALID_IMAGE_ID", "INVALID_VIDEO_ID"), a.body.Has("INVALID_URN_ID") && namedMedia.MatchString(a.body.Message+a.text):
		return &core.Error{Kind: core.KindMedia, Code: core.CodeUpstreamInvalid, Message: "LinkedIn does not know a file of the post, or it belongs to another author" + a.quote()}
	case a.body.Has(codeAddressEnded):
		return &core.Error{Kind: core.KindMedia, Code: core.CodeUpstreamInvalid, Message: "LinkedIn waited too long for a file of the post; send the post again."}
	}
	return nil
}

// codeNoScope is LinkedIn's code for a token without the permission for a call.
// https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling
const (
	codeNoScope     = 100
	codeNoScopeText = "100" // as Error.Upstream has it
)

// codeAddressEnded refuses an upload to an address that is no longer good.
const codeAddressEnded = "EXPIRED_UPLOAD_URL"

// code returns LinkedIn's own code. ACCESS_DENIED beside codeNoScope tells less: a role
// that is missing has it as well.
func (a refusal) code() string {
	if a.body.ServiceErrorCode == codeNoScope {
		return codeNoScopeText
	}
	if codes := a.body.Codes(); len(codes) > 0 {
		return quotable(codes[0])
	}
	if a.body.ServiceErrorCode != 0 {
		return strconv.Itoa(a.body.ServiceErrorCode)
	}
	return ""
}

// field names the part of the client's request that LinkedIn complains of, as far
// as it says.
func (a refusal) field() string {
	path := strings.ToLower(a.body.FieldPath() + " " + a.low)
	for _, known := range []struct{ sign, field string }{
		{"alttext", optionsKey + ".altText"},
		{"commentary", textField},
		{"visibility", optionsKey + ".visibility"},
		{"/content", mediaField},
	} {
		if strings.Contains(path, known.sign) {
			return known.field
		}
	}
	return ""
}

func (a refusal) quote() string { return quote(a.text) }

// quote appends LinkedIn's own words to a message.
func quote(text string) string {
	if text == "" {
		return "."
	}
	return `: "` + text + `"`
}

func quotable(s string) string { return rest.Quotable(s) }
