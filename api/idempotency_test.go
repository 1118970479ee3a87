package api_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	key := header{"Idempotency-Key", "order-4711"}
	body := `{"post":"a","platforms":["scripted"],"colour":1}`
	first := s.call(http.MethodPost, "/post", body, key).want(http.StatusOK)
	if first.header.Get("Idempotency-Replayed") != "" {
		t.Error("the first answer says that it is a repetition")
	}
	again := s.call(http.MethodPost, "/api/post", body, key).want(http.StatusOK)
	equal(t, string(first.body), string(again.body))
	equal(t, "true", again.header.Get("Idempotency-Replayed"))

	conflict := s.call(http.MethodPost, "/post", `{"post":"b","platforms":["scripted"]}`, key).want(http.StatusUnprocessableEntity)
	equal(t, core.CodeKeyConflict, conflict.problems()[0].Code)
	equal(t, []string{"a"}, s.timeline())

	equal(t, []string{"Idempotency-Key"}, s.call(http.MethodPost, "/post", body, key, header{"Idempotency-Key", "order-4712"}).want(http.StatusBadRequest).fields())
	equal(t, string(first.body), string(s.call(http.MethodPost, "/post", body, key, key).want(http.StatusOK).body))

	for _, bad := range []string{string(bytes.Repeat([]byte("k"), 256)), "ключ"} {
		r := s.call(http.MethodPost, "/post", body, header{"Idempotency-Key", bad}).want(http.StatusBadRequest)
		equal(t, []string{"Idempotency-Key"}, r.fields())
	}
}

func TestIdempotencyKeyOfAFailure(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	key := header{"Idempotency-Key", "k"}
	refused := jsonMap{"post": "a", "platforms": []string{"nowhere"}}
	first := s.call(http.MethodPost, "/post", refused, key).want(http.StatusBadRequest)
	again := s.call(http.MethodPost, "/post", refused, key).want(http.StatusBadRequest)
	equal(t, string(first.body), string(again.body))
	problem := header{"Accept", "application/problem+json"}
	details := s.call(http.MethodPost, "/post", refused, key, problem).want(http.StatusBadRequest)
	equal(t, string(details.body), string(s.call(http.MethodPost, "/post", refused, key, problem).body))

	// What created no post does not use a key up.
	other := header{"Idempotency-Key", "other"}
	s.call(http.MethodPost, "/post", `{"post":`, other).want(http.StatusBadRequest)
	s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}, other).want(http.StatusOK)
}

// odd is a publisher whose outcomes cannot be shown.
type odd struct{ api.Publisher }

func (p odd) Accept(ctx context.Context, s publish.Submission) (publish.Outcome, error) {
	o, err := p.Publisher.Accept(ctx, s)
	o.Post.Status = core.PostSuccess
	for i := range o.Deliveries {
		o.Deliveries[i].State = core.DeliveryPublished
		o.Deliveries[i].Receipt.Extra = map[string]any{"x": func() {}}
	}
	return o, err
}

// TestIdempotencyKeyOfADefect: the post is stored, and no answer may say that nothing
// was.
func TestIdempotencyKeyOfADefect(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) {
		o.idle = true
		o.api = func(c *api.Config) { c.Publisher = odd{c.Publisher} }
	})
	r := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}, header{"Idempotency-Key", "k"})
	equal(t, core.CodeInternal, r.want(http.StatusInternalServerError).problems()[0].Code)
}

func TestIdempotencyKeyIsTheProfilesOwn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.addProfile("Other", "OTHER-KEY")
	body, key := jsonMap{"post": "a", "platforms": []string{"scripted"}}, header{"Idempotency-Key", "k"}
	mine := s.call(http.MethodPost, "/post", body, key).want(http.StatusOK)
	theirs := s.call(http.MethodPost, "/post", body, key, header{"Profile-Key", "OTHER-KEY"}).want(http.StatusBadRequest)
	equal(t, core.CodeNotLinked, theirs.problems()[0].Code)
	for _, path := range []string{"/post/", "/history/"} {
		s.call(http.MethodGet, path+mine.text("id"), nil, header{"Profile-Key", "OTHER-KEY"}).want(http.StatusNotFound)
	}
}

// TestIdempotencyKeyAfterADeath answers for a post whose server died before it
// had answered: nothing is published again.
func TestIdempotencyKeyAfterADeath(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) {
		o.api = func(c *api.Config) { c.Requests = forgetful{c.Requests} }
	})
	key, body := header{"Idempotency-Key", "k"}, `{"post":"a","platforms":["scripted"],"colour":1}`
	first := s.call(http.MethodPost, "/post", body, key).want(http.StatusOK)
	again := s.call(http.MethodPost, "/post", body, key).want(http.StatusOK)
	equal(t, string(first.body), string(again.body))
	equal(t, []string{"a"}, s.timeline())
}

// TestIdempotencyKeyOfALatePost repeats the request of a scheduled post whose answer
// was lost after its time has come: it was not sent at once, and nothing says so.
func TestIdempotencyKeyOfALatePost(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) {
		o.api = func(c *api.Config) { c.Requests = forgetful{c.Requests} }
	})
	key := header{"Idempotency-Key", "k"}
	body := `{"post":"a","platforms":["scripted"],"scheduleDate":"2026-11-20T10:00:00Z"}`
	first := s.call(http.MethodPost, "/post", body, key).want(http.StatusOK)
	equal(t, "scheduled", first.text("status"))
	s.clock.Advance(2 * time.Hour)
	s.settle(first.text("id"))
	again := s.call(http.MethodPost, "/post", body, key).want(http.StatusOK)
	equal(t, "success", again.text("status"))
	equal(t, map[string]string{}, again.warnings())
}

// forgetful loses the answers, as a process does that dies before it stores them.
type forgetful struct{ store.Requests }

func (forgetful) AnswerRequest(ctx context.Context, _ store.Request) error { return ctx.Err() }

func TestIdempotencyKeyRaces(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const callers = 20
	bodies := make([]string, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			r, err := s.trySend(t.Context(), http.MethodPost, "/post", `{"post":"a","platforms":["scripted"]}`,
				header{"X-API-KEY", apiKey}, header{"Idempotency-Key", "k"})
			if err != nil {
				t.Error(err)
				return
			}
			bodies[i] = fmt.Sprint(r.status, string(r.body))
		})
	}
	wg.Wait()
	for _, b := range bodies {
		equal(t, bodies[0], b)
	}
	equal(t, []string{"a"}, s.timeline())
}

// TestIdempotencyKeyOfAnUnfinishedAnswer repeats a request whose first answer told
// no outcome: 202, or none at all because the client had gone.
func TestIdempotencyKeyOfAnUnfinishedAnswer(t *testing.T) {
	t.Parallel()
	tests := map[string]func(s *server, gate *coretest.Gate, key header, body string){
		"answered at once": func(s *server, gate *coretest.Gate, key header, body string) {
			s.call(http.MethodPost, "/post", body, key, header{"Prefer", "respond-async"}).want(http.StatusAccepted)
			gate.Await(s.t)
		},
		"client gone": func(s *server, gate *coretest.Gate, key header, body string) {
			ctx, cancel := context.WithCancel(s.t.Context())
			go func() {
				<-gate.Arrived
				cancel()
			}()
			if _, err := s.trySend(ctx, http.MethodPost, "/post", body, key, header{"X-API-KEY", apiKey}); err == nil {
				s.t.Error("the request was answered")
			}
		},
	}
	for name, first := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			gate := coretest.NewGate()
			s.network.Next(coretest.OpCommit, gate.Before)
			key, body := header{"Idempotency-Key", "k"}, `{"post":"a","platforms":["scripted"],"colour":1}`
			first(s, gate, key, body)
			during := s.call(http.MethodPost, "/post", body, key, header{"Prefer", "wait=0"}).want(http.StatusAccepted)
			equal(t, "true", during.header.Get("Idempotency-Replayed"))
			gate.Open()
			final := s.call(http.MethodPost, "/post", body, key, header{"Prefer", "wait=300"}).want(http.StatusOK)
			equal(t, []any{"success", during.text("id")}, []any{final.text("status"), final.text("id")})
			equal(t, 1, len(final.object()["warnings"].([]any)))
			again := s.call(http.MethodPost, "/post", body, key, header{"Prefer", "respond-async"}).want(http.StatusOK)
			equal(t, string(final.body), string(again.body))
			equal(t, []string{"a"}, s.timeline())
		})
	}
}

func TestIdempotencyKeyInProgress(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	gate := coretest.NewGate()
	s.network.Next(coretest.OpCommit, gate.Before)
	key, body := header{"Idempotency-Key", "k"}, `{"post":"a","platforms":["scripted"]}`
	first := s.begin(http.MethodPost, "/post", body, key, header{"Prefer", "wait=300"})
	gate.Await(t)
	conflict := s.call(http.MethodPost, "/post", `{"post":"b","platforms":["scripted"]}`, key).want(http.StatusUnprocessableEntity)
	equal(t, core.CodeKeyConflict, conflict.problems()[0].Code)

	waits := s.clock.Follow(coretest.Exactly(30 * time.Second))
	second := s.begin(http.MethodPost, "/post", body, key)
	s.clock.Advance(waits.Next(t))
	busy := s.answer(second).want(http.StatusConflict)
	equal(t, core.CodeKeyInProgress, busy.problems()[0].Code)
	equal(t, "1", busy.header.Get("Retry-After"))
	gate.Open()
	s.answer(first).want(http.StatusOK)
	equal(t, []string{"a"}, s.timeline())
}

func TestBodyIdempotencyKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	body := jsonMap{"post": "a", "platforms": []string{"scripted"}, "idempotencyKey": "k"}
	first := s.call(http.MethodPost, "/post", body, header{"Idempotency-Key", "h"}).want(http.StatusOK)
	equal(t, core.CodeKeyReused, s.call(http.MethodPost, "/post", body).want(http.StatusBadRequest).problems()[0].Code)
	again := s.call(http.MethodPost, "/post", body, header{"Idempotency-Key", "h"}).want(http.StatusOK)
	equal(t, string(first.body), string(again.body))
	equal(t, []string{"a"}, s.timeline())
}

// TestHangingUp lets clients go away in the middle of their requests: what was
// accepted is published once, and the next request is served.
func TestHangingUp(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			s.network.Next(coretest.OpCommit, func(_ context.Context, apply func() error) error {
				cancel()
				return apply()
			})
			_, _ = s.trySend(ctx, http.MethodPost, "/post", jsonMap{"post": fmt.Sprint("a", i), "platforms": []string{"scripted"}}, header{"X-API-KEY", apiKey})
			cancel()
		})
	}
	wg.Wait()
	s.call(http.MethodPost, "/post", jsonMap{"post": "last", "platforms": []string{"scripted"}}).want(http.StatusOK)
	var accepted []string
	for _, entry := range s.call(http.MethodGet, "/history?limit=1000", nil).want(http.StatusOK).object()["history"].([]any) {
		post := s.settle(entry.(jsonMap)["id"].(string))
		equal(t, "success", post.text("status"))
		accepted = append(accepted, post.text("post"))
	}
	published := s.timeline()
	slices.Sort(accepted)
	slices.Sort(published)
	equal(t, accepted, published)
}
