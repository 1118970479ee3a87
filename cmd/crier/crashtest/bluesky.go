package crashtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bluesky is a network of the AT protocol. The zero value is a strict sandbox.
//
// Every post of it has a record key that Crier chooses before it sends the post, so that
// what became of one can be asked at any time, and the same request can create nothing else.
type Bluesky struct {
	// Host starts another one than the sandbox.
	Host func(o Opening) (BlueskyHost, error)
}

// BlueskyHost is the servers that a network of the AT protocol consists of.
type BlueskyHost struct {
	// Handler is all of them at one address, that of the opening, which the documents of the
	// members name as their server; the directory of the members is below /plc.
	Handler http.Handler
	// Members are so many as Bluesky.Accounts.
	Members  []BlueskyMember
	Settings []string // of the processes, besides the addresses
	Close    func() error
}

// BlueskyMember is somebody with an account.
type BlueskyMember struct{ DID, Handle, AppPassword string }

// blueskyPlatform is the network's name.
const blueskyPlatform = "bluesky"

// Platform implements Network.
func (Bluesky) Platform() string { return blueskyPlatform }

// Accounts implements Network.
func (Bluesky) Accounts() []Account {
	return []Account{{Name: "Alice", Reads: true, Comments: true}, {Name: "Bob", Reads: true, Comments: true}}
}

// Kinds implements Network.
func (Bluesky) Kinds() []Weighted[Kind] {
	return []Weighted[Kind]{{6, KindText}, {4, KindImage}, {2, KindImages}, {2, KindVideo}, {2, KindLink}, {3, KindReply}, {3, KindQuote}}
}

// Options implements Network.
func (Bluesky) Options(k Kind, about string) (field string, value map[string]any) {
	switch k {
	case KindLink:
		value = map[string]any{"link": map[string]any{"url": about}}
	case KindReply:
		value = map[string]any{"replyTo": about}
	case KindQuote:
		value = map[string]any{"quote": about}
	case KindText, KindImage, KindImages, KindVideo, KindDocument, KindPoll:
		return "", nil
	}
	return "blueSkyOptions", value
}

// Open implements Network.
func (b Bluesky) Open(o Opening) (Site, error) {
	open := b.Host
	if open == nil {
		open = newBlueskySandbox
	}
	host, err := open(o)
	if err == nil && len(host.Members) != len(b.Accounts()) {
		err = fmt.Errorf("it has %d members instead of %d", len(host.Members), len(b.Accounts()))
	}
	return &blueskySite{BlueskyHost: host, opening: o}, err
}

// blueskySite is a host that runs.
type blueskySite struct {
	BlueskyHost

	opening Opening
}

// ServeHTTP implements http.Handler.
func (s *blueskySite) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.Handler.ServeHTTP(w, r) }

// Close implements Site.
func (s *blueskySite) Close() error { return s.BlueskyHost.Close() }

// Settings implements Site.
func (s *blueskySite) Settings() []string {
	return append([]string{
		"CRIER_BLUESKY_PLC_URL=" + s.opening.URL + plcPath, "CRIER_BLUESKY_APPVIEW_URL=" + s.opening.URL,
		"CRIER_BLUESKY_WEB_URL=" + s.opening.URL,
	}, s.BlueskyHost.Settings...)
}

// Authors implements Site.
func (s *blueskySite) Authors() []Author {
	var list []Author
	for _, m := range s.Members {
		list = append(list, Author{ID: m.DID, Grant: map[string]any{"handle": m.Handle, "appPassword": m.AppPassword}})
	}
	return list
}

// Refuse implements Site.
// https://atproto.com/specs/xrpc#error-responses
func (s *blueskySite) Refuse(w http.ResponseWriter, status int) {
	name := map[int]string{
		http.StatusServiceUnavailable: "NotEnoughResources", http.StatusTooManyRequests: "RateLimitExceeded",
	}[status]
	if status == http.StatusTooManyRequests {
		h := w.Header()
		h.Set("RateLimit-Limit", "3000")
		h.Set("RateLimit-Remaining", "0")
		h.Set("RateLimit-Reset", strconv.FormatInt(s.opening.Clock.Now().Add(time.Second).Unix(), 10))
		h.Set("RateLimit-Policy", "3000;w=300")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":%q,"message":"trouble"}`, cmp.Or(name, "InternalServerError"))
}

// Creates implements Site: it knows each of the calls that can write a post.
func (*blueskySite) Creates(r *http.Request, body []byte) (Creation, bool) {
	var sent struct {
		Collection string     `json:"collection"`
		Record     postRecord `json:"record"`
		Writes     []struct {
			Collection string     `json:"collection"`
			Value      postRecord `json:"value"`
		} `json:"writes"`
	}
	method, _ := strings.CutPrefix(r.URL.Path, "/xrpc/com.atproto.repo.")
	switch method {
	case "putRecord", "createRecord", "applyWrites":
	default:
		return Creation{}, false
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return Creation{Text: string(body)}, true // the front complains of it
	}
	record, creates := sent.Record, sent.Collection == postCollection
	for _, write := range sent.Writes {
		if write.Collection == postCollection && write.Value.Type == postCollection {
			record, creates = write.Value, true
		}
	}
	return Creation{Text: record.Text, Comment: record.isComment()}, creates
}

// Effect implements Site. A record that was there already, to the byte, is answered like one
// that is created, but without a commit.
func (*blueskySite) Effect(status int, body []byte) Effect {
	type named struct {
		URI string `json:"uri"`
	}
	var answer struct {
		named

		Commit  *struct{} `json:"commit"`
		Results []named   `json:"results"`
	}
	if status != http.StatusOK || json.Unmarshal(body, &answer) != nil {
		return Effect{}
	}
	effect := Effect{Kind: EffectSame, ID: answer.URI}
	for _, result := range answer.Results {
		if strings.Contains(result.URI, "/"+postCollection+"/") {
			effect.ID = result.URI
		}
	}
	if answer.Commit != nil {
		effect.Kind = EffectMade
	}
	return effect
}
