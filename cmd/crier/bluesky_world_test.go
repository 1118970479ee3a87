package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/crashtest"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// atNetwork is a network of the AT protocol for tests: a genuine server, or the sandbox.
type atNetwork struct {
	pds, plc string // addresses, without a slash at the end
	// appView is what is asked for handles, threads and figures; video is the service that prepares
	// films, or "off".
	appView, video string
	alice, bob     atAccount
	// advance moves the network's clock ahead.
	advance func(t *testing.T, by time.Duration)
	// consent goes to the page that asks for consent as a browser does, signs in and consents.
	// It returns where the browser is sent to.
	consent func(t *testing.T, page string, who atAccount) string
}

// atAccount is somebody who has an account there.
type atAccount struct{ did, handle, password, appPassword string }

// atWorld is Crier, as a process of its own, between both networks and a server with media.
type atWorld struct {
	t      *testing.T
	net    atNetwork
	server *serverProcess
	public string // where browsers reach it
	api    apiUser
	media  *mediatest.Server
}

// newATWorld starts Crier, where a page of LinkedIn's sandbox is linked and nobody else. The
// settings are added to its own.
func newATWorld(t *testing.T, net atNetwork, settings ...string) *atWorld {
	t.Helper()
	addr, err := crashtest.FreeLocalhost() // the only host of a machine that is a client of OAuth
	if err != nil {
		t.Fatal(err)
	}
	server := newServerProcessAt(t, addr, sandbox.Options{}, append([]string{
		"CRIER_BLUESKY_PLC_URL=" + net.plc, "CRIER_BLUESKY_APPVIEW_URL=" + net.appView, "CRIER_BLUESKY_VIDEO_URL=" + net.video,
		"CRIER_MEDIA_ALLOW=127.0.0.0/8,::1/128", "CRIER_COMMIT_TIMEOUT=30s", "CRIER_LEASE=60s",
	}, settings...)...)
	return &atWorld{
		t: t, net: net, server: server, public: server.url, api: apiUser{t, server.url, crashKey}, media: mediatest.NewServer(t),
	}
}

// in is the same world for a part of the test.
func (w *atWorld) in(t *testing.T) *atWorld {
	other := *w
	other.t, other.api.t = t, t
	return &other
}

// file serves content, and returns its address.
func (w *atWorld) file(name string, content mediatest.Content) string {
	return w.media.URL + w.media.Serve(name, content, mediatest.Behaviour{})
}

// atPost is a post that went out.
type atPost struct {
	ID      string
	Entries map[string]atEntry // by network
}

// atEntry is what became of a post on one network.
type atEntry struct {
	Status, ID, CID, Platform, PostURL string
	Warnings                           []struct{ Message string }
}

// post publishes on Bluesky, and fails the test unless that went well.
func (w *atWorld) post(body map[string]any) atEntry {
	w.t.Helper()
	if body["platforms"] == nil {
		body["platforms"] = []string{"bluesky"}
	}
	p := readPublished(w.t, w.api.ask(http.MethodPost, "/post", body))
	entry := p.Entries["bluesky"]
	if entry.Status != "success" || entry.CID == "" || entry.ID == "" {
		w.t.Fatalf("%+v", p)
	}
	return entry
}

// readPublished reads the answer to POST /post.
func readPublished(t *testing.T, answer map[string]any) atPost {
	t.Helper()
	var p struct {
		ID      string
		PostIDs []atEntry `json:"postIds"`
	}
	raw, err := json.Marshal(answer)
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	out := atPost{ID: p.ID, Entries: map[string]atEntry{}}
	for _, entry := range p.PostIDs {
		out.Entries[entry.Platform] = entry
	}
	return out
}

// refused makes a request that must be refused, and returns what was said about a field.
func (w *atWorld) refused(method, path string, body map[string]any, field string) string {
	w.t.Helper()
	status, answer := w.api.try(method, path, body)
	raw, err := json.Marshal(answer)
	if err != nil {
		w.t.Fatal(err)
	}
	if status < 400 || status > 499 || !strings.Contains(string(raw), fmt.Sprintf("%q:%q", "field", field)) {
		w.t.Errorf("%s %s: %d %s, want a refusal of %s", method, path, status, raw, field)
	}
	return string(raw)
}

// record reads a record from its server.
func (w *atWorld) record(uri string) (cid string, value map[string]any) {
	w.t.Helper()
	parts := strings.Split(strings.TrimPrefix(uri, "at://"), "/")
	if len(parts) != 3 {
		w.t.Fatalf("%q is no address of a record", uri)
	}
	status, body := w.fetch("com.atproto.repo.getRecord", "repo", parts[0], "collection", parts[1], "rkey", parts[2])
	if status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", uri, status, body)
	}
	var got struct {
		CID   string
		Value map[string]any
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		w.t.Fatal(err)
	}
	return got.CID, got.Value
}

// there tells whether the server has a record.
func (w *atWorld) there(uri string) bool {
	w.t.Helper()
	parts := strings.Split(strings.TrimPrefix(uri, "at://"), "/")
	status, body := w.fetch("com.atproto.repo.getRecord", "repo", parts[0], "collection", parts[1], "rkey", parts[2])
	if status != http.StatusOK && !strings.Contains(body, "RecordNotFound") {
		w.t.Fatalf("%s: %d %s", uri, status, body)
	}
	return status == http.StatusOK
}

// blob reads a file that a record has.
func (w *atWorld) blob(ref any) []byte {
	w.t.Helper()
	link, _ := dig(ref, "ref", "$link").(string)
	status, body := w.fetch("com.atproto.sync.getBlob", "did", w.net.alice.did, "cid", link)
	if status != http.StatusOK {
		w.t.Fatalf("%v: %d %s", ref, status, body)
	}
	return []byte(body)
}

func (w *atWorld) fetch(method string, pairs ...string) (status int, body string) {
	w.t.Helper()
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return fetch(w.t, w.net.pds+"/xrpc/"+method+"?"+query.Encode())
}

// dig follows names and numbers into a value; nil: there is nothing.
func dig(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}
