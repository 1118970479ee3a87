package interop_test

import "net/http"

// askWhoIsWho is about handles, DIDs and servers: https://atproto.com/specs/did.
func askWhoIsWho(a *asker) {
	alice := a.w.alice
	resolve := func(handle string) request {
		return query("com.atproto.identity.resolveHandle", "", "handle", handle)
	}
	a.ok("the DID of a handle", resolve(alice.handle))
	a.ok("the DID of a handle in capitals", resolve("ALICE.test"))
	a.refused("the DID of nobody's handle", resolve("nobody.test"), 400, "InvalidRequest")
	a.refused("the DID of what is no handle", resolve("alice"), 500, "InternalServerError")
	a.refused("the DID of no handle", query("com.atproto.identity.resolveHandle", ""), 500, "InternalServerError")
	a.ok("the document of a DID", request{path: a.w.plc + "/" + alice.did})
	a.expect("the document of nobody's DID", request{path: a.w.plc + "/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"}, http.StatusNotFound, "")
	a.ok("the server", query("com.atproto.server.describeServer", ""))
	a.ok("an account", query("com.atproto.repo.describeRepo", "", "repo", alice.handle))
	a.refused("nobody's account", query("com.atproto.repo.describeRepo", "", "repo", "nobody.test"), 400, "RepoNotFound")
	a.refused("a method that nobody knows", query("com.example.unknown", ""), 401, "AuthMissing")
	a.refused("a procedure that is only read", query("com.atproto.server.createSession", ""), 401, "AuthMissing")
	a.refused("a query that is called", procedure("com.atproto.server.describeServer", "", map[string]any{}), 401, "AuthMissing")
}
