package publish_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// An id that one network refuses may be meant for another one: its author learns how to say
// so, unless that is said already, or there is no other.
func TestMentionThatIsMeantForAnotherNetwork(t *testing.T) {
	t.Parallel()
	const way = `"platform":"other" in mentions[0]`
	w := newWorld(t)
	other := coretest.NewProvider(coretest.Config{Name: "other", Clock: w.clock})
	registry, err := core.NewRegistry(w.network, other)
	if err != nil {
		t.Fatal(err)
	}
	publisher := w.newPublisher(func(c *publish.Config) { c.Registry = registry })
	account := coretest.Page(1)
	account.Platform = "other"
	w.link(account)
	for _, tc := range []struct {
		name    string
		mention core.MentionRef
		both    bool
		told    bool
	}{
		{"of no network", core.MentionRef{ID: "1", Field: "mentions[0]"}, true, true},
		{"of no network, to one", core.MentionRef{ID: "1", Field: "mentions[0]"}, false, false},
		{"of the one that refuses it", core.MentionRef{ID: "1", Field: "mentions[0]", Platform: w.account.Platform}, true, false},
	} {
		r := coretest.PostRequest("Thanks, {{0}}")
		r.Mentions = []core.MentionRef{tc.mention}
		if tc.both {
			r.AccountIDs = append(r.AccountIDs, account.ID)
		}
		_, err := publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
		told := false
		for _, e := range core.AsErrors(err) {
			if e.Platform == w.account.Platform && e.Field == "mentions[0]" {
				told = strings.Contains(e.Help, way)
			}
		}
		if err == nil || told != tc.told {
			t.Errorf("%s: %v, told the way out: %t, want %t", tc.name, err, told, tc.told)
		}
	}
}
