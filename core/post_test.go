package core_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

func TestPerPlatform(t *testing.T) {
	t.Parallel()
	text := core.PerPlatform[string]{Default: "for all", By: map[string]string{"a": "for a", "b": ""}}
	for platform, want := range map[string]string{"a": "for a", "b": "", "c": "for all"} {
		if got := text.For(platform); got != want {
			t.Errorf("For(%s) = %q, want %q", platform, got, want)
		}
	}
	if got := (core.PerPlatform[string]{}).For("a"); got != "" {
		t.Errorf("For of the zero value = %q", got)
	}
}

func TestPostRequestDraft(t *testing.T) {
	t.Parallel()
	ref := core.MediaRef{URL: "https://media.example/1.png", Field: "mediaUrls[0]"}
	r := core.PostRequest{
		Text:    core.PerPlatform[string]{Default: "hello", By: map[string]string{"b": "hello b"}},
		Media:   core.PerPlatform[[]core.MediaRef]{Default: []core.MediaRef{ref}, By: map[string][]core.MediaRef{"b": nil}},
		Options: map[string]json.RawMessage{"b": json.RawMessage(`{}`)},
	}
	want := map[string]core.Draft{
		"a": {Text: "hello", Media: []core.MediaRef{ref}},
		"b": {Text: "hello b", Options: json.RawMessage(`{}`)},
	}
	got := map[string]core.Draft{"a": r.Draft("a"), "b": r.Draft("b")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPostRequestIsStoredWhole(t *testing.T) {
	t.Parallel()
	want := core.PostRequest{
		Text:           core.PerPlatform[string]{Default: "ä\x00\u2028<&>", By: map[string]string{"b": ""}},
		Media:          core.PerPlatform[[]core.MediaRef]{Default: []core.MediaRef{{URL: "urn:x:image:1", Field: "mediaUrls[0]", Video: true}}},
		Platforms:      []string{"a", "b"},
		AccountIDs:     []string{"1"},
		Options:        map[string]json.RawMessage{"b": json.RawMessage(`{"n":9007199254740993}`)},
		ScheduleAt:     time.Date(2026, time.December, 1, 9, 0, 0, 123456000, time.UTC),
		SkipValidation: true,
		Notes:          "note",
		IdempotencyKey: "key",
	}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got core.PostRequest
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMediaRefRemote(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{
		"https://example.com/a.png": true, "http://example.com/a.png": true, "HTTPS://example.com/a.png": true,
		"upload:0123": false, "sample:https://": false, "urn:li:image:1": false, "": false,
	} {
		if got := (core.MediaRef{URL: url}).Remote(); got != want {
			t.Errorf("%q is remote: %v, want %v", url, got, want)
		}
	}
}

func TestPostScheduled(t *testing.T) {
	t.Parallel()
	if (core.Post{}).Scheduled() {
		t.Error("a post without a time is scheduled")
	}
	if p := (core.Post{Request: core.PostRequest{ScheduleAt: time.Unix(1, 0)}}); !p.Scheduled() {
		t.Error("a post with a time is not scheduled")
	}
}

func TestDeliveryFinalKnowsEveryState(t *testing.T) {
	t.Parallel()
	type answer struct{ Open, Settled bool } // by Delivery.Settled
	want := map[core.DeliveryState]answer{
		core.DeliveryAccepted:   {false, false},
		core.DeliveryPreparing:  {false, false},
		core.DeliveryCommitting: {false, false},
		core.DeliveryPublished:  {true, true},
		core.DeliveryFailed:     {true, true},
		core.DeliveryUncertain:  {false, true},
		core.DeliveryCancelled:  {true, true},
	}
	got := map[core.DeliveryState]answer{}
	for _, value := range constants(t, "post.go", "DeliveryState") {
		state := core.DeliveryState(value)
		got[state] = answer{
			Open:    core.Delivery{State: state}.Final(),
			Settled: core.Delivery{State: state, Settled: true}.Final(),
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a state is missing here, or Final answers otherwise: %s", diff)
	}
	if (core.Delivery{State: "unheard of"}).Final() {
		t.Error("an unknown state is final: a newer server's delivery would be given up")
	}
}

func TestStoredStatesAreAppendOnly(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"DeliveryState": "post.go", "PostStatus": "post.go", "AccountStatus": "account.go", "AccountKind": "account.go",
		"MediaKind": "media.go", "Stage": "provider.go",
	}
	var lines []string
	for typeName, file := range files {
		for _, value := range constants(t, file, typeName) {
			lines = append(lines, typeName+" "+value)
		}
	}
	slices.Sort(lines)
	appendOnly(t, "states.golden", lines)
}
