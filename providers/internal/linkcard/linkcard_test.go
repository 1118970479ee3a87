package linkcard_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/internal/linkcard"
)

func TestProgressLearns(t *testing.T) {
	t.Parallel()
	page := &core.Page{Title: "A title"}
	passing := linkcard.Answer{Failure: &core.Error{Kind: core.KindTemporary, Message: "down"}, Took: time.Second}
	for _, tc := range []struct {
		name    string
		answers []linkcard.Answer
		known   bool
		want    linkcard.Progress
	}{
		{"nothing", nil, false, linkcard.Progress{}},
		{"a page", []linkcard.Answer{{Page: page, Took: time.Second}}, true, linkcard.Progress{Attempts: 1, Page: page, Spent: time.Second}},
		{"down for a moment", []linkcard.Answer{passing}, false, linkcard.Progress{Attempts: 1, Spent: time.Second + linkcard.RetryWait}},
		{"down twice", []linkcard.Answer{passing, passing}, true, linkcard.Progress{Attempts: 2, Failure: "down", Spent: 2*time.Second + linkcard.RetryWait}},
		{"slow", []linkcard.Answer{{Failure: passing.Failure, Took: 9 * time.Second}}, true, linkcard.Progress{Attempts: 1, Failure: "down", Spent: 9 * time.Second}},
		{
			"refused for good",
			[]linkcard.Answer{{Failure: &core.Error{Kind: core.KindMedia, Message: "no page"}}},
			true,
			linkcard.Progress{Attempts: 1, Failure: "no page"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got linkcard.Progress
			for _, a := range tc.answers {
				got.Learn(a)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || got.Known() != tc.known {
				t.Errorf("known %v, want %v\n%s", got.Known(), tc.known, diff)
			}
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	const address = "https://example.com/"
	drawn := core.Page{Title: "Drawn", Drawing: "https://example.com/a.svg"}
	s := coretest.NewSession(t, coretest.Account(), coretest.WithPages(map[string]core.Page{address: drawn}))
	a, err := linkcard.Read(t.Context(), s, "Network", address, linkcard.Timeout)
	if err != nil || a.Failure != nil || a.Page == nil || a.NoPicture != "https://example.com/a.svg is a vector drawing or an icon, of which Network shows none" {
		t.Errorf("%+v, %v", a, err)
	}
	s.Page = func(ctx context.Context, _ string) (*core.Page, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if a, err := linkcard.Read(t.Context(), s, "Network", address, 0); err != nil || a.Failure == nil || a.Failure.Message != "the page did not answer in time" {
		t.Errorf("a page that does not answer: %+v, %v", a, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := linkcard.Read(ended, s, "Network", address, linkcard.Timeout); err == nil {
		t.Error("no error although nobody waits any more")
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	s := coretest.NewSession(t, coretest.Account())
	s.Fetch = func(ctx context.Context, _ core.Need) (*core.Asset, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	_, err := linkcard.Fetch(t.Context(), s, core.Need{}, 0)
	if e := core.AsError(err); e.Kind != core.KindTemporary || e.Message != "the picture did not arrive in time" {
		t.Errorf("a picture that does not arrive: %v", err)
	}
}
