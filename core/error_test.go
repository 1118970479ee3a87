package core_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

func TestKindsAreAppendOnly(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, k := range core.Kinds() {
		lines = append(lines, string(k))
	}
	appendOnly(t, "kinds.golden", lines)
	slices.Sort(lines)
	if diff := cmp.Diff(constants(t, "error.go", "Kind"), lines); diff != "" {
		t.Errorf("declared (-) and listed (+) kinds differ: %s", diff)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  core.Error
		want bool
	}{
		"a definite answer":         {core.Error{Kind: core.KindInvalid, Status: 400}, true},
		"no connection":             {core.Error{Kind: core.KindTemporary, Unsent: true}, true},
		"not ready yet":             {core.Error{Kind: core.KindTemporary, Status: 400}, true},
		"a server that gave up":     {core.Error{Kind: core.KindTemporary, Status: 408}, false},
		"a server in trouble":       {core.Error{Kind: core.KindTemporary, Status: 503}, false},
		"a cut connection":          {core.Error{Kind: core.KindTemporary}, false},
		"a redirect":                {core.Error{Kind: core.KindTemporary, Status: 302}, false},
		"a defect in the adapter":   {core.Error{Kind: core.KindInternal}, false},
		"an uncertainty of its own": {core.Error{Kind: core.KindUncertain}, false},
	} {
		if got := tc.err.Refused(); got != tc.want {
			t.Errorf("%s: proves that nothing was made: %v, want %v", name, got, tc.want)
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  *core.Error
		want string
	}{
		"message alone": {&core.Error{Message: "too long"}, "too long"},
		"with a place":  {&core.Error{Op: "x.plan", Field: "post", Message: "too long"}, "x.plan: post: too long"},
		"with an answer": {
			&core.Error{Op: "x.commit", Message: "refused", Status: 422, Upstream: "DUP", RequestID: "r1"},
			"x.commit: refused (upstream 422 DUP, request r1)",
		},
		"with an answer that names nothing":   {&core.Error{Message: "refused", Status: 429}, "refused (upstream 429)"},
		"with an answer that names a request": {&core.Error{Message: "refused", Status: 429, RequestID: "r1"}, "refused (upstream 429, request r1)"},
		"with a cause":                        {&core.Error{Message: "lost", Err: io.ErrUnexpectedEOF}, "lost: unexpected EOF"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestErrorIsStoredWithoutItsCause(t *testing.T) {
	t.Parallel()
	e := core.Error{
		Kind: core.KindRateLimited, Code: core.CodeUpstreamRateLimit, Op: "x.commit", Platform: "x", Field: "post",
		Message: "slow down", Help: "Wait.", Status: 429, Upstream: "LIMIT", RequestID: "r1", RemoteID: "p1",
		RetryAfter: time.Minute, Unsent: true, Err: errors.New("for the log"),
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var got core.Error
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := e
	want.Err = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	inner := &core.Error{Kind: core.KindAuth, Err: &core.Error{Kind: core.KindInvalid}}
	tests := map[string]struct {
		err  error
		want core.Kind
	}{
		"nil":           {nil, ""},
		"direct":        {&core.Error{Kind: core.KindMedia}, core.KindMedia},
		"wrapped":       {fmt.Errorf("while posting: %w", inner), core.KindAuth},
		"joined":        {errors.Join(io.EOF, inner), core.KindAuth},
		"first of many": {core.Errors{{Kind: core.KindUnsupported}, {Kind: core.KindInvalid}}, core.KindUnsupported},
		"another type":  {io.EOF, core.KindInternal},
		"without kind":  {&core.Error{}, core.KindInternal},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := core.KindOf(tt.err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAsErrors(t *testing.T) {
	t.Parallel()
	a, b := &core.Error{Kind: core.KindInvalid, Field: "a"}, &core.Error{Kind: core.KindMedia, Field: "b"}
	outer := &core.Error{Kind: core.KindUncertain, Err: core.Errors{a, b}}
	tests := map[string]struct {
		err  error
		want core.Errors
	}{
		"nil":          {nil, nil},
		"one":          {a, core.Errors{a}},
		"wrapped one":  {fmt.Errorf("plan: %w", a), core.Errors{a}},
		"several":      {core.Errors{a, b}, core.Errors{a, b}},
		"wrapped list": {fmt.Errorf("plan: %w", core.Errors{a, b}), core.Errors{a, b}},
		"joined":       {errors.Join(a, io.EOF, fmt.Errorf("plan: %w", b)), core.Errors{a, b}},
		"joined lists": {errors.Join(core.Errors{a}, core.Errors{b}), core.Errors{a, b}},
		"one's cause":  {outer, core.Errors{outer}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := core.AsErrors(tt.err); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAsErrorsOfAnotherType(t *testing.T) {
	t.Parallel()
	got := core.AsErrors(fmt.Errorf("reading: %w", io.EOF))
	if len(got) != 1 || got[0].Kind != core.KindInternal || got[0].Message == "" || !errors.Is(got[0], io.EOF) {
		t.Errorf("got %+v, want one of kind internal with the cause", got)
	}
	if strings.Contains(got[0].Message, "EOF") {
		t.Errorf("the message %q shows the cause to the API's user", got[0].Message)
	}
	// An empty list that somebody returned as an error is an error all the same.
	for _, empty := range []error{core.Errors(nil), fmt.Errorf("plan: %w", core.Errors{})} {
		if got := core.AsErrors(empty); len(got) != 1 || got[0].Kind != core.KindInternal {
			t.Errorf("an empty list gives %+v, want one of kind internal", got)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	if err := (core.Errors{}).OrNil(); err != nil {
		t.Errorf("no problem is the error %v", err)
	}
	a, b := &core.Error{Message: "first"}, &core.Error{Message: "second", Err: io.EOF}
	err := core.Errors{a, b}.OrNil()
	if err == nil || err.Error() != "first; second: EOF" {
		t.Errorf("two problems read %v", err)
	}
	if !errors.Is(err, b) || !errors.Is(err, io.EOF) {
		t.Error("a problem, or its cause, cannot be found in the list")
	}
}
