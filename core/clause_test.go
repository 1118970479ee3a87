package core_test

import (
	"testing"

	"github.com/crier-social/crier/core"
)

func TestClause(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"":                              "",
		"The access token has expired.": "the access token has expired",
		"its grant has ended..":         "its grant has ended",
		"LinkedIn did not answer. ":     "LinkedIn did not answer",
		"It":                            "it",
		"Theodor is no member.":         "Theodor is no member",
	} {
		if got := core.Clause(message); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
}
