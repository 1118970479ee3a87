package core_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

func TestAccountLabel(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]core.Account{
		`the example account "Ada" (1)`:  {ID: "1", Platform: "example", DisplayName: "Ada", Username: "ada", RemoteID: "a"},
		`the example account "ada" (1)`:  {ID: "1", Platform: "example", Username: "ada", RemoteID: "a"},
		`the example account "a\"b" (1)`: {ID: "1", Platform: "example", RemoteID: `a"b`},
	} {
		if got := a.Label(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestRelinkError(t *testing.T) {
	t.Parallel()
	got := core.RelinkError(core.Account{ID: "1", Platform: "example", DisplayName: "Ada", RemoteID: "urn:a"}, "its authorization was lost")
	want := &core.Error{
		Kind: core.KindAuth, Code: core.CodeAccountRelink, Platform: "example",
		Message: `the example account "Ada" (1) has to be linked again: its authorization was lost`,
		Help:    `Link it again with POST /profiles/social (platform "example", id "urn:a"); its id, posts and schedule stay.`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
