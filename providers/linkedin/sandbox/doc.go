// Package sandbox is a LinkedIn to test against: an http.Handler that keeps
// state, enforces the rules of the real API that matter to a publisher, and shows
// what was posted as a reader would see it.
//
// It is written from LinkedIn's documentation and from field reports, and shares
// no code with the adapter, so that the two check each other.
//
// The handler serves
//
//	/rest/...          the versioned API
//	/v2/...            identity: userinfo, me
//	/oauth/v2/...      consent, tokens, introspection of tokens
//	/dms-uploads/...   the upload addresses that initializeUpload hands out
//	/dms/...           uploaded files
//	/feed/update/...   one post, as a page
//	/in/, /company/    a person or an organization, as a page
//	/sandbox/...       the feed, and the control API
//
// README.md beside this file is the manual for users.
package sandbox
