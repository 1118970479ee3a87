package pace_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/pace"
	"github.com/crier-social/crier/providers/internal/rest"
)

// ask makes a request that ends as it is told.
func ask(t *testing.T, p *pace.Pacer, r rest.Request, outcome *core.Error) *core.Error {
	t.Helper()
	_, err := p.Around(t.Context(), r, func(context.Context, rest.Request) (*rest.Response, *core.Error) {
		if outcome != nil {
			return nil, outcome
		}
		return &rest.Response{Status: 200}, nil
	})
	return err
}

func TestAroundTellsOfEveryCall(t *testing.T) {
	t.Parallel()
	var told []core.Call
	p, _ := newPacer(func(c *pace.Config) { c.OnCall = func(c core.Call) { told = append(told, c) } })
	post := rest.Request{Op: "net.post", Token: ada}
	_ = ask(t, p, post, nil)
	_ = ask(t, p, post, limited(0))
	if held := ask(t, p, post, nil); held == nil {
		t.Error("a call was made that the network would refuse")
	}
	if err := ask(t, p, rest.Request{Op: "net.post"}, nil); err != nil {
		t.Errorf("a call without a token was held: %v", err)
	}
	want := []core.Call{
		{Platform: "net", Endpoint: "post", Status: 200},
		{Platform: "net", Endpoint: "post", Status: 429},
		{Platform: "net", Endpoint: "post", Held: true},
		{Platform: "net", Endpoint: "post", Status: 200},
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

func TestAroundCountsForTheMember(t *testing.T) {
	t.Parallel()
	p, _ := newPacer(nil)
	for _, r := range []rest.Request{
		{Op: "net.post", Token: ada, Member: "ada"},
		{Op: "net.post", Token: "ada's next token", Member: "ada"},
		{Op: "net.post", Token: "ada"}, // a token that looks like her id
		{Op: "net.post", Token: bob},
		{Op: "net.post"},
	} {
		if err := ask(t, p, r, nil); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		member pace.Member
		calls  int
	}{
		"by her id":    {pace.MemberNamed("ada"), 2},
		"by her token": {pace.MemberOf(ada), 0},
		"of the token": {pace.MemberOf("ada"), 1},
		"bob's":        {pace.MemberOf(bob), 1},
		"nobody's":     {pace.MemberOf(""), 0},
		"the empty id": {pace.MemberNamed(""), 0},
	} {
		if n := p.Usage(tt.member).Calls; n != tt.calls {
			t.Errorf("%s: %d calls, want %d", name, n, tt.calls)
		}
	}
}

// A call that ends in a panic leaves its place to the next.
func TestAroundGivesThePlaceBack(t *testing.T) {
	t.Parallel()
	p, _ := newPacer(func(c *pace.Config) { c.Parallel = 1 })
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		_, _ = p.Around(t.Context(), rest.Request{Op: "net.post", Token: ada}, func(context.Context, rest.Request) (*rest.Response, *core.Error) { panic("lost") })
	}()
	if err := ask(t, p, rest.Request{Op: "net.post", Token: ada}, nil); err != nil {
		t.Error(err)
	}
}
