package littletext_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/littletext"
)

func TestMissedHandles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"こんにちは@crier-demo です":              {"@crier-demo"},
		"คุณ@crier-demo กับ 你好@acme_inc":   {"@crier-demo", "@acme_inc"},
		"by *@crier-demo* and **@acme**":   {"@crier-demo", "@acme"},
		"＠crier-demo, (＠acme)":             {"＠crier-demo", "＠acme"},
		"@crier-demo 🎉@acme (@x-y)":        nil, // these are handles
		"mail me@acme.com, 名前@example.com": nil,
		"me@localhost a*@b":                nil,
		"https://日本/@crier-demo x.org/*@y": nil,
		"a＠b":                              nil,
		"5 @ 3, *@*, @":                    nil,
		"*@[Acme](urn:li:organization:1)*": nil,
	} {
		if diff := cmp.Diff(want, littletext.ParseReferences(text).Missed()); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}
