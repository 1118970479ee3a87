package api_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func TestScheduledPost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	at := s.clock.Now().Add(time.Hour)
	r := s.call(http.MethodPost, "/post", jsonMap{
		"post": "later", "platforms": []string{"scripted"}, "scheduleDate": at.Format(time.RFC3339), "notes": "for the fair",
	}).want(http.StatusOK)
	equal(t, jsonMap{
		"status": "scheduled", "scheduleDate": "2026-11-20T10:00:00Z", "errors": []any{}, "postIds": []any{},
		"id": r.text("id"), "refId": s.profile.RefID, "post": "later",
	}, r.object())
	pending := s.call(http.MethodGet, "/history/"+r.text("id"), nil).want(http.StatusOK)
	equal(t, jsonMap{
		"id": r.text("id"), "status": "pending", "type": "scheduled", "created": "2026-11-20T09:00:00.000Z",
		"scheduleDate": "2026-11-20T10:00:00Z", "post": "later", "platforms": []any{"scripted"},
		"accountIds": []any{s.account.ID}, "mediaUrls": []any{}, "disableComments": false, "postIds": []any{}, "errors": []any{},
		"progress": []any{jsonMap{"platform": "scripted", "accountId": s.account.ID, "state": "accepted"}},
		"notes":    "for the fair", "profileTitle": s.profile.Title, "refId": s.profile.RefID,
		"requiresApproval": false, "shortenLinks": false,
	}, pending.object())
	s.clock.Advance(time.Hour)
	done := s.settle(r.text("id"))
	equal(t, "success", done.text("status"))
	entries := done.object()["postIds"].([]any)
	delete(entries[0].(jsonMap), "lateSeconds") // the clock runs in steps while the post is awaited
	equal(t, []any{s.published(0)}, entries)
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prefer  string
		applied string
	}{
		"at once":       {"respond-async", "respond-async"},
		"no time":       {"wait=0", "wait=0"},
		"both":          {"respond-async, wait=0", "respond-async, wait=0"},
		"more than max": {`foo="a,wait=3"; bar, WAIT=0, wait=9`, "wait=0"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			gate := coretest.NewGate()
			s.network.Next(coretest.OpCommit, gate.Before)
			r := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}, header{"Prefer", tt.prefer}).want(http.StatusAccepted)
			equal(t, tt.applied, r.header.Get("Preference-Applied"))
			equal(t, "processing", r.text("status"))
			if !strings.Contains(r.text("message"), "/post/"+r.text("id")) {
				t.Errorf("the message does not tell where the outcome is: %s", r.body)
			}
			gate.Await(t)
			during := s.call(http.MethodGet, "/post/"+r.text("id"), nil).want(http.StatusOK)
			equal(t, "processing", during.text("status"))
			progress := during.object()["progress"].([]any)[0].(jsonMap)
			equal(t, any("committing"), progress["state"])
			gate.Open()
			equal(t, "success", s.settle(r.text("id")).text("status"))
		})
	}
}

func TestWaitEnds(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	gate := coretest.NewGate()
	s.network.Next(coretest.OpCommit, gate.Before)
	waits := s.clock.Follow(coretest.Exactly(30 * time.Second))
	answered := s.begin(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}})
	gate.Await(t)
	s.clock.Advance(waits.Next(t))
	r := s.answer(answered).want(http.StatusAccepted)
	gate.Open()
	equal(t, "success", s.settle(r.text("id")).text("status"))
}

// TestPutOffBeyondTheWait: nobody waits for what cannot come in time, and everybody for what
// still may.
func TestPutOffBeyondTheWait(t *testing.T) {
	t.Parallel()
	limit := coretest.Answer(http.StatusTooManyRequests, time.Hour)
	t.Run("every account", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.network.Next(coretest.OpCommit, limit)
		r := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}).want(http.StatusAccepted)
		equal(t, "processing", r.text("status"))
		equal(t, "the post is put off and goes out by itself: do not send it again meanwhile; progress[] tells why, and when it is tried next; GET /post/"+
			r.text("id")+" tells its outcome", r.text("message"))
		progress := r.object()["progress"].([]any)[0].(jsonMap)
		at, err := time.Parse(time.RFC3339, progress["nextTry"].(string))
		if wait := at.Sub(s.clock.Now()); err != nil || wait < time.Hour || wait > time.Hour+time.Minute {
			t.Errorf("nextTry %v lies %v ahead: %v", progress["nextTry"], wait, err)
		}
		equal(t, any(float64(http.StatusTooManyRequests)), progress["lastError"].(jsonMap)["upstream"].(jsonMap)["status"])
		later := s.call(http.MethodGet, "/post/"+r.text("id"), nil).want(http.StatusOK).object()
		equal(t, any([]any{progress}), later["progress"])
		equal(t, "success", s.settle(r.text("id")).text("status"))
	})
	t.Run("one of two accounts", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		gate := coretest.NewGate()
		s.network.Next(coretest.OpCommit, limit, gate.Before)
		body := jsonMap{"post": "a", "platforms": []string{"scripted"}, "accountIds": []string{s.account.ID, s.linkPage().ID}}
		go func() {
			<-gate.Arrived
			gate.Open()
		}()
		r := s.call(http.MethodPost, "/post", body).want(http.StatusAccepted).object()
		equal(t, []int{1, 1}, []int{len(r["postIds"].([]any)), len(r["progress"].([]any))})
	})
	t.Run("for less than the wait", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.network.Next(coretest.OpCommit, coretest.Answer(http.StatusTooManyRequests, 2*time.Minute))
		answered := make(chan *response)
		go func() {
			r, err := s.trySend(t.Context(), http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}},
				header{"X-API-KEY", apiKey}, header{"Prefer", "wait=300"})
			if err != nil {
				t.Error(err)
			}
			answered <- r
		}()
		coretest.Await(t, "the answer", func() bool {
			select {
			case r := <-answered:
				equal(t, "success", r.want(http.StatusOK).text("status"))
				return true
			default:
				s.clock.Advance(time.Second)
				return false
			}
		})
	})
}

// TestReleaseWaiters answers those who wait, and those who come later, at once.
func TestReleaseWaiters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	gate := coretest.NewGate()
	s.network.Always(coretest.OpCommit, gate.Before)
	key := header{"Idempotency-Key", "k"}
	body := jsonMap{"post": "a", "platforms": []string{"scripted"}}
	var answered []<-chan *response
	for i, headers := range [][]header{nil, {key}, {key}} {
		text := []string{"first", "second", "second"}[i]
		answered = append(answered, s.begin(http.MethodPost, "/post", jsonMap{"post": text, "platforms": []string{"scripted"}}, append(headers, header{"Prefer", "wait=300"})...))
	}
	gate.Await(t)
	coretest.Await(t, "two posts", func() bool { // one request waits for the other
		list, _ := s.call(http.MethodGet, "/history", nil).want(http.StatusOK).object()["history"].([]any)
		return len(list) == 2
	})
	s.api.ReleaseWaiters()
	s.api.ReleaseWaiters()
	ids := map[string]bool{}
	for _, a := range answered {
		r := s.answer(a).want(http.StatusAccepted)
		equal(t, "processing", r.text("status"))
		ids[r.text("id")] = true
	}
	equal(t, 2, len(ids))
	s.call(http.MethodPost, "/post", body, header{"Prefer", "wait=300"}).want(http.StatusAccepted)
	gate.Open()
	for id := range ids {
		equal(t, "success", s.settle(id).text("status"))
	}
	if strings.Contains(s.log.String(), "waiting for a post failed") {
		t.Error("the end of the wait was logged as a failure")
	}
}

// TestAnswerAfterTheWriteTimeout lets an answer take longer than the server allows
// for an ordinary one: the post is stored, so its answer must arrive.
func TestAnswerAfterTheWriteTimeout(t *testing.T) {
	t.Parallel()
	const picture = "https://cdn.example/slow.png"
	tests := map[string]struct {
		change jsonMap
		status string
	}{
		"now":   {jsonMap{}, "success"},
		"later": {jsonMap{"scheduleDate": "2026-12-01T00:00:00Z"}, "scheduled"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := jsonMap{"post": "a", "platforms": []string{"scripted"}, "mediaUrls": []string{picture}}
			maps.Copy(body, tt.change)
			coretest.LongEnough(t, 100*time.Millisecond, func(limit time.Duration) error {
				s := newServer(t, func(o *options) {
					o.server = func(srv *http.Server) { srv.WriteTimeout = limit }
				})
				s.assets.Add(coretest.Picture(picture, 4, 4))
				s.assets.Next(picture, func(_ context.Context, apply func() error) error {
					<-time.After(2 * limit)
					return apply()
				})
				r, err := s.trySend(t.Context(), http.MethodPost, "/post", body, header{"X-API-KEY", apiKey})
				if err != nil {
					return err
				}
				equal(t, tt.status, r.want(http.StatusOK).text("status"))
				return nil
			})
		})
	}
}

func TestUncertainPost(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) {
		o.network = func(c *coretest.Config) { c.Unreadable = true }
	})
	s.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	r := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}, header{"Prefer", "respond-async"}).want(http.StatusAccepted)
	done := s.settle(r.text("id"))
	equal(t, "error", done.text("status"))
	p := done.problems()[0]
	equal(t, problem{Code: core.CodeUncertain, Platform: "scripted"}, p)
	if done.object()["retryAvailable"] == true {
		t.Error("a post that may be published can be retried")
	}
	equal(t, 1, len(s.network.Timeline()))
}

// TestLostAnswerIsNoErrorYet: clients take an entry of errors[] for the end.
func TestLostAnswerIsNoErrorYet(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	gate := coretest.NewGate()
	s.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	s.network.Next(coretest.OpReconcile, gate.Before)
	body, key, async := jsonMap{"post": "a", "platforms": []string{"scripted"}}, header{"Idempotency-Key", "k"}, header{"Prefer", "respond-async"}
	id := s.call(http.MethodPost, "/post", body, key, async).want(http.StatusAccepted).text("id")
	coretest.Await(t, "the look-up", func() bool {
		s.clock.Advance(time.Second)
		return len(gate.Arrived) > 0
	})
	during := s.call(http.MethodGet, "/post/"+id, nil).want(http.StatusOK)
	equal(t, "processing", during.text("status"))
	equal(t, 0, len(during.object()["errors"].([]any)))
	progress := during.object()["progress"].([]any)[0].(jsonMap)
	equal(t, any("uncertain"), progress["state"])
	equal(t, any(float64(core.CodeUncertain)), progress["lastError"].(jsonMap)["code"])
	again := s.call(http.MethodPost, "/post", body, key, async).want(http.StatusAccepted)
	equal(t, "the answer of scripted was lost; Crier is finding out whether the post went out: do not send it again meanwhile; "+
		"GET /post/"+id+" tells its outcome", again.text("message"))
	gate.Open()
	equal(t, "success", s.settle(id).text("status"))
}

// TestLostAnswerOfARetry tells when Crier looks next, where that lies ahead.
func TestLostAnswerOfARetry(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.network.Next(coretest.OpCommit, coretest.Answer(http.StatusForbidden, 0), coretest.LoseAnswer)
	id := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}).want(http.StatusBadRequest).text("id")
	s.call(http.MethodPut, "/post/retry", jsonMap{"id": id}).want(http.StatusOK)
	coretest.Await(t, "the lost answer", func() bool {
		return s.call(http.MethodGet, "/post/"+id, nil).want(http.StatusOK).object()["progress"].([]any)[0].(jsonMap)["state"] == "uncertain"
	})
	again := s.call(http.MethodPut, "/post/retry", jsonMap{"id": id}).want(http.StatusOK)
	equal(t, "the answer of scripted was lost; Crier is finding out whether the post went out, and looks next at 2026-11-20T09:00:30Z: "+
		"do not send it again meanwhile; GET /post/"+id+" tells its outcome", again.text("message"))
	equal(t, "success", s.settle(id).text("status"))
}

// TestWhatIsWaitedFor shows a delivery that nobody works on at the moment.
func TestWhatIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	body := jsonMap{"post": "a", "platforms": []string{"scripted"}, "scheduleDate": "2027-06-05T09:30:00Z"}
	id := s.call(http.MethodPost, "/post", body).want(http.StatusOK).text("id")
	deliveries, err := s.store.ListDeliveries(t.Context(), id)
	if err != nil || len(deliveries) != 1 {
		t.Fatal(deliveries, err)
	}
	_, err = s.store.UpdateDelivery(t.Context(), deliveries[0].ID, func(d *core.Delivery) error {
		d.State, d.WaitsFor, d.WaitsSince = core.DeliveryPreparing, "the network is processing the video", s.clock.Now()
		d.Warnings = []core.Warning{{Field: "mediaUrls[0]", Message: "look at this before it is due"}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	shown := s.call(http.MethodGet, "/post/"+id, nil).want(http.StatusOK).object()
	equal(t, any([]any{jsonMap{"platform": "scripted", "accountId": s.account.ID, "field": "mediaUrls[0]", "message": "look at this before it is due"}}), shown["warnings"])
	equal(t, any([]any{jsonMap{
		"platform": "scripted", "accountId": s.account.ID, "state": "preparing",
		"waitsFor": "the network is processing the video", "waitsSince": "2026-11-20T09:00:00.000Z",
	}}), shown["progress"])
}

func TestScheduledBeyondTheLinkIsWarnedOf(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	now := s.clock.Now()
	if _, err := s.store.UpdateAccount(t.Context(), s.account.ID, func(a *core.Account) error {
		a.ExpiresAt = now.Add(time.Hour)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	r := s.call(http.MethodPost, "/post", jsonMap{
		"post": "a", "platforms": []string{"scripted"}, "scheduleDate": now.Add(2 * time.Hour).Format(time.RFC3339),
	}).want(http.StatusOK)
	equal(t, "scheduled", r.text("status"))
	if warning := r.warnings()["scheduleDate"]; !strings.Contains(warning, "link the account again") {
		t.Errorf("the answer does not warn that the link ends before the time: %s", r.body)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.network.Next(coretest.OpCommit, coretest.Answer(http.StatusForbidden, 0))
	r := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}).want(http.StatusBadRequest)
	id := r.text("id")
	equal(t, true, s.call(http.MethodGet, "/post/"+id, nil).object()["retryAvailable"].(bool))

	gate := coretest.NewGate()
	s.network.Next(coretest.OpCommit, gate.Before)
	for range 2 { // repeated by a client
		during := s.call(http.MethodPut, "/post/retry", jsonMap{"id": id, "ID": id}).want(http.StatusOK)
		equal(t, "the post is being sent again; GET /post/"+id+" tells its outcome", during.text("message"))
		equal(t, map[string]string{"ID": "unknown field ID was ignored; did you mean id?"}, during.warnings())
	}
	gate.Open()
	equal(t, "success", s.settle(id).text("status"))
	equal(t, []string{"a"}, s.timeline())
	after := s.call(http.MethodPut, "/post/retry", jsonMap{"id": id}).want(http.StatusOK)
	equal(t, "the post was sent again and is published; nothing is left to do", after.text("message"))
	equal(t, []string{"a"}, s.timeline())

	other := s.call(http.MethodPost, "/post", jsonMap{"post": "b", "platforms": []string{"scripted"}}).want(http.StatusOK)
	equal(t, core.CodeNotRetryable, s.call(http.MethodPut, "/post/retry", jsonMap{"id": other.text("id")}).want(http.StatusBadRequest).problems()[0].Code)
	equal(t, core.CodeHistoryNotFound, s.call(http.MethodPut, "/post/retry", jsonMap{"id": "nope"}).want(http.StatusNotFound).problems()[0].Code)
	equal(t, []string{"id"}, s.call(http.MethodPut, "/post/retry", jsonMap{}).want(http.StatusBadRequest).fields())
	equal(t, []string{"id"}, s.call(http.MethodPut, "/post/retry", jsonMap{"id": 3}).want(http.StatusBadRequest).fields())
}
