package linkedin

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/littletext"
)

func TestMessageOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", `{"text":""}`},
		{"nothing is escaped", `a_b (c) #go \ @x`, `{"text":"a_b (c) #go \\ @x"}`},
		{
			"offsets in UTF-16 units", "👋 @[Jane Doe](urn:li:person:a_B-9), é @[Foo (Bär) 🚀](urn:li:organization:7)!",
			`{"text":"👋 Jane Doe, é Foo (Bär) 🚀!","attributes":[` +
				`{"start":3,"length":8,"value":{"com.linkedin.common.MemberAttributedEntity":{"member":"urn:li:person:a_B-9"}}},` +
				`{"start":15,"length":12,"value":{"com.linkedin.common.CompanyAttributedEntity":{"company":"urn:li:organization:7"}}}]}`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(messageOf(littletext.Parse(tc.text)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
