package double_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/double"
)

// seen is what became of a request.
type seen struct {
	Applied bool
	Status  int // 0: the connection was cut
	Answer  string
}

// Each action that every double has does what it says, to requests of a double without others.
func TestAround(t *testing.T) {
	t.Parallel()
	respond := double.Respond(http.StatusTeapot, `{"error":"tea"}`)
	for name, tc := range map[string]struct {
		fault double.Fault
		want  seen
	}{
		"respond":                   {respond, seen{Status: http.StatusTeapot, Answer: `{"error":"tea"}`}},
		"delay":                     {double.Delay(time.Nanosecond), seen{true, http.StatusOK, "text"}},
		"cut before":                {double.CutBefore(), seen{}},
		"cut after":                 {double.CutAfter(), seen{Applied: true}},
		"cut during":                {double.CutDuring(3), seen{}},
		"cut during a shorter body": {double.CutDuring(5), seen{Applied: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got seen
			faults := double.NewFaults("POST /posts", double.Actions()...)
			server := httptest.NewServer(faults.Around(core.SystemClock{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				got.Applied = err == nil
				_, _ = w.Write(body)
			})))
			if err := faults.Next("POST /posts", tc.fault); err != nil {
				t.Fatal(err)
			}
			got.Status, got.Answer = post(t, server)
			server.Close() // whose handlers have ended then
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if left := faults.Armed(); len(left) != 0 {
				t.Errorf("still armed: %v", left)
			}
		})
	}
}

func post(t *testing.T, server *httptest.Server) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/posts", strings.NewReader("text"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(r)
	if errors.Is(err, io.EOF) {
		return 0, ""
	}
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// The control API moves time, arms faults and resets; a move that is refused is no move.
func TestControls(t *testing.T) {
	t.Parallel()
	moved, resets := 0, 0
	clock := double.NewClock(core.SystemClock{})
	faults := double.NewFaults("POST /posts", double.Actions("own")...)
	controls := double.NewControls(clock, faults, func() { moved++ })
	mux := http.NewServeMux()
	controls.Routes(mux, func() { resets++ })
	do := func(path, body string) int {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w.Code
	}
	for _, tc := range []struct {
		path, body string
		status     int
	}{
		{"/sandbox/clock", `{"days":2}`, http.StatusOK},
		{"/sandbox/clock", `{"days":-1}`, http.StatusBadRequest},
		{"/sandbox/clock", `{"advance":"1h"}`, http.StatusOK},
		{"/sandbox/faults", `{"match":"POST /posts","action":"own"}`, http.StatusCreated},
		{"/sandbox/faults", `{"match":"POST /posts","action":"others"}`, http.StatusBadRequest},
		{"/sandbox/reset", ``, http.StatusNoContent},
	} {
		if got := do(tc.path, tc.body); got != tc.status {
			t.Errorf("%s %s: %d, want %d", tc.path, tc.body, got, tc.status)
		}
	}
	if ahead := clock.Lead(); moved != 2 || resets != 1 || ahead != 49*time.Hour {
		t.Errorf("moved %d times, by %v; reset %d times", moved, ahead, resets)
	}
	if armed := controls.Faults(); len(armed) != 1 || armed[0].Fault.Action != "own" {
		t.Errorf("armed: %v", armed)
	}
	if controls.Reset(); len(controls.Faults()) != 0 || clock.Lead() != 0 || moved != 3 {
		t.Errorf("after a reset: ahead by %v, armed: %v, moved %d times", clock.Lead(), controls.Faults(), moved)
	}
}
