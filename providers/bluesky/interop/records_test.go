package interop_test

import (
	"maps"
	"net/http"
)

// Collections of records, https://docs.bsky.app/docs/advanced-guides/posts.
const (
	posts       = "app.bsky.feed.post"
	reposts     = "app.bsky.feed.repost"
	threadgates = "app.bsky.feed.threadgate"
	postgates   = "app.bsky.feed.postgate"
)

// Keys of records, in the order of their time: https://atproto.com/specs/tid.
const (
	firstKey  = "3kaaaaaaaaa2a"
	secondKey = "3kaaaaaaaab2a"
	thirdKey  = "3kaaaaaaaac2a"
	fourthKey = "3kaaaaaaaad2a"
	noKey     = "3kaaaaaaaaz2a" // of no record
)

const written = "2026-01-02T03:04:05.678Z"

// post is a record of a post; fields are added to those that every post has.
func post(text string, fields map[string]any) map[string]any {
	record := map[string]any{"$type": posts, "text": text, "createdAt": written}
	maps.Copy(record, fields)
	return record
}

func put(token, repo, key string, record map[string]any) request {
	return putIn(token, repo, posts, key, record)
}

func putIn(token, repo, collection, key string, record map[string]any) request {
	return procedure("com.atproto.repo.putRecord", token, map[string]any{"repo": repo, "collection": collection, "rkey": key, "record": record})
}

func create(token, repo, key string, record map[string]any) request {
	return procedure("com.atproto.repo.createRecord", token, map[string]any{"repo": repo, "collection": posts, "rkey": key, "record": record})
}

func remove(token, repo, key string) request {
	return procedure("com.atproto.repo.deleteRecord", token, map[string]any{"repo": repo, "collection": posts, "rkey": key})
}

func read(repo, key string) request {
	return query("com.atproto.repo.getRecord", "", "repo", repo, "collection", posts, "rkey", key)
}

func list(repo string, pairs ...string) request {
	return query("com.atproto.repo.listRecords", "", append([]string{"repo", repo, "collection", posts}, pairs...)...)
}

// write is one of several that are done at once.
func write(action, collection, key string, value map[string]any) map[string]any {
	one := map[string]any{"$type": "com.atproto.repo.applyWrites#" + action, "collection": collection, "rkey": key}
	if value != nil {
		one["value"] = value
	}
	return one
}

func apply(token, repo string, writes ...map[string]any) request {
	return procedure("com.atproto.repo.applyWrites", token, map[string]any{"repo": repo, "writes": writes})
}

// address is where a post of somebody is.
func address(who account, key string) string { return "at://" + who.did + "/" + posts + "/" + key }

// askAboutRecords is about writing, reading and deleting: https://atproto.com/specs/repository.
func askAboutRecords(a *asker) {
	alice, bob := a.w.alice, a.w.bob
	token := a.signedIn(alice).AccessJWT
	a.refused("read what is not there", read(alice.did, firstKey), 400, "RecordNotFound")
	a.refused("read of nobody", read("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", firstKey), 502, "UpstreamFailure")
	a.ok("write", put(token, alice.did, firstKey, post("First", nil)))
	a.ok("write the same again", put(token, alice.did, firstKey, post("First", nil)))
	a.ok("write another in its place", put(token, alice.did, firstKey, post("First, changed", nil)))
	a.ok("write by the handle", put(token, alice.handle, secondKey, post("Second", map[string]any{"langs": []string{"en"}, "tags": []string{"one"}})))
	a.ok("read", read(alice.did, firstKey))
	a.ok("read by the handle", read(alice.handle, firstKey))
	a.refused("create what is there", create(token, alice.did, firstKey, post("First", nil)), 500, "InternalServerError")
	a.ok("read, after that", read(alice.did, firstKey))
	a.ok("create", create(token, alice.did, thirdKey, post("Third", nil)))

	a.refused("write without a token", put("", alice.did, fourthKey, post("x", nil)), 401, "AuthMissing")
	a.refused("write to another's repository", put(token, bob.did, fourthKey, post("x", nil)), 401, "AuthenticationRequired")
	a.refused("write to nobody's repository", put(token, "nobody.test", fourthKey, post("x", nil)), 403, "AccountNotFound")
	askAboutKeys(a, token)
	askAboutWrites(a, token)

	a.ok("list", list(alice.did))
	page := into[struct{ Cursor string }](a, a.ok("list two", list(alice.did, "limit", "2")))
	a.ok("list what follows", list(alice.did, "limit", "2", "cursor", page.Cursor))
	a.ok("list the other way round", list(alice.did, "reverse", "true", "limit", "2"))
	a.ok("list of a collection that is empty", query("com.atproto.repo.listRecords", "", "repo", alice.did, "collection", reposts))
	a.refused("list too many", list(alice.did, "limit", "101"), 500, "InternalServerError")
	a.refused("list of nobody", list("nobody.test"), 400, "InvalidRequest")

	a.ok("delete", remove(token, alice.did, firstKey))
	a.ok("delete again", remove(token, alice.did, firstKey))
	a.refused("read what was deleted", read(alice.did, firstKey), 400, "RecordNotFound")
	a.refused("delete another's", remove(token, bob.did, firstKey), 401, "AuthenticationRequired")
	a.ok("write what was deleted", put(token, alice.did, firstKey, post("First", nil)))
}

func askAboutKeys(a *asker, token string) {
	did := a.w.alice.did
	a.refused("a key with a space", put(token, did, "a key", post("x", nil)), 400, "InvalidRequest")
	a.refused("a key that is no time", put(token, did, "word", post("x", nil)), 400, "InvalidRequest")
	a.refused("a record of another collection", putIn(token, did, reposts, fourthKey, post("x", nil)), 400, "InvalidRequest")
	a.refused("a collection that is no name", putIn(token, did, "posts", fourthKey, post("x", nil)), 400, "InvalidRequest")
	a.ok("a collection that nobody knows", putIn(token, did, "com.example.thing", "word", map[string]any{"$type": "com.example.thing", "a": 1}))
	a.refused("a record without a type", putIn(token, did, posts, fourthKey, map[string]any{"$type": nil, "text": "x", "createdAt": written}), 400, "InvalidRequest")
	a.refused("no record", procedure("com.atproto.repo.putRecord", token, map[string]any{"repo": did, "collection": posts, "rkey": fourthKey}), 400, "InvalidRequest")
	a.refused("a body that is no JSON", request{method: http.MethodPost, path: "/xrpc/com.atproto.repo.putRecord", token: token, body: []byte("{"), header: http.Header{"Content-Type": {"application/json"}}}, 400, "SyntaxError")
}

func askAboutWrites(a *asker, token string) {
	alice := a.w.alice
	gate := map[string]any{"$type": threadgates, "post": address(alice, fourthKey), "allow": []any{}, "createdAt": written}
	quotes := map[string]any{"$type": postgates, "post": address(alice, fourthKey), "embeddingRules": []any{map[string]any{"$type": postgates + "#disableRule"}}, "createdAt": written}
	both := apply(token, alice.did, write("create", posts, fourthKey, post("Fourth", nil)), write("create", threadgates, fourthKey, gate), write("create", postgates, fourthKey, quotes))
	a.ok("several writes at once", both)
	a.refused("several writes at once, again", both, 500, "InternalServerError")
	a.refused("several writes, of which one is wrong",
		apply(token, alice.did, write("create", posts, noKey, post("No", nil)), write("create", threadgates, noKey, map[string]any{"$type": threadgates})), 400, "InvalidRequest")
	a.refused("read what was written with that", read(alice.did, noKey), 400, "RecordNotFound")
	a.refused("several writes, of which one is there",
		apply(token, alice.did, write("create", posts, noKey, post("No", nil)), write("create", threadgates, fourthKey, gate)), 500, "InternalServerError")
	a.refused("read what was written with what is there", read(alice.did, noKey), 400, "RecordNotFound")
	a.ok("several deletes at once", apply(token, alice.did, write("delete", threadgates, fourthKey, nil), write("delete", postgates, fourthKey, nil)))
	a.refused("several deletes of what is not there", apply(token, alice.did, write("delete", threadgates, fourthKey, nil)), 500, "InternalServerError")
}
