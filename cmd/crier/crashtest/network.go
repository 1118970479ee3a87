package crashtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	// tooLate is when a slow request takes effect: after the client has given it up.
	tooLate = commitTimeout + 500*time.Millisecond
	// heldFor is how late a held answer is: in time, and long enough for a kill.
	heldFor = commitTimeout * 7 / 10
)

// network is a strict LinkedIn with troubles in front of it, which keeps a record of all
// that was sent.
type network struct {
	*sandbox.Sandbox
	server *httptest.Server
	record *record
	posts  []Post

	mu       sync.Mutex
	noise    *rand.Rand // nil: nothing goes wrong but what the posts meet
	underWay int        // requests
	lastEnd  time.Time  // of a request
}

// newNetwork starts a network on which the posts of the plan meet their troubles.
func newNetwork(o sandbox.Options, posts []Post) (*network, error) {
	n := &network{Sandbox: sandbox.New(o), record: newRecord(), posts: posts}
	if err := settle(n.Sandbox); err != nil {
		return nil, err
	}
	n.server = httptest.NewServer(n)
	return n, nil
}

func (n *network) close() error {
	n.server.CloseClientConnections()
	n.server.Close()
	return n.Sandbox.Close()
}

// trouble lets a few of all requests fail, by the seed; nil ends that.
func (n *network) trouble(r *rand.Rand) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.noise = r
}

// idle tells whether nobody has asked anything for some time.
func (n *network) idle(d time.Duration) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.underWay == 0 && time.Since(n.lastEnd) >= d
}

// enter counts a request that is under way, until leave is called.
func (n *network) enter() (leave func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.underWay++
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.underWay--
		n.lastEnd = time.Now()
	}
}

// ServeHTTP passes requests on to the sandbox, apart from what goes wrong.
func (n *network) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer n.enter()()
	comment := strings.HasPrefix(r.URL.Path, "/rest/socialActions/") && strings.HasSuffix(r.URL.Path, "/comments")
	if r.Method != http.MethodPost || !comment && r.URL.Path != "/rest/posts" || r.Header.Get("X-Http-Method-Override") != "" {
		n.meet(w, r, n.nextNoise(), func(int) {})
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the process was killed while it sent
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	number, ok := numberIn(string(body))
	if !ok || number >= len(n.posts) {
		n.record.complain(fmt.Sprintf("%s %s names no post of the plan: %s", r.Method, r.URL.Path, body))
		number = -1
	}
	sent := request{number: number, comment: comment}
	trouble := n.plannedTrouble(sent, n.record.count(sent))
	if trouble == TroubleSlow {
		wait(tooLate)
	}
	// What has come takes effect although the client is killed meanwhile.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	n.meet(w, r, trouble, func(status int) { n.record.note(sent, status) })
}

// plannedTrouble is what the plan has a request meet before which so many like it came.
func (n *network) plannedTrouble(sent request, earlier int) Trouble {
	if sent.number < 0 {
		return TroubleNone
	}
	p := n.posts[sent.number]
	switch {
	case !sent.comment && p.Trouble == TroubleSilent:
		return TroubleSilent
	case !sent.comment && earlier == p.TroubleAt:
		return p.Trouble
	case sent.comment && earlier == 0:
		return p.CommentTrouble
	}
	return TroubleNone
}

// nextNoise is what goes wrong with any other request. Which request meets it depends on
// the order in which they come.
func (n *network) nextNoise() Trouble {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.noise == nil {
		return TroubleNone
	}
	return pick(n.noise, []weighted[Trouble]{
		{960, TroubleNone}, {10, TroubleBusy}, {10, TroubleFailed}, {5, TroubleLimited}, {5, TroubleCutBefore}, {10, TroubleCutAfter},
	})
}

// meet answers a request as the trouble has it, and notes the status that the sandbox
// answered if the request came so far.
func (n *network) meet(w http.ResponseWriter, r *http.Request, t Trouble, note func(status int)) {
	switch t {
	case TroubleCutBefore, TroubleFailed, TroubleBusy, TroubleLimited:
		_, _ = io.Copy(io.Discard, r.Body)
		refuse(w, t)
		return
	case TroubleNone, TroubleSlow, TroubleHeld, TroubleCutAfter, TroubleSilent, TroubleDisguised:
	}
	answer := httptest.NewRecorder()
	n.Sandbox.ServeHTTP(answer, r)
	note(answer.Code)
	switch t {
	case TroubleCutAfter, TroubleSilent, TroubleDisguised:
		refuse(w, t)
		return
	case TroubleHeld:
		wait(heldFor)
	case TroubleNone, TroubleSlow, TroubleCutBefore, TroubleFailed, TroubleBusy, TroubleLimited:
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// refuse gives an answer that says nothing of the effect, or none at all.
func refuse(w http.ResponseWriter, t Trouble) {
	status := http.StatusInternalServerError
	switch t {
	case TroubleCutAfter, TroubleCutBefore, TroubleSilent:
		panic(http.ErrAbortHandler)
	case TroubleBusy:
		status = http.StatusServiceUnavailable
	case TroubleLimited:
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", "1")
	case TroubleNone, TroubleFailed, TroubleDisguised, TroubleSlow, TroubleHeld:
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"status":%d,"message":"trouble"}`, status)
}
