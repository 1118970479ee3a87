package publish_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// What is wrong with the files does not hide what the network refuses, and the other way
// round: all of it is told at once. What may pass by itself is tried again first.
func TestAllThatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	const there, away, gone = "https://media.example/a.png", "https://media.example/away.png", "https://media.example/gone.png"
	passing := &core.Error{Kind: core.KindTemporary, Code: core.CodeMediaURL, Message: "not now"}
	for name, tc := range map[string]struct {
		media     []string
		preflight coretest.Behaviour
		want      []core.Code // none: published
		retry     bool
		asked     int // how often the network was asked before the upload
	}{
		"a file":                       {[]string{gone}, coretest.Succeed, []core.Code{core.CodeMediaURL}, true, 1},
		"two files":                    {[]string{gone, there, away}, coretest.Succeed, []core.Code{core.CodeMediaURL, core.CodeMediaURL}, true, 1},
		"a file and a role":            {[]string{gone}, coretest.Answer(403, 0), []core.Code{core.CodeMediaURL, core.CodeForbidden}, true, 1},
		"a file and the content":       {[]string{gone}, coretest.Answer(400, 0), []core.Code{core.CodeMediaURL, core.CodeParameters}, false, 1},
		"a file and the authorization": {[]string{gone}, coretest.Answer(401, 0), []core.Code{core.CodeMediaURL, core.CodeAccountRelink}, true, 1},
		"a file, and trouble":          {[]string{gone}, coretest.Answer(503, 0), []core.Code{core.CodeMediaURL}, true, 1},
		"a file, and a defect":         {[]string{gone}, coretest.Panic("broken"), []core.Code{core.CodeMediaURL}, true, 1},
		"a role":                       {[]string{there}, coretest.Answer(403, 0), []core.Code{core.CodeForbidden}, true, 1},
		"a file that comes late":       {[]string{"https://media.example/late.png"}, coretest.Succeed, nil, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.picture("a.png")
			w.assets.Next(w.picture("late.png"), coretest.Fail(passing))
			w.network.Next(coretest.OpPreflight, tc.preflight)
			post := w.accept(coretest.PostRequest("Much is wrong", tc.media...))
			w.drain()
			d := w.delivery(post.Post.ID)
			var got []core.Code
			if d.Error != nil {
				got = append(got, core.CodeOf(d.Error))
			}
			for _, e := range d.OtherErrors {
				got = append(got, core.CodeOf(e))
				if e.Platform != d.Platform {
					t.Errorf("%v does not name its network", e)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || (d.State == core.DeliveryPublished) != (tc.want == nil) {
				t.Errorf("state %s (-want +got):\n%s", d.State, diff)
			}
			if got := len(w.network.Calls(coretest.OpPreflight)); got != tc.asked {
				t.Errorf("the network was asked %d times, want %d", got, tc.asked)
			}
			if o := w.outcome(post.Post.ID); o.RetryAvailable() != tc.retry {
				t.Errorf("retry available: %v, want %v", o.RetryAvailable(), tc.retry)
			}
		})
	}
}

// A retry begins without what was wrong before.
func TestARetryForgetsAllThatWasWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpPreflight, coretest.Answer(403, 0))
	post := w.accept(coretest.PostRequest("Again", "https://media.example/a.png"))
	w.drain()
	w.picture("a.png")
	o, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID)
	if err != nil || o.Deliveries[0].OtherErrors != nil {
		t.Fatalf("%v, %v", o.Deliveries[0].OtherErrors, err)
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("state %s %v, want published", d.State, d.Error)
	}
}
