package crashtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// TestTroubles holds for each trouble whether the create takes effect, and what its client
// is told.
func TestTroubles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		trouble  Trouble
		status   int // 0: no answer
		effect   bool
		repeated int // status of the same request, sent again
	}{
		{TroubleNone, http.StatusCreated, true, http.StatusUnprocessableEntity},
		{TroubleCutAfter, 0, true, http.StatusUnprocessableEntity},
		{TroubleCutBefore, 0, false, http.StatusCreated},
		{TroubleFailed, http.StatusInternalServerError, false, http.StatusCreated},
		{TroubleDisguised, http.StatusInternalServerError, true, http.StatusUnprocessableEntity},
		{TroubleBusy, http.StatusServiceUnavailable, false, http.StatusCreated},
		{TroubleLimited, http.StatusTooManyRequests, false, http.StatusCreated},
		{TroubleSlow, http.StatusCreated, true, http.StatusUnprocessableEntity},
		{TroubleHeld, http.StatusCreated, true, http.StatusUnprocessableEntity},
		{TroubleSilent, 0, true, 0},
	} {
		t.Run(string(tt.trouble), func(t *testing.T) {
			t.Parallel()
			f, err := newFront(LinkedIn{}, Opening{Dir: t.TempDir(), Clock: core.SystemClock{}}, []Post{{Trouble: tt.trouble, CommentTrouble: TroubleNone}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := f.close(); err != nil {
					t.Error(err)
				}
			})
			if status := create(t, f); status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			if effect := linkedInPosts(t, f) == 1; effect != tt.effect {
				t.Errorf("took effect: %v, want %v", effect, tt.effect)
			}
			if status := create(t, f); status != tt.repeated {
				t.Errorf("the repeated request: status %d, want %d", status, tt.repeated)
			}
			again := 0
			if tt.effect {
				again = 1
			}
			if got := f.record.sentAgain(request{}); got != again || linkedInPosts(t, f) != 1 {
				t.Errorf("sent again: %d, want %d; %d posts", got, again, linkedInPosts(t, f))
			}
		})
	}
}

// linkedInPosts counts the posts that are there.
func linkedInPosts(t *testing.T, f *front) int {
	t.Helper()
	view, err := f.Look(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return len(view.Posts)
}

// create sends a create for post 0 and returns the status; 0: there was no answer.
func create(t *testing.T, f *front) int {
	t.Helper()
	body := `{"author":"` + sandbox.PageURN + `","commentary":"` + strings.NewReplacer("(", `\\(`, ")", `\\)`).Replace(Post{}.Text()) + `","visibility":"PUBLIC",` +
		`"distribution":{"feedDistribution":"MAIN_FEED","targetEntities":[],"thirdPartyDistributionChannels":[]},"lifecycleState":"PUBLISHED","isReshareDisabledByAuthor":false}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.server.URL+"/rest/posts", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+sandbox.PageToken)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Restli-Protocol-Version", "2.0.0")
	req.Header.Set("LinkedIn-Version", "202606")
	res, err := f.server.Client().Do(req)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func TestStrangeRequestsAreToldOf(t *testing.T) {
	t.Parallel()
	f, err := newFront(LinkedIn{}, Opening{Dir: t.TempDir(), Clock: core.SystemClock{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
	if status := create(t, f); status != http.StatusCreated || len(f.record.strange()) != 1 {
		t.Errorf("status %d, complaints %q", status, f.record.strange())
	}
}
