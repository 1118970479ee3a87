package publish_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func TestPlanAsksNobody(t *testing.T) {
	t.Parallel()
	options := map[string]json.RawMessage{"scripted": json.RawMessage(`{"nope":1}`)}
	tests := map[string]struct {
		change func(*core.PostRequest)
		want   []string // fields
	}{
		"good":               {func(*core.PostRequest) {}, nil},
		"option and network": {func(r *core.PostRequest) { r.Options, r.Platforms = options, []string{"nowhere", "scripted"} }, []string{"platforms[0]", "scriptedOptions.nope"}},
		"not to be checked":  {func(r *core.PostRequest) { r.Options, r.SkipValidation = options, true }, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := coretest.PostRequest("Hello", w.picture("a.png"))
			tt.change(&r)
			problems, err := w.publisher.Plan(t.Context(), w.profile.ID, r)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range problems {
				got = append(got, e.Field)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			for _, op := range []coretest.Op{coretest.OpPreflight, coretest.OpUpload, coretest.OpCommit} {
				if n := len(w.network.Calls(op)); n != 0 {
					t.Errorf("%d calls of %s, want none", n, op)
				}
			}
			if n := w.assets.Fetches("https://media.example/a.png"); n != 0 {
				t.Errorf("the media was fetched %d times", n)
			}
		})
	}
}
