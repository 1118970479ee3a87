package publish

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err      core.Error
		failures int
		late     time.Duration
		want     verdict // after: the least that is wanted
	}{
		"invalid":                    {err: core.Error{Kind: core.KindInvalid}},
		"first temporary":            {err: core.Error{Kind: core.KindTemporary}, want: verdict{again: true, counted: true, after: time.Second}},
		"temporary that asks for it": {err: core.Error{Kind: core.KindTemporary, RetryAfter: time.Hour}, want: verdict{again: true, counted: true, after: time.Hour}},
		"last temporary":             {err: core.Error{Kind: core.KindTemporary}, failures: maxTemporary - 1},
		"second failed download":     {err: core.Error{Kind: core.KindTemporary, Code: core.CodeMediaURL}, failures: 1, want: verdict{again: true, counted: true, after: time.Second}},
		"third failed download":      {err: core.Error{Kind: core.KindTemporary, Code: core.CodeMediaURL}, failures: maxDownloads - 1},
		"first defect":               {err: core.Error{Kind: core.KindInternal}, want: verdict{again: true, counted: true, after: time.Second}},
		"second defect":              {err: core.Error{Kind: core.KindInternal}, failures: 1},
		"limited":                    {err: core.Error{Kind: core.KindRateLimited}, failures: 99, want: verdict{again: true, after: rateLimitDefault / 2}},
		"limited until tomorrow":     {err: core.Error{Kind: core.KindRateLimited, RetryAfter: 9 * time.Hour}, want: verdict{again: true, after: 9 * time.Hour}},
		"temporary, ahead of time":   {err: core.Error{Kind: core.KindTemporary, Code: core.CodeMediaURL}, failures: 99, late: -time.Minute, want: verdict{again: true, after: 15 * time.Second}},
		"space of the server":        {err: core.Error{Kind: core.KindRateLimited, Code: core.CodeMediaSpace, RetryAfter: 10 * time.Second}, failures: 99, want: verdict{again: true, after: 10 * time.Second}},
		"the server's disk is full":  {err: core.Error{Kind: core.KindTemporary, Code: core.CodeStoreUnavailable}, failures: 99, late: time.Hour, want: verdict{again: true, after: 15 * time.Second}},
		"full for more than a day":   {err: core.Error{Kind: core.KindTemporary, Code: core.CodeStoreUnavailable}, failures: 99, late: storePatience + 1},
		"limited for more than that": {err: core.Error{Kind: core.KindRateLimited}, late: rateLimitPatience + 1},
		"uncertain":                  {err: core.Error{Kind: core.KindUncertain}},
	} {
		got := judge(&tc.err, tc.failures, tc.late)
		if got.again != tc.want.again || got.counted != tc.want.counted || got.after < tc.want.after {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}

func TestRetryable(t *testing.T) {
	t.Parallel()
	request := core.PostRequest{Media: core.PerPlatform[[]core.MediaRef]{
		Default: []core.MediaRef{
			{URL: "https://example.com/a.png", Field: "mediaUrls[0]"},
			{URL: "upload:0123", Field: "mediaUrls[1]"},
			{URL: "sample:harbour", Field: "mediaUrls[2]"},
		},
		By: map[string][]core.MediaRef{"other": {{URL: "upload:0123", Field: "mediaUrls[0]"}}},
	}}
	file := func(field string) *core.Error {
		return &core.Error{Kind: core.KindMedia, Code: core.CodeMediaURL, Field: field}
	}
	for name, tc := range map[string]struct {
		state core.DeliveryState
		err   *core.Error
		want  bool
	}{
		"server trouble":    {core.DeliveryFailed, &core.Error{Kind: core.KindTemporary}, true},
		"missing file":      {core.DeliveryFailed, file("mediaUrls[0]"), true},
		"damaged upload":    {core.DeliveryFailed, file("mediaUrls[1]"), false},
		"damaged sample":    {core.DeliveryFailed, file("mediaUrls[2]"), false},
		"missing thumbnail": {core.DeliveryFailed, file("exampleOptions.thumbnail"), true},
		"file of no use":    {core.DeliveryFailed, &core.Error{Kind: core.KindMedia, Code: core.CodeMediaType}, false},
		"wrong content":     {core.DeliveryFailed, &core.Error{Kind: core.KindInvalid}, false},
		"may be published":  {core.DeliveryUncertain, &core.Error{Kind: core.KindTemporary}, false},
		"is published":      {core.DeliveryPublished, nil, false},
		"failed, no reason": {core.DeliveryFailed, nil, false},
	} {
		if got := retryable(request, core.Delivery{Platform: "example", State: tc.state, Error: tc.err}); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
