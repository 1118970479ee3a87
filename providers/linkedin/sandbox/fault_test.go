package sandbox_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func (b *box) next(pattern string, faults ...sandbox.Fault) {
	b.t.Helper()
	if err := b.Next(pattern, faults...); err != nil {
		b.t.Fatal(err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		fault  sandbox.Fault
		status int // 0: the connection breaks
		body   string
		posts  int
	}{
		{"JSON", sandbox.Respond(503, `{"status":503,"code":"SERVICE_UNAVAILABLE"}`), 503, "SERVICE_UNAVAILABLE", 0},
		{"HTML of a gateway", sandbox.Respond(502, "<html>Bad gateway</html>"), 502, "<html>", 0},
		{"no body", sandbox.Respond(500, ""), 500, "", 0},
		{"rate limit", sandbox.RateLimit(), 429, `"serviceErrorCode":101`, 0},
		{"token expires", sandbox.ExpireToken(), 401, "EXPIRED_ACCESS_TOKEN", 0},
		{"cut before", sandbox.CutBefore(), 0, "", 0},
		{"cut after", sandbox.CutAfter(), 0, "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.next("POST /rest/posts", tt.fault)
			a, err := b.try("POST", "/rest/posts", body(nil))
			if (err != nil) != (tt.status == 0) {
				t.Fatalf("answer %+v, error %v", a, err)
			}
			if a.status != tt.status || !strings.Contains(a.body, tt.body) {
				t.Errorf("status %d, body %q; want %d with %q", a.status, a.body, tt.status, tt.body)
			}
			if n := len(b.Posts()); n != tt.posts {
				t.Errorf("%d posts, want %d", n, tt.posts)
			}
			if got := b.Faults(); len(got) != 0 {
				t.Errorf("faults left: %+v", got)
			}
			if calls := b.WriteCalls(); len(calls) != 1 || calls[0].Fault != tt.fault.Action {
				t.Errorf("journal %+v", calls)
			}
		})
	}
}

// On a clock that moves, the request that the token expires with is late already.
func TestExpireTokenFailsTheRequestItself(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"GET /v2/userinfo", "GET /rest/me", "POST /rest/posts"} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			b := start(t, func(o *sandbox.Options) { o.Clock, o.EveryVersion = core.SystemClock{}, true })
			b.next(target, sandbox.ExpireToken())
			method, path, _ := strings.Cut(target, " ")
			for range 2 {
				if e := b.want(http.StatusUnauthorized, method, path, "").problem(t); e.Code != "EXPIRED_ACCESS_TOKEN" {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

func TestALostAnswerIsFoundByRepeatingTheRequest(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.next("POST /rest/posts", sandbox.CutAfter())
	if _, err := b.try("POST", "/rest/posts", body(nil)); err == nil {
		t.Fatal("the first answer arrived")
	}
	e := b.want(http.StatusUnprocessableEntity, "POST", "/rest/posts", body(nil)).problem(t)
	if urn := b.Posts()[0].URN; !strings.HasSuffix(e.Message, "duplicate of "+urn) {
		t.Errorf("message %q does not name %s", e.Message, urn)
	}
}

func TestFaultsHitInOrder(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.next("POST /rest/posts", sandbox.Respond(500, ""), sandbox.Fault{Action: sandbox.ActionRateLimit, Times: 2})
	b.next("* *", sandbox.Fault{Action: sandbox.ActionRespond, Status: 503, Times: -1})
	var got []int
	for range 5 {
		got = append(got, b.do("POST", "/rest/posts", body(nil)).status)
	}
	got = append(got, b.do("GET", "/v2/userinfo", "").status)
	if diff := cmp.Diff([]int{500, 429, 429, 503, 503, 503}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	b.want(http.StatusOK, "GET", "/sandbox/faults", "")
	b.ClearFaults()
	b.post(nil)
}

func TestFaultsMatchActionsAndUploads(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.next("POST /rest/images?action=initializeUpload", sandbox.Respond(500, ""))
	b.next("PUT /dms-uploads/*", sandbox.CutAfter())
	b.post(nil)
	b.want(http.StatusInternalServerError, "POST", "/rest/images?action=initializeUpload", "{}")
	u := b.initialize(sandbox.PageURN)
	if _, err := b.try("PUT", u.URL, string(pngOf(t, 2, 2))); err == nil {
		t.Error("the upload was answered")
	}
	if got := b.imageState(u.Image).Status; got != "AVAILABLE" {
		t.Errorf("the upload was not applied: %s", got)
	}
}

func TestFaultsAreChecked(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Options{})
	for name, err := range map[string]error{
		"no path":        s.Next("POST", sandbox.CutAfter()),
		"nothing":        s.Next("", sandbox.CutAfter()),
		"no action":      s.Next("* *", sandbox.Fault{}),
		"no status":      s.Next("* *", sandbox.Fault{Action: sandbox.ActionRespond}),
		"negative delay": s.Next("* *", sandbox.Delay(-1)),
		"delay of 0":     s.Next("* *", sandbox.Delay(0)),
		"negative bytes": s.Next("* *", sandbox.CutDuring(-1)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := s.Faults(); len(got) != 0 {
		t.Errorf("faults %+v", got)
	}
}

func TestDelayAndLatencyRunOnTheClock(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.Latency = sandbox.Latency{Min: time.Second, Max: 2 * time.Second, Seed: 1} })
	b.next("POST /rest/posts", sandbox.Delay(time.Minute))
	done := make(chan answer)
	go func() {
		a, err := b.try("POST", "/rest/posts", body(nil))
		if err != nil {
			t.Error(err)
		}
		done <- a
	}()
	b.clock.BlockUntil(1)
	b.clock.Advance(time.Minute)
	select {
	case a := <-done:
		t.Fatalf("answered before the latency had passed: %+v", a)
	default:
	}
	b.clock.Advance(2 * time.Second)
	if a := <-done; a.status != http.StatusCreated {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

// A client that hangs up while it waits leaves the fault in the journal, and nothing else.
func TestHangingUpDuringADelay(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	b.next("DELETE *", sandbox.Delay(time.Minute))
	ctx, cancel := context.WithCancel(t.Context())
	r := b.request("DELETE", "/rest/posts/"+enc(urn), "").WithContext(ctx)
	outcome := make(chan any)
	go func() {
		defer func() { outcome <- recover() }()
		b.ServeHTTP(httptest.NewRecorder(), r)
	}()
	b.clock.BlockUntil(1)
	cancel()
	if diff := cmp.Diff(any(http.ErrAbortHandler), <-outcome, cmpopts.EquateErrors()); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	if got := b.Requests()[1]; got.Status != 0 || got.Fault != sandbox.ActionDelay {
		t.Errorf("journal %+v", got)
	}
	if len(b.Posts()) != 1 {
		t.Error("the post was deleted")
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.MaxRequests = 4 })
	b.want(http.StatusOK, "GET", "/v2/userinfo?access_token="+sandbox.PageToken, "")
	b.post(nil)
	b.want(http.StatusBadRequest, "GET", "/rest/posts?ids=List(a)", "", without("X-Restli-Protocol-Version"), token(sandbox.OtherToken))
	b.want(http.StatusUnauthorized, "DELETE", "/rest/posts/x", "", token("nobody"))
	now := b.clock.Now()
	want := []sandbox.Request{
		{Seq: 1, Time: now, Method: "GET", Path: "/v2/userinfo", Query: "access_token=[redacted]", RestMethod: "GET", Status: 200, Token: sandbox.PageToken},
		{Seq: 2, Time: now, Method: "POST", Path: "/rest/posts", RestMethod: "CREATE", Status: 201, Token: sandbox.PageToken},
		{
			Seq: 3, Time: now, Method: "GET", Path: "/rest/posts", Query: "ids=List(a)", RestMethod: "BATCH_GET", Status: 400, Token: sandbox.OtherToken,
			Notes: []string{"X-Restli-Protocol-Version: 2.0.0 is missing: lists and records are not parsed"},
		},
		{Seq: 4, Time: now, Method: "DELETE", Path: "/rest/posts/x", Status: 401},
	}
	if diff := cmp.Diff(want, b.Requests()); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	if got := b.WriteCalls(); len(got) != 2 || got[0].Seq != 2 || got[1].Seq != 4 {
		t.Errorf("write calls %+v", got)
	}
	b.want(http.StatusOK, "GET", "/v2/userinfo", "")
	if got := b.Requests(); len(got) != 4 || got[0].Seq != 2 {
		t.Errorf("the journal is not bounded: %+v", got)
	}
	counts := b.Counts()
	wantCalls := map[string]int{"GET /v2/userinfo": 2, "posts.CREATE": 1, "posts.BATCH_GET": 1, "other": 1}
	if diff := cmp.Diff(wantCalls, counts.Calls); diff != "" || counts.Requests != 5 || counts.Posts != 1 {
		t.Errorf("counts %+v\n%s", counts, diff)
	}
}
