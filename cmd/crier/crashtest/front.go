package crashtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	// tooLate is when a slow request takes effect: after the client has given it up.
	tooLate = commitTimeout + 500*time.Millisecond
	// heldFor is how late a held answer is: in time, and long enough for a kill.
	heldFor = commitTimeout * 7 / 10
)

// front is a network with troubles in front of it, which keeps a record of all that was sent.
type front struct {
	Network
	Site

	server *httptest.Server
	record *record
	posts  []Post

	mu       sync.Mutex
	noise    *rand.Rand // nil: nothing goes wrong but what the posts meet
	underWay int        // requests
	lastEnd  time.Time  // of a request
}

// newFront starts a network on which the posts of the plan meet their troubles. Its folder is
// made below that of the opening.
func newFront(n Network, o Opening, posts []Post) (*front, error) {
	f := &front{Network: n, record: newRecord(o.Clock), posts: posts}
	f.server = httptest.NewUnstartedServer(f)
	o.URL, o.Dir, o.Posts = "http://"+f.server.Listener.Addr().String(), filepath.Join(o.Dir, "network", n.Platform()), len(posts)
	var err error
	if f.Site, err = n.Open(o); err != nil {
		return nil, errors.Join(err, f.server.Listener.Close())
	}
	f.server.Start()
	return f, nil
}

func (f *front) close() error {
	f.server.CloseClientConnections()
	f.server.Close()
	return f.Site.Close()
}

// trouble lets a few of all requests fail, by the seed; nil ends that.
func (f *front) trouble(r *rand.Rand) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.noise = r
}

// idle tells whether nobody has asked anything for some time.
func (f *front) idle(d time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.underWay == 0 && time.Since(f.lastEnd) >= d
}

// enter counts a request that is under way, until leave is called.
func (f *front) enter() (leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.underWay++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.underWay--
		f.lastEnd = time.Now()
	}
}

// ServeHTTP passes requests on to the site, apart from what goes wrong.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer f.enter()()
	creation, creates := f.read(r)
	if !creates {
		f.meet(w, r, f.nextNoise(), func(*httptest.ResponseRecorder) {})
		return
	}
	sent := f.place(r, creation)
	trouble := f.plannedTrouble(sent, f.record.count(sent))
	if trouble == TroubleSlow {
		wait(tooLate)
	}
	// What has come takes effect although the client is killed meanwhile.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	f.meet(w, r, trouble, func(answer *httptest.ResponseRecorder) {
		f.record.note(sent, creation, f.Effect(answer.Code, answer.Body.Bytes()))
	})
}

// read tells what a request is to create; false: nothing.
func (f *front) read(r *http.Request) (c Creation, creates bool) {
	if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return Creation{}, false
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the process was killed while it sent
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return f.Creates(r, body)
}

// place tells which post of the plan a request is for.
func (f *front) place(r *http.Request, c Creation) request {
	number, ok := numberIn(c.Text)
	if !ok || number >= len(f.posts) {
		f.record.complain(fmt.Sprintf("%s %s names no post of the plan: %s", r.Method, r.URL.Path, c.Text))
		number = stray
	}
	return request{number: number, comment: c.Comment}
}

// plannedTrouble is what the plan has a request meet before which so many like it came.
func (f *front) plannedTrouble(sent request, earlier int) Trouble {
	if sent.number < 0 {
		return TroubleNone
	}
	p := f.posts[sent.number]
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
func (f *front) nextNoise() Trouble {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noise == nil {
		return TroubleNone
	}
	return pick(f.noise, []Weighted[Trouble]{
		{960, TroubleNone}, {10, TroubleBusy}, {10, TroubleFailed}, {5, TroubleLimited}, {5, TroubleCutBefore}, {10, TroubleCutAfter},
	})
}

// meet answers a request as the trouble has it, and notes what the site answered if it came so far.
func (f *front) meet(w http.ResponseWriter, r *http.Request, t Trouble, note func(answer *httptest.ResponseRecorder)) {
	switch t {
	case TroubleCutBefore, TroubleFailed, TroubleBusy, TroubleLimited:
		_, _ = io.Copy(io.Discard, r.Body)
		f.refuse(w, t)
		return
	case TroubleNone, TroubleSlow, TroubleHeld, TroubleCutAfter, TroubleSilent, TroubleDisguised:
	}
	answer := httptest.NewRecorder()
	f.Site.ServeHTTP(answer, r)
	note(answer)
	switch t {
	case TroubleCutAfter, TroubleSilent, TroubleDisguised:
		f.refuse(w, t)
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
func (f *front) refuse(w http.ResponseWriter, t Trouble) {
	status := http.StatusInternalServerError
	switch t {
	case TroubleCutAfter, TroubleCutBefore, TroubleSilent:
		panic(http.ErrAbortHandler)
	case TroubleBusy:
		status = http.StatusServiceUnavailable
	case TroubleLimited:
		status = http.StatusTooManyRequests
	case TroubleNone, TroubleFailed, TroubleDisguised, TroubleSlow, TroubleHeld:
	}
	f.Refuse(w, status)
}
