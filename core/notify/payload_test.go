package notify_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

func socialNotice(now time.Time, change func(*core.SocialNotice)) core.Notice {
	s := core.SocialNotice{
		Type: core.SocialLink, Source: core.SocialByUser, AccountID: "acc1", Platform: "scripted",
		RemoteID: "org:7", DisplayName: "Acme Ltd & <Sons>",
	}
	change(&s)
	return core.Notice{ID: core.NewID(now), Action: core.NoticeSocial, CreatedAt: now, Social: &s}
}

// TestPayload holds what endpoints receive, member by member.
func TestPayload(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	end := time.Date(2027, time.January, 5, 9, 30, 4, 0, time.UTC)
	type members map[string]any
	link := func(more members) members {
		all := members{
			"action": "social", "code": 200.0, "platform": "scripted", "displayName": "Acme Ltd & <Sons>", "type": "link",
			"source": "user", "status": "success", "title": "Acme", "accountId": "acc1", "id": "org:7",
		}
		maps.Copy(all, more)
		return all
	}
	for name, tc := range map[string]struct {
		notice core.Notice
		want   members
		relink bool
	}{
		"scheduled": {
			notice: postNotice(now, "post1"),
			want:   members{"action": "scheduled", "code": 200.0, "status": "success", "id": "post1", "errors": []any{}, "postIds": []any{}},
		},
		"scheduled, changed later": {
			notice: func() core.Notice { n := postNotice(now, "post1"); n.SubAction = core.SubActionNotShown; return n }(),
			want: members{
				"action": "scheduled", "subAction": "notShown", "code": 200.0, "status": "success", "id": "post1",
				"errors": []any{}, "postIds": []any{},
			},
		},
		"linked":   {notice: socialNotice(now, func(*core.SocialNotice) {}), want: link(nil)},
		"unlinked": {notice: socialNotice(now, func(s *core.SocialNotice) { s.Type = core.SocialUnlink }), want: link(members{"type": "unlink"})},
		"to be linked again": {
			notice: socialNotice(now, func(s *core.SocialNotice) {
				s.Type, s.Source, s.RefreshBy, s.Days = core.SocialRefresh, core.SocialBySystem, end, 10
			}),
			want:   link(members{"type": "refresh", "source": "system", "refreshBy": "2027-01-05T09:30:04Z", "daysRemaining": 10.0}),
			relink: true,
		},
		"ended": {
			notice: socialNotice(now, func(s *core.SocialNotice) {
				s.Type, s.Source, s.RefreshBy = core.SocialRefresh, core.SocialBySystem, end
			}),
			want:   link(members{"type": "refresh", "source": "system", "refreshBy": "2027-01-05T09:30:04Z", "daysRemaining": 0.0}),
			relink: true,
		},
		"lost": {
			notice: socialNotice(now, func(s *core.SocialNotice) {
				s.Type, s.Source, s.Reason = core.SocialUnlink, core.SocialBySystem, "the network says that it was revoked"
			}),
			want: link(members{"type": "unlink", "source": "system", "details": map[string]any{
				"status": "error", "code": 349.0,
				"message": `the scripted account "Acme Ltd & <Sons>" has to be linked again: the network says that it was revoked`,
			}}),
			relink: true,
		},
		"batch": {
			notice: core.Notice{ID: core.NewID(now), Action: core.NoticeBatch, CreatedAt: now, Data: json.RawMessage(`{"status":"error","code":400}`)},
			want:   members{"action": "batch", "status": "error", "code": 400.0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.register(f.customer, string(tc.notice.Action), "/hook")
			if err := f.Tell(t.Context(), f.customer.ID, tc.notice); err != nil {
				t.Fatal(err)
			}
			f.work()
			call := f.endpoint.only(t)
			want := tc.want
			want["created"], want["hookId"], want["refId"] = "2026-11-20T09:00:00Z", tc.notice.ID, f.customer.RefID
			want["url"] = f.endpoint.URL + "/hook"
			if tc.relink {
				want["relinkUrl"] = "https://crier.example/link/open/" + f.customer.ID + "acc1" + tc.notice.ID
			}
			var got members
			if err := json.Unmarshal(call.body, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("payload (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"application/json; charset=utf-8", tc.notice.ID, "1"}, []string{
				call.header.Get("Content-Type"), call.header.Get("X-Ayrshare-Delivery-Id"), call.header.Get("X-Ayrshare-Delivery-Attempt"),
			}); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOneClickAddressIsNotKept: whoever has it can link the account, so that it is in no
// message at rest, not even where the endpoint repeats what it was sent.
func TestOneClickAddressIsNotKept(t *testing.T) {
	t.Parallel()
	for name, pad := range map[string]int{"whole": 0, "cut off": 950} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.register(f.customer, social, "/hook")
			n := socialNotice(f.clock.Now(), func(s *core.SocialNotice) { s.Type = core.SocialRefresh })
			address, err := relinker{}.RelinkAddress(t.Context(), f.customer.ID, "acc1", n.ID)
			if err != nil {
				t.Fatal(err)
			}
			f.endpoint.answer("/hook", func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, strings.Repeat("x", pad)+" got "+address+" and "+address)
			})
			if err := f.Tell(t.Context(), f.customer.ID, n); err != nil {
				t.Fatal(err)
			}
			f.work()
			if got := f.endpoint.only(t).text(t, "relinkUrl"); got != address {
				t.Fatalf("the call has the address %q, want %q", got, address)
			}
			m := f.message(n.ID)
			var kept map[string]any
			if err := json.Unmarshal(m.Body, &kept); err != nil {
				t.Fatal(err)
			}
			if _, there := kept["relinkUrl"]; there || kept["accountId"] != "acc1" {
				t.Errorf("kept: %v", kept)
			}
			if answer := m.Tries[0].Answer; !strings.Contains(answer, "got https://crier.example/link/open/***") || strings.Contains(answer, "open/"+f.customer.ID[:12]) {
				t.Errorf("the answer is kept as %q", answer)
			}
		})
	}
}
