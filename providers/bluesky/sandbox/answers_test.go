package sandbox_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// With -genuine, the requests go to a genuine server, which must be empty, and its answers
// become testdata/answers.json: go test -run TestAnswers -genuine http://localhost:2583.
var genuine = flag.String("genuine", "", "address of a genuine PDS whose answers are to be recorded")

// step is a request. {name} in it stands for something of an answer before.
type step struct {
	name, method, target string
	auth                 string // of the header Authorization
	body                 string
	kind                 string // Content-Type; empty: JSON, if there is a body
	// keep names parts of the answer for later steps, by regular expressions with one group.
	keep map[string]string
	// differs says why the sandbox refuses the request as invalid, on purpose, where the genuine
	// server answers otherwise.
	differs string
}

// given is an answer without what is different every time.
type given struct {
	Name   string `json:"name"`
	Status int    `json:"status"`
	Type   string `json:"type,omitempty"`
	Body   string `json:"body"`
}

// TestAnswers compares the sandbox with what a PDS of version 0.4.217 answered: status, type and
// body, to the byte. make interop-bluesky asks a genuine one whether it still does.
func TestAnswers(t *testing.T) {
	t.Parallel()
	if *genuine != "" {
		raw, err := json.MarshalIndent(play(t, *genuine), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(answersFile, append(raw, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := recorded(t)
	box := sandbox.New(sandbox.Options{Dir: t.TempDir(), Empty: true, Lenient: true})
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	got := play(t, server.URL)
	if len(got) != len(want) {
		t.Fatalf("%d answers, %d recorded", len(got), len(want))
	}
	for i, want := range want {
		t.Run(want.Name, func(t *testing.T) {
			t.Parallel()
			diff := cmp.Diff(want, got[i])
			switch differs := steps()[i].differs; {
			case differs == "" && diff != "":
				t.Errorf("genuine (-), sandbox (+):\n%s", diff)
			case differs != "" && diff == "":
				t.Errorf("there is no difference, although: %s", differs)
			case differs != "" && (got[i].Status != http.StatusBadRequest || !strings.HasPrefix(got[i].Body, `{"error":"InvalidRequest"`)):
				t.Errorf("%d %s, want InvalidRequest, as %s", got[i].Status, got[i].Body, differs)
			}
		})
	}
}

const answersFile = "testdata/answers.json"

// recorded are the answers of the genuine server.
func recorded(t *testing.T) (answers []given) {
	t.Helper()
	raw, err := os.ReadFile(answersFile)
	if err == nil {
		err = json.Unmarshal(raw, &answers)
	}
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// play makes all requests, in order.
func play(t *testing.T, base string) []given {
	t.Helper()
	known := map[string]string{"base": base}
	var out []given
	for _, one := range steps() {
		status, kind, body := one.send(t, base, known)
		for name, pattern := range one.keep {
			if found := regexp.MustCompile(pattern).FindStringSubmatch(body); found != nil {
				known[name] = found[1]
			} else if name != "" {
				t.Fatalf("%s: no %s in %s", one.name, name, body)
			}
		}
		out = append(out, given{one.name, status, kind, plain(body, base, known)})
	}
	return out
}

func (one step) send(t *testing.T, base string, known map[string]string) (status int, kind, body string) {
	t.Helper()
	fill := func(s string) string {
		for name, value := range known {
			s = strings.ReplaceAll(s, "{"+name+"}", value)
		}
		return s
	}
	r, err := http.NewRequestWithContext(t.Context(), one.method, base+fill(one.target), bytes.NewReader([]byte(fill(one.body))))
	if err != nil {
		t.Fatal(err)
	}
	if one.auth != "" {
		r.Header.Set("Authorization", fill(one.auth))
	}
	switch {
	case one.kind != "":
		r.Header.Set("Content-Type", one.kind)
	case one.body != "":
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Content-Type"), string(raw)
}

// What is different every time, and what stands for it.
var changing = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`), "{jwt}"},
	{regexp.MustCompile(`"(cid|head)":"[a-z2-7]{59}","rev":"[2-7a-z]{13}"`), `"$1":"{commit}","rev":"{rev}"`},
	{regexp.MustCompile(`"didDoc":\{.*?\}\]\}`), `"didDoc":{document}`},
	{regexp.MustCompile(`post/3[2-7a-z]{12}"`), `post/{tid}"`},
	{regexp.MustCompile(`"createdAt":"20\d\d-\d\d-\d\dT[\d:.]+Z","privileged"`), `"createdAt":"{now}","privileged"`},
	{regexp.MustCompile(`[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}`), "{password}"},
	{regexp.MustCompile(`"cursor":"\d+::`), `"cursor":"{now}::`},
	{regexp.MustCompile(`did:web:localhost|did:web:127\.0\.0\.1%3A\d+`), "{service}"},
}

func plain(body, base string, known map[string]string) string {
	body = strings.ReplaceAll(body, base, "{base}")
	if did := known["did"]; did != "" {
		body = strings.ReplaceAll(body, did, "{did}")
	}
	for _, c := range changing {
		body = c.pattern.ReplaceAllString(body, c.with)
	}
	return body
}

const (
	posted = `"createdAt":"2026-11-22T18:00:00.000Z"`
	rkey   = "3mzzzzzzzz222"
)

func repeated(s string, n int) string { return strings.Repeat(s, n) }

// steps are the requests, in order.
func steps() []step {
	return append(append(append(sessionSteps(), recordSteps()...), blobSteps()...), endSteps()...)
}

func sessionSteps() []step {
	const server = "/xrpc/com.atproto.server."
	login := func(name, identifier, password string) step {
		return step{name: name, method: "POST", target: server + "createSession", body: `{"identifier":"` + identifier + `","password":"` + password + `"}`}
	}
	return []step{
		{name: "describeServer", method: "GET", target: server + "describeServer"},
		{
			name: "createAccount", method: "POST", target: server + "createAccount",
			body: `{"handle":"probe.test","email":"probe@example.com","password":"main-password"}`,
			keep: map[string]string{"did": `"did":"(did:plc:\w+)"`, "access": `"accessJwt":"([^"]+)"`, "refresh": `"refreshJwt":"([^"]+)"`},
		},
		{name: "handle taken", method: "POST", target: server + "createAccount", body: `{"handle":"probe.test","email":"other@example.com","password":"x"}`},
		{name: "handle of another domain", method: "POST", target: server + "createAccount", body: `{"handle":"probe.example.com","email":"other@example.com","password":"x"}`},
		login("login", "probe.test", "main-password"),
		login("login by DID", "{did}", "main-password"),
		login("login by email", "probe@example.com", "main-password"),
		login("wrong password", "probe.test", "x"),
		login("nobody", "nobody.test", "x"),
		{name: "no password", method: "POST", target: server + "createSession", body: `{"identifier":"probe.test"}`},
		{name: "broken JSON", method: "POST", target: server + "createSession", body: `{"identifier":`},
		{name: "no body", method: "POST", target: server + "createSession"},
		{name: "getSession", method: "GET", target: server + "getSession", auth: "Bearer {access}"},
		{name: "no token", method: "GET", target: server + "getSession"},
		{name: "broken token", method: "GET", target: server + "getSession", auth: "Bearer x"},
		{name: "unknown scheme", method: "GET", target: server + "getSession", auth: "Foo x"},
		{name: "malformed header", method: "GET", target: server + "getSession", auth: "Foo"},
		{name: "refresh token as access token", method: "GET", target: server + "getSession", auth: "Bearer {refresh}"},
		{name: "access token as refresh token", method: "POST", target: server + "refreshSession", auth: "Bearer {access}"},
		{
			name: "createAppPassword", method: "POST", target: server + "createAppPassword", auth: "Bearer {access}", body: `{"name":"crier"}`,
			keep: map[string]string{"password": `"password":"([^"]+)"`},
		},
		{name: "app password of that name", method: "POST", target: server + "createAppPassword", auth: "Bearer {access}", body: `{"name":"crier"}`},
		{
			name: "login with app password", method: "POST", target: server + "createSession", body: `{"identifier":"probe.test","password":"{password}"}`,
			keep: map[string]string{"app": `"accessJwt":"([^"]+)"`, "appRefresh": `"refreshJwt":"([^"]+)"`},
		},
		{name: "app password by app password", method: "POST", target: server + "createAppPassword", auth: "Bearer {app}", body: `{"name":"other"}`},
		{name: "refresh", method: "POST", target: server + "refreshSession", auth: "Bearer {appRefresh}", keep: map[string]string{"newRefresh": `"refreshJwt":"([^"]+)"`}},
		{name: "refresh again", method: "POST", target: server + "refreshSession", auth: "Bearer {appRefresh}"},
		{name: "deleteSession", method: "POST", target: server + "deleteSession", auth: "Bearer {newRefresh}"},
		{name: "refresh after the end", method: "POST", target: server + "refreshSession", auth: "Bearer {newRefresh}"},
		{name: "resolveHandle", method: "GET", target: "/xrpc/com.atproto.identity.resolveHandle?handle=probe.test"},
		{name: "resolve nobody", method: "GET", target: "/xrpc/com.atproto.identity.resolveHandle?handle=nobody.test"},
		{
			name: "resolve without a handle", method: "GET", target: "/xrpc/com.atproto.identity.resolveHandle",
			differs: "the genuine server of this version answers 500 to wrong parameters",
		},
		{name: "unknown method without a token", method: "GET", target: "/xrpc/com.atproto.server.nonsense"},
		{name: "GET of a POST without a token", method: "GET", target: server + "createSession"},
	}
}

// put writes a record with the key rkey.
func put(name, collection, value string) step {
	return step{
		name: name, method: "POST", target: "/xrpc/com.atproto.repo.putRecord", auth: "Bearer {app}",
		body: `{"repo":"{did}","collection":"` + collection + `","rkey":"` + rkey + `","record":` + value + `}`,
	}
}

// post writes a post with fields beside its time.
func post(name, fields string) step {
	return put(name, "app.bsky.feed.post", `{`+posted+`,`+fields+`}`)
}

func recordSteps() []step {
	const repo = "/xrpc/com.atproto.repo."
	const other = "bafyreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"
	do := func(name, method, fields string) step {
		return step{name: name, method: "POST", target: repo + method, auth: "Bearer {app}", body: `{"repo":"{did}",` + fields + `}`}
	}
	get := func(name, target string) step { return step{name: name, method: "GET", target: repo + target} }
	at := `"collection":"app.bsky.feed.post","rkey":"` + rkey + `"`
	facet := func(name, index, features string) step {
		return post(name, `"text":"abc","facets":[{"index":`+index+`,"features":[`+features+`]}]`)
	}
	embed := func(name, kind, fields string) step {
		return post(name, `"text":"abc","embed":{"$type":"app.bsky.embed.`+kind+`",`+fields+`}`)
	}
	image := func(mime string, size int) string {
		return `"images":[{"alt":"","image":{"$type":"blob","ref":{"$link":"bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"},"mimeType":"` +
			mime + `","size":` + strconv.Itoa(size) + `}}]`
	}
	return []step{
		post("put", `"text":"hi"`),
		post("put again", `"text":"hi"`),
		post("put otherwise", `"text":"hi 2"`),
		do("wrong key", "putRecord", `"collection":"app.bsky.feed.post","rkey":"self","record":{"text":"hi",`+posted+`}`),
		do("bad key", "putRecord", `"collection":"app.bsky.feed.post","rkey":"a/b","record":{}`),
		do("bad collection", "putRecord", `"collection":"post","rkey":"a","record":{}`),
		do("no record", "putRecord", `"collection":"app.bsky.feed.post","rkey":"a"`),
		put("wrong type", "app.bsky.feed.post", `{"$type":"app.bsky.feed.like"}`),
		put("unknown collection", "com.example.thing", `{"text":"hi"}`),
		put("no text", "app.bsky.feed.post", `{`+posted+`}`),
		post("text is a number", `"text":3`),
		put("bad time", "app.bsky.feed.post", `{"text":"hi","createdAt":"yesterday"}`),
		post("301 graphemes", `"text":"`+repeated("a", 301)+`"`),
		post("300 graphemes", `"text":"`+repeated("é", 300)+`"`),
		post("300 families", `"text":"`+repeated("👨‍👩‍👧", 150)+`"`),
		post("3,001 bytes", `"text":"`+repeated("👨‍👩‍👧‍👦", 120)+`x"`),
		post("four languages", `"text":"","langs":["en","de","fr","es"]`),
		post("bad language", `"text":"","langs":["e_n"]`),
		post("fraction", `"text":"","x":1.5`),
		facet("negative index", `{"byteStart":-1,"byteEnd":2}`, ""),
		facet("bad link", `{"byteStart":0,"byteEnd":2}`, `{"$type":"app.bsky.richtext.facet#link","uri":"nope"}`),
		facet("bad mention", `{"byteStart":0,"byteEnd":2}`, `{"$type":"app.bsky.richtext.facet#mention","did":"nope"}`),
		facet("feature without type", `{"byteStart":0,"byteEnd":2}`, `{"uri":"nope"}`),
		facet("unknown feature", `{"byteStart":0,"byteEnd":2}`, `{"$type":"com.example.thing","uri":"nope"}`),
		facet("facet beyond the text", `{"byteStart":5,"byteEnd":2}`, ""),
		post("tag of 65 graphemes", `"text":"","tags":["`+repeated("a", 65)+`"]`),
		post("nine tags", `"text":"","tags":["a","b","c","d","e","f","g","h","i"]`),
		embed("missing blob", "images", image("image/png", 10)),
		embed("blob too big", "images", image("image/png", 1_000_001)),
		embed("blob of another type", "images", image("text/plain", 10)),
		embed("no blob", "images", `"images":[{"alt":"","image":{"cid":"x"}}]`),
		embed("no image", "images", `"images":[{}]`),
		embed("five images", "images", `"images":[{},{},{},{},{}]`),
		embed("no alt", "images", strings.Replace(image("image/png", 10), `"alt":"",`, "", 1)),
		embed("bad ratio", "images", strings.Replace(image("image/png", 10), `"alt":""`, `"alt":"","aspectRatio":{"width":0,"height":1}`, 1)),
		embed("bad address of a card", "external", `"external":{"uri":"x"}`),
		embed("card without title", "external", `"external":{"uri":"https://example.com"}`),
		embed("video of another type", "video", `"video":{"$type":"blob","ref":{"$link":"bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"},"mimeType":"video/webm","size":10}`),
		embed("unknown embed", "nonsense", `"x":1`),
		post("bad root", `"text":"","reply":{"root":{"uri":"x","cid":"y"}}`),
		post("bad CID", `"text":"","reply":{"root":{"uri":"at://{did}/app.bsky.feed.post/`+rkey+`","cid":"y"},"parent":{"uri":"x","cid":"y"}}`),
		post("reply without parent", `"text":"","reply":{"root":{"uri":"at://{did}/app.bsky.feed.post/`+rkey+`","cid":"`+other+`"}}`),
		post("labels without type", `"text":"","labels":{"values":[{"val":"porn"}]}`),
		post("labels", `"text":"abc","labels":{"$type":"com.atproto.label.defs#selfLabels","values":[{"val":"porn"}]}`),
		put("six rules", "app.bsky.feed.threadgate", `{"post":"at://{did}/app.bsky.feed.post/`+rkey+`",`+posted+`,"allow":[`+
			strings.TrimSuffix(repeated(`{"$type":"app.bsky.feed.threadgate#mentionRule"},`, 6), ",")+`]}`),
		put("rule without list", "app.bsky.feed.threadgate", `{"post":"at://{did}/app.bsky.feed.post/`+rkey+`",`+posted+`,"allow":[{"$type":"app.bsky.feed.threadgate#listRule"}]}`),
		put("like with a bad CID", "app.bsky.feed.like", `{"subject":{"uri":"at://{did}/app.bsky.feed.post/`+rkey+`","cid":"nope"},`+posted+`}`),
		get("getRecord", "getRecord?repo={did}&collection=app.bsky.feed.post&rkey="+rkey),
		get("getRecord by handle", "getRecord?repo=probe.test&collection=app.bsky.feed.post&rkey="+rkey),
		get("getRecord of nothing", "getRecord?repo={did}&collection=app.bsky.feed.post&rkey=3mzzzzzzzz2zz"),
		get("getRecord of another CID", "getRecord?repo={did}&collection=app.bsky.feed.post&rkey="+rkey+"&cid="+other),
		get("getRecord of nobody", "getRecord?repo=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa&collection=app.bsky.feed.post&rkey="+rkey),
		{
			name: "getRecord without key", method: "GET", target: repo + "getRecord?repo={did}&collection=app.bsky.feed.post",
			differs: "the genuine server of this version answers 500 to wrong parameters",
		},
		get("listRecords", "listRecords?repo={did}&collection=app.bsky.feed.post"),
		get("listRecords of nobody", "listRecords?repo=nobody.test&collection=app.bsky.feed.post"),
		get("listRecords of nothing", "listRecords?repo={did}&collection=app.bsky.feed.repost"),
		do("swap with nothing", "putRecord", at+`,"swapRecord":null,"record":{"text":"x",`+posted+`}`),
		do("swap with another", "putRecord", at+`,"swapRecord":"`+other+`","record":{"text":"x",`+posted+`}`),
		do("create of the same key", "createRecord", at+`,"record":{"text":"x",`+posted+`}`),
		do("create", "createRecord", `"collection":"app.bsky.feed.post","record":{"text":"x",`+posted+`}`),
		do("apply", "applyWrites", `"writes":[{"$type":"com.atproto.repo.applyWrites#create","collection":"app.bsky.feed.post","rkey":"3mzzzzzzzz23c","value":{"text":"x",`+posted+`}},
			{"$type":"com.atproto.repo.applyWrites#create","collection":"com.example.thing","rkey":"3mzzzzzzzz23c","value":{"x":1}}]`),
		do("apply of the same key", "applyWrites", `"writes":[{"$type":"com.atproto.repo.applyWrites#create","collection":"app.bsky.feed.post","rkey":"3mzzzzzzzz23c","value":{"text":"x",`+posted+`}}]`),
		do("apply of what is wrong", "applyWrites", `"writes":[{"$type":"com.atproto.repo.applyWrites#create","collection":"app.bsky.feed.post","value":{"text":3}}]`),
		do("apply of something unknown", "applyWrites", `"writes":[{"$type":"com.atproto.repo.applyWrites#change","collection":"app.bsky.feed.post","value":{"text":3}}]`),
		do("apply of a delete of nothing", "applyWrites", `"writes":[{"$type":"com.atproto.repo.applyWrites#delete","collection":"app.bsky.feed.post","rkey":"3mzzzzzzzz2zz"}]`),
		do("apply of update and delete", "applyWrites", `"writes":[{"$type":"com.atproto.repo.applyWrites#update","collection":"app.bsky.feed.post","rkey":"3mzzzzzzzz23c","value":{"text":"y",`+posted+`}},
			{"$type":"com.atproto.repo.applyWrites#delete","collection":"com.example.thing","rkey":"3mzzzzzzzz23c"}]`),
		do("apply of nothing", "applyWrites", `"writes":[]`),
		do("delete", "deleteRecord", `"collection":"app.bsky.feed.post","rkey":"3mzzzzzzzz23c"`),
		do("delete again", "deleteRecord", `"collection":"app.bsky.feed.post","rkey":"3mzzzzzzzz23c"`),
		{
			name: "repository of nobody", method: "POST", target: repo + "deleteRecord", auth: "Bearer {app}",
			body: `{"repo":"did:plc:aaaaaaaaaaaaaaaaaaaaaaaa","collection":"app.bsky.feed.post","rkey":"` + rkey + `"}`,
		},
		{name: "write without a token", method: "POST", target: repo + "putRecord", body: `{}`},
	}
}

func blobSteps() []step {
	const upload = "/xrpc/com.atproto.repo.uploadBlob"
	const blob = `{"$type":"blob","ref":{"$link":"bafkreiagkj2rbya5jjw33up32z6mp7e33mbco5lzgc3feftfhx2lc74rl4"},"mimeType":"text/vtt","size":6}`
	const caption = `"$type":"com.example.captions","file":`
	return []step{
		{name: "upload", method: "POST", target: upload, auth: "Bearer {app}", kind: "text/vtt", body: "WEBVTT"},
		{name: "upload without type", method: "POST", target: upload, auth: "Bearer {app}", kind: " ", body: "WEBVTT"},
		{
			name: "upload of nothing", method: "POST", target: upload, auth: "Bearer {app}", kind: "text/vtt",
			differs: "nobody can do anything with a file of 0 bytes",
		},
		{name: "upload without a token", method: "POST", target: upload, kind: "text/vtt", body: "WEBVTT"},
		{name: "getBlob of what no record has", method: "GET", target: "/xrpc/com.atproto.sync.getBlob?did={did}&cid=bafkreiagkj2rbya5jjw33up32z6mp7e33mbco5lzgc3feftfhx2lc74rl4"},
		put("record with a blob of another size", "com.example.captions", `{`+caption+strings.Replace(blob, `"size":6`, `"size":7`, 1)+`}`),
		put("record with a blob of another type", "com.example.captions", `{`+caption+strings.Replace(blob, `text/vtt`, `text/plain`, 1)+`}`),
		put("record with a blob", "com.example.captions", `{`+caption+blob+`}`),
		{name: "listBlobs", method: "GET", target: "/xrpc/com.atproto.sync.listBlobs?did={did}"},
		{name: "getBlob", method: "GET", target: "/xrpc/com.atproto.sync.getBlob?did={did}&cid=bafkreiagkj2rbya5jjw33up32z6mp7e33mbco5lzgc3feftfhx2lc74rl4"},
		{name: "getBlob of nothing", method: "GET", target: "/xrpc/com.atproto.sync.getBlob?did={did}&cid=bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"},
		{name: "getBlob of nobody", method: "GET", target: "/xrpc/com.atproto.sync.getBlob?did=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa&cid=bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"},
		{name: "listRepos", method: "GET", target: "/xrpc/com.atproto.sync.listRepos"},
		{name: "getServiceAuth", method: "GET", target: "/xrpc/com.atproto.server.getServiceAuth?aud=did:web:localhost&lxm=com.atproto.repo.uploadBlob", auth: "Bearer {app}"},
		{name: "getServiceAuth for long", method: "GET", target: "/xrpc/com.atproto.server.getServiceAuth?aud=did:web:localhost&lxm=com.atproto.repo.uploadBlob&exp=4102444800", auth: "Bearer {app}"},
		{name: "getServiceAuth in the past", method: "GET", target: "/xrpc/com.atproto.server.getServiceAuth?aud=did:web:localhost&lxm=com.atproto.repo.uploadBlob&exp=1000", auth: "Bearer {app}"},
		{name: "getServiceAuth without a token", method: "GET", target: "/xrpc/com.atproto.server.getServiceAuth?aud=did:web:localhost"},
	}
}

func endSteps() []step {
	const server = "/xrpc/com.atproto.server."
	return []step{
		{name: "deactivate with an app password", method: "POST", target: server + "deactivateAccount", auth: "Bearer {app}", body: `{}`},
		{name: "deactivate", method: "POST", target: server + "deactivateAccount", auth: "Bearer {access}", body: `{}`},
		post("write of a deactivated account", `"text":"hi"`),
		{name: "login of a deactivated account", method: "POST", target: server + "createSession", body: `{"identifier":"probe.test","password":"main-password"}`},
		{name: "session of a deactivated account", method: "GET", target: server + "getSession", auth: "Bearer {app}"},
		{name: "upload of a deactivated account", method: "POST", target: "/xrpc/com.atproto.repo.uploadBlob", auth: "Bearer {app}", kind: "text/vtt", body: "WEBVTT"},
		{name: "listRecords of a deactivated account", method: "GET", target: "/xrpc/com.atproto.repo.listRecords?repo={did}&collection=app.bsky.feed.post"},
		{name: "getRecord of a deactivated account", method: "GET", target: "/xrpc/com.atproto.repo.getRecord?repo={did}&collection=app.bsky.feed.post&rkey=" + rkey},
		{name: "getBlob of a deactivated account", method: "GET", target: "/xrpc/com.atproto.sync.getBlob?did={did}&cid=bafkreiagkj2rbya5jjw33up32z6mp7e33mbco5lzgc3feftfhx2lc74rl4"},
		{name: "handle of a deactivated account", method: "GET", target: "/xrpc/com.atproto.identity.resolveHandle?handle=probe.test"},
		{name: "listRepos of a deactivated account", method: "GET", target: "/xrpc/com.atproto.sync.listRepos"},
	}
}
