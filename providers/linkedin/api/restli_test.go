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
		{
			"time interval",
			api.Param{Name: "timeIntervals", Value: api.Record{
				{"timeRange", api.Record{{"start", api.Int(1_700_000_000_000)}, {"end", api.Int(1_700_600_000_000)}}},
				{"timeGranularityType", api.String("DAY")},
			}},
			"timeIntervals=(timeRange:(start:1700000000000,end:1700600000000),timeGranularityType:DAY)",
		},
		{
			"record of a URN",
			api.Param{Name: "entity", Value: api.Record{{"share", api.String("urn:li:share:1")}}},
			"entity=(share:urn%3Ali%3Ashare%3A1)",
		},
		{
			"list of records",
			api.Param{Name: "v", Value: api.List{api.Record{{"k1", api.String("v1")}}, api.List{api.String("v2"), api.String("v3")}}},
			"v=List((k1:v1),List(v2,v3))",
		},
		{"empty record", api.Param{Name: "v", Value: api.Record{}}, "v=()"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, api.Query(tc.param)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		key  api.Value
		want string
	}{
		{"URN", api.String("urn:li:person:Ab_1"), "urn%3Ali%3Aperson%3AAb_1"},
		{
			"reaction",
			api.Record{{"actor", api.String("urn:li:person:X")}, {"entity", api.String("urn:li:activity:9")}},
			"(actor:urn%3Ali%3Aperson%3AX,entity:urn%3Ali%3Aactivity%3A9)",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, api.Key(tc.key)); diff != "" {
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
