package core

import "net/http"

// Code is the public number of an error. Numbers below 1000 are Ayrshare's and
// keep its meaning; ours start at 1000. The list only grows: a number that was
// ever shown keeps its meaning, because clients switch on it.
type Code int

// The numbers.
const (
	CodeParameters      Code = 101
	CodeQuota           Code = 106
	CodeDeleteNotFound  Code = 114
	CodeTextTooLong     Code = 132
	CodeMediaURL        Code = 136
	CodeDuplicate       Code = 137
	CodeTitleTaken      Code = 146
	CodeNotLinked       Code = 156
	CodeAnalytics       Code = 187
	CodeLinkAddress     Code = 189
	CodeNoSchedule      Code = 192
	CodeHistoryNotFound Code = 221
	CodeImageTooLarge   Code = 254
	CodeAccountLocked   Code = 349
	CodeAlreadyDeleted  Code = 383
	CodeLinkRevoked     Code = 501
	CodeLinkUnknown     Code = 502
	CodeLinkExpired     Code = 503

	CodeInternal            Code = 1000
	CodeUnauthorized        Code = 1001
	CodeRouteNotFound       Code = 1002
	CodeMethodNotAllowed    Code = 1003
	CodeBodyTooLarge        Code = 1004
	CodeContentType         Code = 1005
	CodeStoreUnavailable    Code = 1006
	CodeProfileKey          Code = 1007
	CodeProfileNotFound     Code = 1008
	CodeKeyReused           Code = 1010
	CodeKeyConflict         Code = 1011
	CodeKeyInProgress       Code = 1012
	CodeUnknownOption       Code = 1020
	CodeUnsupported         Code = 1021
	CodeAccountNotFound     Code = 1022
	CodeUnknownPlatform     Code = 1023
	CodeMediaType           Code = 1030
	CodeMediaTooLarge       Code = 1031
	CodeMediaLimits         Code = 1032
	CodeMediaBlocked        Code = 1033
	CodeMediaSpace          Code = 1034
	CodeUploadQuota         Code = 1035
	CodeUploadInUse         Code = 1036
	CodeAccountRelink       Code = 1040
	CodeForbidden           Code = 1041
	CodeUpstreamNotFound    Code = 1042
	CodeUpstreamRateLimit   Code = 1044
	CodeUpstreamUnavailable Code = 1045
	CodeUpstreamVersion     Code = 1046
	CodeUpstreamInvalid     Code = 1047
	CodeUncertain           Code = 1050
	CodeCancelled           Code = 1051
	CodeNotRetryable        Code = 1052
	CodeCannotDelete        Code = 1053
	CodeProcessing          Code = 1054
	CodeNotShown            Code = 1055
	CodeNotChangeable       Code = 1056
	CodeAudienceTooSmall    Code = 1060
	CodeUnknownTarget       Code = 1061
	CodeMention             Code = 1062
	CodeCommentNotFound     Code = 1063
	CodeLinkPreview         Code = 1064
	CodeNotOffered          Code = 1070
	CodeWebhookNotFound     Code = 1080
	CodeMessageNotFound     Code = 1081
	CodeNoMail              Code = 1082
	CodeLinkSetup           Code = 1090
	CodeLinkRefused         Code = 1091
	CodeLinkScope           Code = 1092
	CodeLinkBrowser         Code = 1093
	CodeLinkAccount         Code = 1094
)

// CodeInfo describes one number: the name in the documentation, the HTTP status
// of an answer that consists of this error alone, the meaning, and the way out.
type CodeInfo struct {
	Code    Code
	Name    string
	Status  int
	Meaning string
	Help    string
}

// Codes lists every number with its meaning, in ascending order.
func Codes() []CodeInfo {
	return []CodeInfo{
		{CodeParameters, "parameters", http.StatusBadRequest, "A parameter is missing or wrong.", "Correct the field that `field` names and send the request again."},
		{CodeQuota, "quota", http.StatusTooManyRequests, "The account has used up the number of posts that its network takes in one day.", "Schedule the post for the next day (UTC), or post from another account."},
		{CodeDeleteNotFound, "delete_not_found", http.StatusNotFound, "No post with this id belongs to the profile.", "Check the id; GET /history lists the posts of the profile."},
		{CodeTextTooLong, "text_too_long", http.StatusBadRequest, "The text is longer than the network takes.", "Shorten the text to the limit that the message names, or give this network its own text."},
		{CodeMediaURL, "media_url", http.StatusBadRequest, "A media address or its file cannot be used: malformed, unreachable, not answering with a file, damaged, or asking for a password.", "Make sure that the address answers a plain GET with the file itself, over https and without a login."},
		{CodeDuplicate, "duplicate", http.StatusBadRequest, "The same content goes to the same account within a day, or the network refuses it because it published the same a short time ago.", "Change the text, or what else the post shows. Where the message names another post of this server, allowDuplicate: true sends it all the same; the network's own refusal ends with its window for duplicates."},
		{CodeTitleTaken, "title_taken", http.StatusBadRequest, "Another profile has this title.", "Choose another title; GET /profiles lists those that are taken."},
		{CodeNotLinked, "not_linked", http.StatusBadRequest, "No account of this network is linked to the profile.", "Link one with POST /profiles/social, or leave the platform out."},
		{CodeAnalytics, "analytics", http.StatusBadRequest, "The network has no figures for this post or account, or does not give them to it.", "The message tells why; GET /accounts/:id/check tells what the account lacks."},
		{CodeLinkAddress, "link_address", http.StatusBadRequest, "The address of a link page cannot be made.", "The message tells which field is wrong, or what the operator has to set up."},
		{CodeNoSchedule, "no_schedule", http.StatusBadRequest, "The profile has no automatic schedule of this title.", "Set one with POST /auto-schedule; GET /auto-schedule lists those that there are."},
		{CodeHistoryNotFound, "history_not_found", http.StatusNotFound, "No post with this id belongs to the profile.", "Check the id; GET /history lists the posts of the profile."},
		{CodeImageTooLarge, "image_too_large", http.StatusBadRequest, "An image has more bytes or pixels than the network takes, and cannot be scaled without loss.", "Send a smaller image."},
		{CodeAccountLocked, "account_locked", http.StatusBadRequest, "The authorization of an account was lost. Only in the details of a `social` webhook.", "Link the account again; its id, posts and schedule stay."},
		{CodeAlreadyDeleted, "already_deleted", http.StatusBadRequest, "The post was deleted before.", "Nothing is left to do."},
		{CodeLinkRevoked, "link_revoked", http.StatusForbidden, "The address of the link page was revoked, or has done what it was made for.", "Ask for a new address: POST /profiles/link-sessions makes one."},
		{CodeLinkUnknown, "link_unknown", http.StatusNotFound, "There is no such link page.", "Check that the address is complete, or ask for a new one: POST /profiles/link-sessions makes one."},
		{CodeLinkExpired, "link_expired", http.StatusForbidden, "The address of the link page has expired.", "Ask for a new address: POST /profiles/link-sessions makes one."},

		{CodeInternal, "internal", http.StatusInternalServerError, "A defect in Crier.", "Report it with the X-Request-Id of the answer; the log has the cause."},
		{CodeUnauthorized, "unauthorized", http.StatusUnauthorized, "The API key is missing or wrong.", "Send `Authorization: Bearer <key>`: the key that servers are started with in CRIER_API_KEY, which replaces any before, or the one that `crier serve` printed once, at its first start."},
		{CodeRouteNotFound, "route_not_found", http.StatusNotFound, "There is no such path.", "GET /openapi.json lists every route, and the paths of the Ayrshare API that are left out."},
		{CodeMethodNotAllowed, "method_not_allowed", http.StatusMethodNotAllowed, "The path does not take this method.", "The Allow header lists the methods it takes."},
		{CodeBodyTooLarge, "body_too_large", http.StatusRequestEntityTooLarge, "The request body is too large.", "Send media by address in mediaUrls, or as multipart files."},
		{CodeContentType, "content_type", http.StatusUnsupportedMediaType, "The request body is of a type that this path does not take.", "Send `Content-Type: application/json`, or multipart/form-data where files are attached."},
		{CodeStoreUnavailable, "store_unavailable", http.StatusServiceUnavailable, "The database does not answer.", "Send the request again after the time in Retry-After. A GET changes nothing; of any other request, part may have been done: a post goes out only once if it is sent with the same Idempotency-Key."},
		{CodeProfileKey, "profile_key", http.StatusForbidden, "The Profile-Key is not that of a user profile.", "Send the profileKey that POST /profiles answered with, or leave the header out to act for the primary profile. A lost key cannot be shown again: PATCH /profiles with newKey: true replaces it."},
		{CodeProfileNotFound, "profile_not_found", http.StatusNotFound, "There is no such profile.", "GET /profiles lists them."},
		{CodeKeyReused, "idempotency_key_used", http.StatusBadRequest, "The idempotencyKey of the body was used before by this profile.", "Use a new key for a new post; GET /post/:id shows what became of the first."},
		{CodeKeyConflict, "idempotency_key_conflict", http.StatusUnprocessableEntity, "The Idempotency-Key header was used before with another body.", "Use a new key for a different request."},
		{CodeKeyInProgress, "idempotency_key_in_progress", http.StatusConflict, "A request with this Idempotency-Key is still being answered.", "Wait a moment and send the same request again."},
		{CodeUnknownOption, "unknown_option", http.StatusBadRequest, "An options object has a key that the network does not know.", "Correct the spelling or remove the key; GET /providers lists the options."},
		{CodeUnsupported, "unsupported", http.StatusBadRequest, "The network, or this version of Crier, cannot do this.", "Leave the part out that `field` names."},
		{CodeAccountNotFound, "account_not_found", http.StatusBadRequest, "An account id does not belong to the profile.", "GET /accounts lists the linked accounts."},
		{CodeUnknownPlatform, "unknown_platform", http.StatusBadRequest, "There is no network of this name.", "GET /providers lists the networks."},
		{CodeMediaType, "media_type", http.StatusBadRequest, "A media file is of a type that the network does not take.", "Convert the file to one of the types that the message names."},
		{CodeMediaTooLarge, "media_too_large", http.StatusBadRequest, "A media file has more bytes than allowed.", "Send a smaller file."},
		{CodeMediaLimits, "media_limits", http.StatusBadRequest, "A media file is outside a limit of the network: dimensions, duration, frames or pages.", "Send a file within the limit that the message names."},
		{CodeMediaBlocked, "media_blocked", http.StatusBadRequest, "A media address leads to a host that is not public.", "Use a public address, or allow the network with CRIER_MEDIA_ALLOW."},
		{CodeMediaSpace, "media_space", http.StatusServiceUnavailable, "The server's space for files of posts under way is taken by other posts.", "Nothing is to be done: the post goes on when others have ended. If it happens often, the operator raises CRIER_MEDIA_DISK."},
		{CodeUploadQuota, "upload_quota", http.StatusBadRequest, "The profile's space for uploaded files is used up.", "Delete uploads that are not needed any more, with DELETE /media/:id, or ask the operator to raise CRIER_UPLOAD_QUOTA."},
		{CodeUploadInUse, "upload_in_use", http.StatusConflict, "The upload belongs to a post that is still to go out.", "Delete the post first, or wait until it has ended."},
		{CodeAccountRelink, "account_relink", http.StatusBadRequest, "The account's authorization expired or was revoked.", "Link the account again; its id, posts and schedule stay."},
		{CodeForbidden, "forbidden", http.StatusBadRequest, "The network refused: a permission or a page role is missing.", "Grant the permission or role that the message names, then link the account again."},
		{CodeUpstreamNotFound, "upstream_not_found", http.StatusBadRequest, "The network does not know the thing that was named.", "Check the id in the field that `field` names."},
		{CodeUpstreamRateLimit, "upstream_rate_limit", http.StatusTooManyRequests, "The network's limit of calls is used up.", "Wait until the network allows calls again. A post that is under way goes out by itself then; one that has ended with retryAvailable is sent by PUT /post/retry."},
		{CodeUpstreamUnavailable, "upstream_unavailable", http.StatusBadGateway, "The network does not answer, or answers with an error of its own.", "Try again later. A post that is under way is tried again by itself; one that has ended with retryAvailable is sent by PUT /post/retry."},
		{CodeUpstreamVersion, "upstream_version", http.StatusBadGateway, "The network no longer serves the API version that is configured.", "The operator sets a current version; see the settings reference."},
		{CodeUpstreamInvalid, "upstream_invalid", http.StatusBadRequest, "The network refused the content of the post.", "Correct what the message names, then create the post anew; POST /post/copy does that with the rest of it as it was. If other networks have it already, name in its platforms, or accountIds, where it is still to go."},
		{CodeUncertain, "uncertain", http.StatusBadGateway, "The post was sent, but the answer was lost, and whether it is published is not known.", "Look at the account on the network before sending it again."},
		{CodeCancelled, "cancelled", http.StatusConflict, "The post was cancelled before it went out.", "Create it again if it is wanted."},
		{CodeNotRetryable, "not_retryable", http.StatusBadRequest, "The post is not in a state that can be retried.", "Only a post with status error and retryAvailable can be retried, once."},
		{CodeCannotDelete, "cannot_delete", http.StatusBadRequest, "The network offers no way to delete this post.", "Delete it on the network, then send markManualDeleted."},
		{CodeProcessing, "processing", http.StatusConflict, "The post is being sent right now, or it is being found out whether it went out.", "Wait until GET /post/:id shows its outcome."},
		{CodeNotShown, "not_shown", http.StatusBadGateway, "The network accepted the post and then did not publish it.", "The message has the network's reason, if it gave one. Look at the account on the network; change the post and create it anew."},
		{CodeNotChangeable, "not_changeable", http.StatusConflict, "The post is not in a state in which this can be changed.", "GET /post/:id shows its state; what is published already is changed on the network, and a post that failed is retried or created anew."},
		{CodeAudienceTooSmall, "audience_too_small", http.StatusBadRequest, "Fewer of the author's followers match the targeting than the network asks for.", "Use fewer or wider criteria; the message names the one that leaves the fewest, and POST /validate/post shows the estimate."},
		{CodeUnknownTarget, "unknown_target", http.StatusBadRequest, "A criterion of the audience has a value that the network does not know.", "Use a value that the network knows: the message names the nearest ones, where any are near, and GET /audience/:platform/:facet?search= finds others."},
		{CodeMention, "mention", http.StatusBadRequest, "A mention could not be resolved.", "Check the spelling, or name the id; GET /brand/search/:platform?search= looks it up."},
		{CodeCommentNotFound, "comment_not_found", http.StatusNotFound, "No comment with this id belongs to the profile.", "Check the id; GET /comments/:id lists the comments of a post."},
		{CodeLinkPreview, "link_preview", http.StatusBadRequest, "The card of a link could not be made from its page.", "The post went out without it; give the card its title, description and picture in the network's options."},
		{CodeNotOffered, "not_offered", http.StatusNotImplemented, "Crier has nothing that does this.", "The message tells why, and what to use instead."},
		{CodeWebhookNotFound, "webhook_not_found", http.StatusNotFound, "The profile has no webhook of this action.", "GET /hook/webhook lists those that there are; POST /hook/webhook registers one."},
		{CodeMessageNotFound, "message_not_found", http.StatusNotFound, "No webhook call or mail with this id belongs to the profile.", "GET /hook/deliveries lists those of the last days."},
		{CodeNoMail, "no_mail", http.StatusBadRequest, "This server sends no mail.", "Hand the address over yourself; or the operator sets CRIER_SMTP_URL and CRIER_MAIL_FROM."},
		{CodeLinkSetup, "link_setup", http.StatusBadRequest, "The operator's app at the network is missing, or not set up for this.", "The message tells the operator what to set up; after a person's try on a link page, the log does."},
		{CodeLinkRefused, "link_refused", http.StatusBadRequest, "The person did not consent, or did not sign in.", "Start again and allow the access."},
		{CodeLinkScope, "link_scope", http.StatusBadRequest, "The network does not let the operator's app ask for a permission.", "The log names the permission, and the product that the operator adds to the app; or the scope is left out."},
		{CodeLinkBrowser, "link_browser", http.StatusForbidden, "The request does not come from the browser that opened the link page, or comes too late.", "Open the address of the link page again, in a browser that keeps cookies, and start anew."},
		{CodeLinkAccount, "link_account", http.StatusBadRequest, "Another account was authorized than the one that was to be linked again, or one that may not post.", "Sign in to the network as the person who may post as that account, then start again."},
	}
}

// Info returns the description of the number, or that of CodeInternal for a
// number that does not exist.
func (c Code) Info() CodeInfo {
	var internal CodeInfo
	for _, info := range Codes() {
		if info.Code == c {
			return info
		}
		if info.Code == CodeInternal {
			internal = info
		}
	}
	return internal
}

// CodeOf returns the error's number, or its kind's default when it has none.
func CodeOf(e *Error) Code {
	if e.Code != 0 {
		return e.Code
	}
	switch e.Kind {
	case KindInvalid:
		return CodeParameters
	case KindUnsupported:
		return CodeUnsupported
	case KindMedia:
		return CodeMediaURL
	case KindAuth:
		return CodeAccountRelink
	case KindForbidden:
		return CodeForbidden
	case KindNotFound:
		return CodeUpstreamNotFound
	case KindDuplicate:
		return CodeDuplicate
	case KindRateLimited:
		return CodeUpstreamRateLimit
	case KindTemporary:
		return CodeUpstreamUnavailable
	case KindUncertain:
		return CodeUncertain
	case KindInternal:
		return CodeInternal
	}
	return CodeInternal
}

// HelpOf returns the way out of an error: its own, or its number's.
func HelpOf(e *Error) string {
	if e.Help != "" {
		return e.Help
	}
	return CodeOf(e).Info().Help
}
