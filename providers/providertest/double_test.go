package providertest_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/providertest"
)

// echo starts a double of a network that answers with what it was sent.
func echo(t *testing.T) *providertest.Double {
	t.Helper()
	return providertest.NewDouble(t, providertest.DoubleConfig{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/bad" {
				w.WriteHeader(http.StatusUnprocessableEntity)
			}
			_, _ = io.Copy(w, r.Body)
		}),
		Classify: func(r *http.Request) providertest.Class {
			body, _ := io.ReadAll(r.Body)
			if strings.HasPrefix(string(body), "post") {
				return providertest.ClassCommit
			}
			return providertest.ClassRead
		},
		Refuse: func(w http.ResponseWriter, _ *http.Request, status int) {
			w.Header().Set("X-Request-Id", "r-1")
			w.WriteHeader(status)
		},
		Posts: func() []providertest.Post { return []providertest.Post{{RemoteID: "1"}} },
	})
}

// answer is what a client gets.
type answer struct {
	Status     int
	Body       string
	RetryAfter string
	RequestID  string
	Cut        bool
}

func send(t *testing.T, ctx context.Context, client *http.Client, url, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		return answer{Cut: true}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{Cut: true}
	}
	return answer{
		Status: response.StatusCode, Body: string(text),
		RetryAfter: response.Header.Get("Retry-After"), RequestID: response.Header.Get("X-Request-Id"),
	}
}

func newClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

func TestDoubleFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path    string
		fault   *providertest.Fault
		want    answer
		applied bool
	}{
		"no fault":        {"/ok", nil, answer{Status: 200, Body: "post 1"}, true},
		"the network's":   {"/bad", nil, answer{Status: 422, Body: "post 1"}, false},
		"refused":         {"/ok", &providertest.Fault{Mode: providertest.Refuse, Status: 503}, answer{Status: 503, RequestID: "r-1"}, false},
		"limited":         {"/ok", &providertest.Fault{Mode: providertest.Refuse, Status: 429, RetryAfter: time.Minute}, answer{Status: 429, RetryAfter: "60", RequestID: "r-1"}, false},
		"misled":          {"/ok", &providertest.Fault{Mode: providertest.Mislead}, answer{Status: 200, Body: "<!DOCTYPE html><title>Sign in</title>"}, false},
		"cut before":      {"/ok", &providertest.Fault{Mode: providertest.CutBefore}, answer{Cut: true}, false},
		"cut after":       {"/ok", &providertest.Fault{Mode: providertest.CutAfter}, answer{Cut: true}, true},
		"cut after a no":  {"/bad", &providertest.Fault{Mode: providertest.CutAfter}, answer{Cut: true}, false},
		"skipped a first": {"/ok", &providertest.Fault{Mode: providertest.CutBefore, Skip: 1}, answer{Status: 200, Body: "post 1"}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double, client := echo(t), newClient(t)
			if tt.fault != nil {
				double.Fail(providertest.ClassCommit, *tt.fault)
			}
			if got := send(t, t.Context(), client, double.URL+"/other", "read 1"); got.Status != 200 {
				t.Errorf("a call of another class got %+v", got)
			}
			if diff := cmp.Diff(tt.want, send(t, t.Context(), client, double.URL+tt.path, "post 1")); diff != "" {
				t.Errorf("answer: %s", diff)
			}
			want := []providertest.Call{
				{Class: providertest.ClassRead, Name: "POST /other", Applied: true},
				{Class: providertest.ClassCommit, Name: "POST " + tt.path, Applied: tt.applied},
			}
			if diff := cmp.Diff(want, double.Calls()); diff != "" {
				t.Errorf("calls: %s", diff)
			}
			double.Heal()
			if got := send(t, t.Context(), client, double.URL+"/ok", "post 2"); got.Status != 200 {
				t.Errorf("after Heal: %+v", got)
			}
		})
	}
}

func TestDoubleStalls(t *testing.T) {
	t.Parallel()
	double := echo(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	double.Fail(providertest.ClassCommit, providertest.Fault{Mode: providertest.Stall, Met: cancel})
	if got := send(t, ctx, newClient(t), double.URL+"/ok", "post 1"); !got.Cut {
		t.Errorf("a stalled call got %+v", got)
	}
	if calls := double.Calls(); len(calls) != 1 || calls[0].Applied {
		t.Errorf("calls: %+v", calls)
	}
	if diff := cmp.Diff([]providertest.Post{{RemoteID: "1"}}, double.Posts()); diff != "" {
		t.Error(diff)
	}
}

func TestUnusedURL(t *testing.T) {
	t.Parallel()
	if got := send(t, t.Context(), newClient(t), providertest.UnusedURL(t), "post"); !got.Cut {
		t.Errorf("somebody answered: %+v", got)
	}
}
