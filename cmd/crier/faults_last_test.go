package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// lastingFaults end a post, each with its reason.
func lastingFaults() []faultCase {
	const (
		revoked   = `{"status":401,"serviceErrorCode":65601,"code":"REVOKED_ACCESS_TOKEN","message":"The token used in the request has been revoked by the user"}`
		duplicate = `{"status":422,"errorDetails":{"inputErrors":[{"description":"Duplicate post is detected. Content is a duplicate of urn:li:share:7000000000000000001","code":"DUPLICATE_POST"}]}}`
		audience  = `{"status":400,"message":"The target audience of the post is too small"}`
		author    = `{"status":403,"message":"Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing fields [/author]"}`
		organize  = `{"status":400,"message":"Organization permissions must be used when using organization as author"}`
		noScope   = `{"status":403,"serviceErrorCode":100,"message":"Not enough permissions to access: posts.CREATE"}`
		invalid   = `{"status":400,"errorDetails":{"inputErrors":[{"code":"INVALID_URL","description":"not an address","input":{"inputPath":{"fieldPath":"content/article/source"}}}]}}`
	)
	return []faultCase{
		{
			name: "429 for good", pattern: createPost, faults: []sandbox.Fault{always(sandbox.RateLimit())}, retry: true,
			kind: core.KindRateLimited, code: core.CodeUpstreamRateLimit, says: "limit of calls is used up", help: "Wait",
		},
		{
			name: "409 for good", pattern: createPost, faults: []sandbox.Fault{always(answering(http.StatusConflict, `{"status":409,"code":"CONFLICT"}`))}, retry: true,
			kind: core.KindTemporary, code: core.CodeUpstreamUnavailable, says: "changing the same thing", help: "Try again later",
		},
		{
			name: "token that expired", pattern: createPost, faults: []sandbox.Fault{sandbox.ExpireToken()}, retry: true,
			kind: core.KindAuth, code: core.CodeAccountRelink, says: "expired", help: "Link the account again",
		},
		{
			name: "token that was revoked", pattern: createPost, faults: []sandbox.Fault{answering(http.StatusUnauthorized, revoked)}, retry: true,
			kind: core.KindAuth, code: core.CodeAccountRelink, says: "revoked", help: "Link the account again",
		},
		{
			name: "version without a successor", pattern: createPost, faults: []sandbox.Fault{always(answering(http.StatusUpgradeRequired, `{"status":426,"code":"NONEXISTENT_VERSION"}`))},
			kind: core.KindUnsupported, code: core.CodeUpstreamVersion, says: "CRIER_LINKEDIN_VERSION", help: "CRIER_LINKEDIN_VERSION",
		},
		{
			name: "duplicate", pattern: createPost, faults: []sandbox.Fault{answering(http.StatusUnprocessableEntity, duplicate)},
			kind: core.KindDuplicate, code: core.CodeDuplicate, says: "urn:li:share:7000000000000000001", help: "Change the text",
		},
		{
			name: "audience refused", pattern: createPost, faults: []sandbox.Fault{answering(http.StatusBadRequest, audience)},
			kind: core.KindInvalid, code: core.CodeAudienceTooSmall, field: "linkedInOptions.targeting", says: "audience", help: "300 followers",
		},
		{
			name: "author of another app", pattern: createPost, faults: []sandbox.Fault{answering(http.StatusForbidden, author)}, retry: true,
			kind: core.KindForbidden, code: core.CodeForbidden, says: "author", help: "ink the account again",
		},
		{
			name: "token for people", pattern: createPost, faults: []sandbox.Fault{answering(http.StatusBadRequest, organize)}, retry: true,
			kind: core.KindForbidden, code: core.CodeForbidden, says: "rganization", help: "w_organization_social",
		},
		{
			name: "missing permission", pattern: createPost, faults: []sandbox.Fault{answering(http.StatusForbidden, noScope)}, retry: true,
			kind: core.KindForbidden, code: core.CodeForbidden, says: "posts", help: "w_organization_social",
		},
		{
			name: "content refused", pattern: createPost, faults: []sandbox.Fault{answering(http.StatusBadRequest, invalid)},
			kind: core.KindInvalid, code: core.CodeUpstreamInvalid, says: "not an address", help: "Correct what the message names",
		},
	}
}

// mediaFaults happen on the way of a file.
func mediaFaults() []faultCase {
	const (
		imageStart = "POST /rest/images?action=initializeUpload"
		imagePut   = "PUT /dms-uploads/*"
		videoStart = "POST /rest/videos?action=initializeUpload"
		expired    = `{"status":400,"code":"EXPIRED_UPLOAD_URL","message":"late"}`
		imageBad   = `{"status":"PROCESSING_FAILED"}`
		videoBad   = `{"status":"PROCESSING_FAILED","processingFailureReason":"no video track"}`
		noVideo    = `{"status":403,"message":"Accessing this video resource is forbidden. Please check your permissions for this resource"}`
	)
	return []faultCase{
		{name: "image: start in trouble", post: "image", pattern: imageStart, faults: []sandbox.Fault{{Action: sandbox.ActionRespond, Status: 503, Times: 4}}},
		{name: "image: upload in trouble", post: "image", pattern: imagePut, faults: []sandbox.Fault{{Action: sandbox.ActionRespond, Status: 500, Times: 4}}},
		{name: "image: upload cut before", post: "image", pattern: imagePut, faults: []sandbox.Fault{sandbox.CutBefore()}},
		{name: "image: upload cut in the middle", post: "image", pattern: imagePut, faults: []sandbox.Fault{sandbox.CutDuring(100)}},
		{name: "image: upload whose answer is lost", post: "image", pattern: imagePut, faults: []sandbox.Fault{sandbox.CutAfter()}},
		{name: "image: address that expired", post: "image", pattern: imagePut, faults: []sandbox.Fault{sandbox.ExpireUpload()}},
		{name: "image: upload throttled", post: "image", pattern: imagePut, faults: []sandbox.Fault{sandbox.RateLimit()}, after: 30 * time.Second},
		{name: "image: slow processing", post: "image", options: sandbox.Options{ProcessingTime: 2 * time.Minute}, after: 2 * time.Minute},
		{name: "image: processing failed once", post: "image", pattern: "GET /rest/images/*", faults: []sandbox.Fault{answering(http.StatusOK, imageBad)}},
		{
			name: "image: processing fails", post: "image", pattern: "GET /rest/images/*", faults: []sandbox.Fault{always(answering(http.StatusOK, imageBad))},
			kind: core.KindMedia, code: core.CodeMediaLimits, field: "mediaUrls[0]", says: "process", help: "save it anew as JPEG or PNG",
		},
		{
			name: "image: addresses that expire at once", post: "image", pattern: imagePut, faults: []sandbox.Fault{always(answering(http.StatusBadRequest, expired))},
			kind: core.KindMedia, code: core.CodeUpstreamInvalid, field: "mediaUrls[0]", says: "too long", help: "create the post anew",
		},
		{
			name: "image: token that expired", post: "image", pattern: imageStart, faults: []sandbox.Fault{sandbox.ExpireToken()}, retry: true,
			kind: core.KindAuth, code: core.CodeAccountRelink, says: "expired", help: "Link the account again",
		},
		{name: "document: slow processing", post: "document", options: sandbox.Options{ProcessingTime: 2 * time.Minute}, after: 2 * time.Minute},
		{name: "video: part in trouble", post: "video", pattern: imagePut, faults: []sandbox.Fault{{Action: sandbox.ActionRespond, Status: 503, Times: 4}}},
		{name: "video: addresses that expired", post: "video", pattern: imagePut, faults: []sandbox.Fault{sandbox.ExpireUpload()}},
		{name: "video: slow processing", post: "video", options: sandbox.Options{VideoProcessingTime: 10 * time.Minute}, after: 10 * time.Minute},
		{name: "video: processing failed once", post: "video", pattern: "GET /rest/videos/*", faults: []sandbox.Fault{answering(http.StatusOK, videoBad)}},
		{
			name: "video: processing fails", post: "video", pattern: "GET /rest/videos/*", faults: []sandbox.Fault{always(answering(http.StatusOK, videoBad))},
			kind: core.KindMedia, code: core.CodeMediaLimits, field: "mediaUrls[0]", says: "no video track", help: "H.264",
		},
		{
			name: "video: processing without an end", post: "video", options: sandbox.Options{VideoProcessingTime: 48 * time.Hour}, retry: true,
			kind: core.KindTemporary, code: core.CodeUpstreamUnavailable, field: "mediaUrls[0]", says: "process", help: "Try again later",
		},
		{
			name: "video: role that may not", post: "video", pattern: videoStart, faults: []sandbox.Fault{always(answering(http.StatusForbidden, noVideo))}, retry: true,
			kind: core.KindForbidden, code: core.CodeForbidden, field: "mediaUrls[0]", says: "ADMINISTRATOR", help: "administrator of the page",
		},
	}
}

// An account whose token died is marked, and takes posts again once it is linked anew.
func TestFaultOfATokenMarksTheAccount(t *testing.T) {
	t.Parallel()
	s := newFaultScene(t, asPage, sandbox.Options{})
	for _, token := range s.network.World().Tokens {
		if token.Value == asPage.token {
			token.Revoked = true
			if err := s.network.AddToken(token); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, d := s.finish(s.accept(coretest.PostRequest("With a token that was revoked")).Post.ID)
	if d.State != core.DeliveryFailed || d.Error.Kind != core.KindAuth {
		t.Errorf("state %s, %v", d.State, d.Error)
	}
	account, err := s.app.accounts.Get(t.Context(), s.app.profile.ID, s.account.ID)
	if err != nil || account.Status != core.AccountRelinkRequired || account.StatusReason == "" {
		t.Errorf("account %s (%s), %v", account.Status, account.StatusReason, err)
	}
}
