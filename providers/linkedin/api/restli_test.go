package api_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/api"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"urn:li:person:Ab_1":                     "urn%3Ali%3Aperson%3AAb_1",
		"t?':,*!":                                "t%3F%27%3A%2C%2A%21",
		"urn:li:comment:(urn:li:activity:9,123)": "urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A9%2C123%29",
		"a b+c":                                  "a%20b%2Bc",
		"-._~":                                   "-._~",
		"ä\x00":                                  "%C3%A4%00",
		"":                                       "",
	} {
		if diff := cmp.Diff(want, api.Escape(in)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		param api.Param
		want  string
	}{
		{
			"list of URNs",
			api.Param{Name: "ids", Value: api.List{api.String("urn:li:share:1"), api.String("urn:li:ugcPost:2")}},
			"ids=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3AugcPost%3A2)",
		},
		{
			"nested",
			api.Param{Name: "v", Value: api.List{api.String("a,b"), api.List{api.Int(1), api.Int(-2)}}},
			"v=List(a%2Cb,List(1,-2))",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, api.Query(tc.param)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("urn:li:person:Ab_1 %41")
	f.Fuzz(func(t *testing.T, s string) {
		back, err := url.PathUnescape(api.Escape(s))
		if err != nil || back != s {
			t.Fatalf("%q comes back as %q (%v)", s, back, err)
		}
	})
}
