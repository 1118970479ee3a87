package storetest

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

const (
	profileA = "profile-a"
	profileB = "profile-b"
	network  = "example"
	jobKind  = "deliver"
)

// awkward is text that a store must not change: it is long, and odd.
func awkward() string { return odd() + strings.Repeat("ß", 32<<10) }

// odd has many scripts, quotes, control characters and what SQL, JSON and HTML take for
// syntax.
func odd() string {
	return "naïve 🦉 日本語 \u202eעברית\u202c '; DROP TABLE posts; -- \"<b>&amp;\\u0000\x00\t\r\n%s {{0}} "
}

func newProfile(id string) core.Profile {
	return core.Profile{
		ID: id, Title: "Title of " + id, RefID: "ref of " + id, CreatedAt: start(),
		Email: "owner@example.com", Tags: []string{"one", "two"}, MessagingActive: true, DisableSocial: []string{network},
		LinkPage: core.LinkPage{
			DisplayTitle: "Title", HideTitle: true, HideLogo: true, HideTopHeader: true, TopHeader: "header", SubHeader: "line",
		},
		KeyCheck: []byte{1, 0xff},
	}
}

func newAccount(id, profileID, remoteID string) core.Account {
	return core.Account{
		ID: id, ProfileID: profileID, Platform: network, RemoteID: remoteID, Kind: core.AccountOrganization,
		DisplayName: "Name", Username: "user", ProfileURL: "https://example.com/in/user", ImageURL: "https://example.com/user.png",
		Default: true, Status: core.AccountRelinkRequired, StatusReason: "revoked", Scopes: []string{"read", "write"},
		App: "app", LinkedAt: start(), ExpiresAt: start().Add(time.Hour), RefreshExpiresAt: start().Add(2 * time.Hour),
		Upkeep: core.Upkeep{
			NextAt: start().Add(time.Minute), ToldDays: 7, ToldFor: start().Add(3 * time.Hour), Renewable: true, Failures: 2,
			FailedSince: start().Add(4 * time.Hour), LastError: odd(), RetryAt: start().Add(5 * time.Hour), RefusedAt: start().Add(7 * time.Hour), LostAt: start().Add(6 * time.Hour),
			IntrospectAt: start().Add(7 * time.Hour),
			Outbox:       []core.Notice{fullNotice("n of " + id)},
		},
	}
}

// fullNotice has every field set, although no notice has.
func fullNotice(id string) core.Notice {
	return core.Notice{
		ID: id, Action: core.NoticeSocial, SubAction: core.SubActionSettled, CreatedAt: start().Add(time.Second), PostID: "p1",
		Social: &core.SocialNotice{
			Type: core.SocialRefresh, Source: core.SocialBySystem, AccountID: "a1", Platform: network, RemoteID: "r1",
			DisplayName: odd(), RefreshBy: start().Add(time.Hour), Days: 7, Reason: "revoked",
		},
		Data: json.RawMessage(`{"a":["<b>",1.50]}`),
	}
}

// newPost is an immediate post of profile A with one delivery and its job.
func newPost(id string, changes ...func(*core.Post)) store.NewPost {
	p := core.Post{
		ID: id, ProfileID: profileA, Status: core.PostOpen, CreatedAt: start(),
		Request: core.PostRequest{Text: core.PerPlatform[string]{Default: "text"}, Platforms: []string{network}},
	}
	for _, change := range changes {
		change(&p)
	}
	d := newDelivery(p, network)
	return store.NewPost{
		Post: p, Deliveries: []core.Delivery{d},
		Jobs: []queue.Job{{Kind: jobKind, Key: d.ID, RunAt: d.DueAt}},
	}
}

// newDelivery is the post's delivery to the platform, which has one account.
func newDelivery(p core.Post, platform string) core.Delivery {
	due := p.Request.ScheduleAt
	if due.IsZero() {
		due = p.CreatedAt
	}
	return core.Delivery{
		ID: p.ID + "/" + platform, PostID: p.ID, ProfileID: p.ProfileID, AccountID: "account-" + platform, Platform: platform,
		State: core.DeliveryAccepted, DueAt: due, CreatedAt: p.CreatedAt, UpdatedAt: p.CreatedAt,
	}
}

// fullPost has every field set.
func fullPost(id string) core.Post {
	return core.Post{
		ID: id, ProfileID: profileA, Status: core.PostError, Retries: 2, Revision: 3, SeriesID: "series", CreatedAt: start(),
		ContentRevision: 2, Withdrawn: 1, ApprovedAt: start().Add(time.Second), ReleasedAt: start().Add(2 * time.Second),
		Before: &core.PostBefore{
			Request: fullRequest(id), Status: core.PostPaused, ApprovedAt: start().Add(3 * time.Second), ReleasedAt: start().Add(4 * time.Second),
			Deliveries: []string{"d1", "d2"},
		},
		Request: fullRequest(id),
		Refusal: core.Errors{fullError()}, AwaitedUntil: start().Add(5 * time.Second), Told: "published", Outbox: []core.Notice{fullNotice("n of " + id)},
	}
}

// fullRequest has every field set.
func fullRequest(id string) core.PostRequest {
	return core.PostRequest{
		Text: core.PerPlatform[string]{Default: awkward(), By: map[string]string{network: "other"}},
		Media: core.PerPlatform[[]core.MediaRef]{
			Default: []core.MediaRef{{URL: "https://example.com/a.jpg?b=c&d=<e>", Field: "mediaUrls[0]", Video: true}},
			By:      map[string][]core.MediaRef{network: {{URL: "urn:x:image:1", Field: "mediaUrls.example[0]"}}},
		},
		Platforms: []string{network, "second"}, AccountIDs: []string{"account-1"},
		Options:  map[string]json.RawMessage{network: json.RawMessage(`{"altText":["a <b> & c"],"n":1.50}`)},
		Mentions: []core.MentionRef{{Name: awkward(), ID: "urn:x:1", Company: new(true), Platform: network, Field: "mentions[0]"}},
		FirstComment: &core.FirstComment{
			Text: awkward(), Media: []core.MediaRef{{URL: "https://example.com/b.jpg", Field: "firstComment.mediaUrls[0]", Video: true}},
		},
		DisableComments: true,
		ScheduleAt:      start().Add(time.Hour), AutoSchedule: "default",
		AutoRepost:       &core.AutoRepost{Repeat: 2, Days: 3, StartAt: start().Add(time.Hour)},
		RequiresApproval: true, AllowDuplicate: true, SkipValidation: true, Notes: awkward(), IdempotencyKey: "key of " + id,
	}
}

// fullDelivery has every field set.
func fullDelivery(id string) core.Delivery {
	at := start().Add(time.Minute)
	return core.Delivery{
		ID: id, PostID: "p1", ProfileID: profileA, AccountID: "account-1", Platform: network,
		State: core.DeliveryUncertain, DueAt: at, Revision: 3, Content: "content", Held: true, Fence: "lease", Checkpoint: json.RawMessage(`{"uploads":{"media[0]":"urn:x:1"}}`),
		Failures: 2, CommittedAt: at.Add(time.Second), AgeDoubt: time.Hour, Reconciliations: 3, ReconcileAt: at.Add(4 * time.Second), RepeatedAt: at.Add(5 * time.Second), Doubtful: true, Settled: true,
		WaitsFor: "the network is processing the video", WaitsSince: at.Add(6 * time.Second), PutOffUntil: at.Add(10 * time.Second),
		FollowUps: []core.FollowUp{{
			Name: core.FollowUpComment, State: core.FollowUpFailed, DueAt: at.Add(7 * time.Second), SentAt: at.Add(8 * time.Second),
			Failures: 4, Result: map[string]any{"commentId": "urn:x:3"}, Error: fullError(),
		}},
		EditedAt: at.Add(9 * time.Second), EditedText: new(awkward()),
		Receipt: core.Receipt{
			RemoteID: "urn:x:post:1", URL: "https://example.com/1", Author: core.Author{RemoteID: "urn:x:page:1", Kind: core.AccountOrganization},
			Inferred: true, Parts: []string{"urn:x:post:2"}, Extra: map[string]any{"k": "v", "n": 1.5},
		},
		Warnings: []core.Warning{{Code: core.CodeUnsupported, Field: "f", Message: awkward()}},
		Error:    fullError(), OtherErrors: core.Errors{fullError()}, PublishedAt: at.Add(2 * time.Second), DeletedAt: at.Add(3 * time.Second),
		CreatedAt: start(), UpdatedAt: at,
	}
}

func fullError() *core.Error {
	return &core.Error{
		Kind: core.KindRateLimited, Code: core.CodeUpstreamRateLimit, Op: "example.commit", Platform: network, Field: "post",
		Message: "too many", Help: "wait", Status: 429, Upstream: "LIMIT", RequestID: "r-1", RemoteID: "urn:x:2",
		RetryAfter: time.Minute, Unsent: true,
	}
}
