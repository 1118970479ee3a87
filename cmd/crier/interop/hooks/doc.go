// Package hooks has two libraries from the npm registry meet a running `crier serve
// --sandbox`: social-media-api, the SDK of the API that Crier speaks, and standardwebhooks,
// which verifies what the server calls.
//
//	make interop-webhooks
//
// needs Node.js, npm and access to the npm registry. Without the programs the test is skipped
// with a loud message, or fails if CRIER_INTEROP_REQUIRE is 1.
package hooks
