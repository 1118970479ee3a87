package api_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/api"
)

func TestBatch(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		raw      string
		results  map[string]api.SocialMetadata
		statuses map[string]int
	}{
		"plain and encoded keys": {
			raw: `{"results":{"urn:li:share:1":{"commentsState":"OPEN"},"urn%3Ali%3Ashare%3A2":{"commentSummary":{"count":3}}},
				"statuses":{"urn:li:share:1":200,"urn%3Ali%3Ashare%3A3":404},"errors":{"urn%3Ali%3Ashare%3A3":{"message":"gone"}}}`,
			results: map[string]api.SocialMetadata{
				"urn:li:share:1": {CommentsState: "OPEN"},
				"urn:li:share:2": {CommentSummary: api.CommentSummary{Count: 3}},
			},
			statuses: map[string]int{"urn:li:share:3": 404},
		},
		"status in the error alone": {
			raw:      `{"results":{},"errors":{"a":{"status":403,"code":"ACCESS_DENIED"}}}`,
			results:  map[string]api.SocialMetadata{},
			statuses: map[string]int{"a": 403},
		},
		"an error that is no object": {raw: `{"errors":{"a":7}}`, results: map[string]api.SocialMetadata{}, statuses: map[string]int{"a": 0}},
		"a key that is no encoding":  {raw: `{"results":{"%zz":{}}}`, results: map[string]api.SocialMetadata{"%zz": {}}, statuses: map[string]int{}},
		"nothing":                    {raw: `{}`, results: map[string]api.SocialMetadata{}, statuses: map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got api.Batch[api.SocialMetadata]
			if err := json.Unmarshal([]byte(tc.raw), &got); err != nil {
				t.Fatal(err)
			}
			found := map[string]int{}
			for key, e := range got.Errors {
				found[key] = e.Status
			}
			if diff := cmp.Diff(tc.results, got.Results) + cmp.Diff(tc.statuses, found); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzBatch(f *testing.F) {
	f.Add([]byte(`{"results":{"a%3A":{"reactionSummaries":{"LIKE":{"count":1}}}},"statuses":{"b":404},"errors":{"b":{"status":"x"}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got api.Batch[api.SocialMetadata]
		if json.Unmarshal(raw, &got) == nil && (got.Results == nil || got.Errors == nil) && string(raw) != "null" {
			t.Errorf("%s: maps are missing", raw)
		}
	})
}

func TestNextStart(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		raw   string
		start int
		more  bool
	}{
		"an address":                     {`{"paging":{"start":0,"count":50,"links":[{"rel":"prev","href":"/x?start=0"},{"rel":"next","href":"/rest/posts?q=author&start=120&count=50"}]}}`, 120, true},
		"an address without a start":     {`{"paging":{"start":50,"count":50,"links":[{"rel":"next","href":"/rest/posts"}]}}`, 100, true},
		"a start that is no number":      {`{"paging":{"start":50,"count":10,"links":[{"rel":"next","href":"/rest/posts?start=%zz"}]}}`, 60, true},
		"a start below zero":             {`{"paging":{"start":50,"count":10,"links":[{"rel":"next","href":"/rest/posts?start=-1"}]}}`, 60, true},
		"neither address nor count":      {`{"paging":{"links":[{"rel":"next"}]}}`, 0, false},
		"the last page":                  {`{"paging":{"start":0,"count":10,"links":[]}}`, 0, false},
		"fewer elements than asked for":  {`{"elements":[],"paging":{"start":0,"count":10,"links":[{"rel":"next","href":"?start=10"}]}}`, 10, true},
		"as many elements, but no link":  {`{"elements":[{}],"paging":{"start":0,"count":1}}`, 0, false},
		"an encoded start is understood": {`{"paging":{"links":[{"rel":"next","href":"/x?start=%31%30"}]}}`, 10, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var page api.Page[struct{}]
			if err := json.Unmarshal([]byte(tc.raw), &page); err != nil {
				t.Fatal(err)
			}
			if start, more := page.NextStart(); start != tc.start || more != tc.more {
				t.Errorf("%d, %v; want %d, %v", start, more, tc.start, tc.more)
			}
		})
	}
}
