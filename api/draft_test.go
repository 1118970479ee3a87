package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// draftKeeper is an adapter that remembers the drafts that it was given.
type draftKeeper struct {
	*coretest.Provider
	mu     sync.Mutex
	drafts []core.Draft
}

func (p *draftKeeper) Plan(ctx context.Context, as core.Account, d core.Draft) (core.Publication, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drafts = append(p.drafts, d)
	return p.Provider.Plan(ctx, as, d)
}

// take returns the last draft and forgets all.
func (p *draftKeeper) take(t *testing.T) core.Draft {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.drafts) == 0 {
		t.Fatal("no draft was planned")
	}
	last := p.drafts[len(p.drafts)-1]
	p.drafts = nil
	return last
}

func newDraftServer(t *testing.T) (*server, *draftKeeper) {
	t.Helper()
	keeper := &draftKeeper{}
	s := newServer(t, func(o *options) {
		o.provider = func(p *coretest.Provider) core.Provider {
			keeper.Provider = p
			return keeper
		}
	})
	return s, keeper
}

func TestMentionsAndComments(t *testing.T) {
	t.Parallel()
	const picture = "https://cdn.example/a.png"
	tests := map[string]struct {
		fields   jsonMap
		want     core.Draft
		warnings int
	}{
		"nothing asked for": {fields: jsonMap{"mentions": []any{}, "firstComment": "", "disableComments": false}},
		"null":              {fields: jsonMap{"mentions": nil, "firstComment": nil, "disableComments": nil}},
		"mentions": {
			fields: jsonMap{"mentions": []any{
				jsonMap{"name": "Acme", "id": 1234, "isCompany": true}, jsonMap{"name": "B", "id": " urn:x:7 ", "isCompany": false}, jsonMap{"name": "C", "id": "ada", "platform": "nowhere"},
			}},
			want: core.Draft{Mentions: []core.MentionRef{
				{Name: "Acme", ID: "1234", Company: new(true), Field: "mentions[0]"},
				{Name: "B", ID: "urn:x:7", Company: new(false), Field: "mentions[1]"},
				{Name: "C", ID: "ada", Platform: "nowhere", Field: "mentions[2]"},
			}},
			warnings: 1,
		},
		"first comment": {
			fields: jsonMap{"firstComment": jsonMap{"comment": "More below"}, "disableComments": true},
			want:   core.Draft{FirstComment: &core.FirstComment{Text: "More below"}, DisableComments: true},
		},
		"texts at their limits, which count characters": {
			fields: jsonMap{
				"mentions":     []any{jsonMap{"name": strings.Repeat("ä", 512), "id": "1"}},
				"firstComment": jsonMap{"comment": strings.Repeat("ä", 65536)},
			},
			want: core.Draft{
				Mentions:     []core.MentionRef{{Name: strings.Repeat("ä", 512), ID: "1", Field: "mentions[0]"}},
				FirstComment: &core.FirstComment{Text: strings.Repeat("ä", 65536)},
			},
		},
		"first comment with a picture": {
			fields: jsonMap{"firstComment": jsonMap{"comment": "c", "mediaUrls": []string{picture}}},
			want:   core.Draft{FirstComment: &core.FirstComment{Text: "c", Media: []core.MediaRef{{URL: picture, Field: "firstComment.mediaUrls[0]"}}}},
		},
		"first comment with one picture": {
			fields: jsonMap{"firstComment": jsonMap{"comment": "c", "mediaUrl": picture}},
			want:   core.Draft{FirstComment: &core.FirstComment{Text: "c", Media: []core.MediaRef{{URL: picture, Field: "firstComment.mediaUrl"}}}},
		},
		"first comment of a picture alone": {
			fields: jsonMap{"firstComment": jsonMap{"mediaUrls": []string{picture}}},
			want:   core.Draft{FirstComment: &core.FirstComment{Media: []core.MediaRef{{URL: picture, Field: "firstComment.mediaUrls[0]"}}}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, keeper := newDraftServer(t)
			tt.fields["post"], tt.fields["platforms"] = "a", "scripted"
			tt.want.Text = "a"
			r := s.call(http.MethodPost, "/validate/post", tt.fields).want(http.StatusOK)
			if diff := cmp.Diff(tt.want, keeper.take(t)); diff != "" {
				t.Errorf("draft (-want +got):\n%s", diff)
			}
			warnings, _ := r.object()["warnings"].([]any)
			equal(t, tt.warnings, len(warnings))
		})
	}
}

func TestMentionAndCommentProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	fifty := slices.Repeat([]any{jsonMap{"id": "1"}}, 51)
	tests := map[string]struct {
		fields jsonMap
		want   []string
		help   string
	}{
		"mentions are an object": {jsonMap{"mentions": jsonMap{"id": "1"}}, []string{"mentions"}, ""},
		"too many mentions":      {jsonMap{"mentions": fifty}, []string{"mentions"}, ""},
		"a mention is text":      {jsonMap{"mentions": []any{"acme"}}, []string{"mentions[0]"}, ""},
		"a mention of nobody":    {jsonMap{"mentions": []any{jsonMap{"isCompany": true}}}, []string{"mentions[0].id"}, ""},
		"ids of wrong types": {
			jsonMap{"mentions": []any{jsonMap{"id": 1.5}, jsonMap{"id": true}, jsonMap{"id": -1}, jsonMap{"id": strings.Repeat("9", 600)}}},
			[]string{"mentions[0].id", "mentions[1].id", "mentions[2].id", "mentions[3].id"},
			"",
		},
		"members of wrong types": {
			jsonMap{"mentions": []any{jsonMap{"id": "1", "name": 1, "isCompany": "yes", "platform": 1}}},
			[]string{"mentions[0].isCompany", "mentions[0].name", "mentions[0].platform"},
			"",
		},
		"unknown member of a mention": {jsonMap{"mentions": []any{jsonMap{"id": "1", "nome": "A"}}}, []string{"mentions[0].nome"}, "Did you mean mentions[0].name?"},
		"first comment is text":       {jsonMap{"firstComment": "hi"}, []string{"firstComment"}, ""},
		"first comment without text":  {jsonMap{"firstComment": jsonMap{"comment": ""}}, []string{"firstComment.comment"}, ""},
		"first comment of nothing":    {jsonMap{"firstComment": jsonMap{}}, []string{"firstComment.comment"}, ""},
		"first comment of no media":   {jsonMap{"firstComment": jsonMap{"mediaUrls": []any{}}}, []string{"firstComment.comment"}, ""},
		"first comments":              {jsonMap{"firstComment": []any{}}, []string{"firstComment"}, ""},
		"first comment of a number":   {jsonMap{"firstComment": jsonMap{"comment": 1}}, []string{"firstComment.comment"}, ""},
		"texts that are too long": {
			jsonMap{
				"mentions":     []any{jsonMap{"name": strings.Repeat("ä", 513), "id": "1"}},
				"firstComment": jsonMap{"comment": strings.Repeat("ä", 65537)},
			},
			[]string{"firstComment.comment", "mentions[0].name"},
			"",
		},
		"first comment with a control": {jsonMap{"firstComment": jsonMap{"comment": "a\x00"}}, []string{"firstComment.comment"}, ""},
		"unknown member of a comment":  {jsonMap{"firstComment": jsonMap{"comment": "a", "media_urls": "x"}}, []string{"firstComment.media_urls"}, "Did you mean firstComment.mediaUrls?"},
		"media under two names": {
			jsonMap{"firstComment": jsonMap{"comment": "a", "mediaUrl": "https://a.example/b", "mediaUrls": []string{}}}, []string{"firstComment.mediaUrl"}, "",
		},
		"media of a comment without TLS": {
			jsonMap{"firstComment": jsonMap{"comment": "a", "mediaUrls": []string{"http://a.example/b"}}}, []string{"firstComment.mediaUrls[0]"}, "",
		},
		"media of a comment that is another's": {
			jsonMap{"firstComment": jsonMap{"comment": "a", "mediaUrls": []string{"upload:none"}}}, []string{"firstComment.mediaUrls[0]"}, "",
		},
		"the switch is text": {jsonMap{"disableComments": "yes"}, []string{"disableComments"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.fields["post"], tt.fields["platforms"] = "a", []string{"scripted"}
			r := s.with(t).call(http.MethodPost, "/post", tt.fields).want(http.StatusBadRequest)
			equal(t, tt.want, r.fields())
			if tt.help != "" {
				equal(t, tt.help, r.text("help"))
			}
		})
	}
	t.Cleanup(func() { equal(t, 0, len(s.network.Timeline())) })
}

// outcomeOf lets Get answer with a published post whose follow-ups are as given.
type outcomeOf struct {
	api.Publisher
	followUps []core.FollowUp
	edited    time.Time
}

func (p outcomeOf) Get(ctx context.Context, profileID, postID string) (publish.Outcome, error) {
	o, err := p.Publisher.Get(ctx, profileID, postID)
	for i := range o.Deliveries {
		o.Deliveries[i].FollowUps, o.Deliveries[i].EditedAt = p.followUps, p.edited
	}
	return o, err
}

func TestFollowUpsAreShown(t *testing.T) {
	t.Parallel()
	at := coretest.Epoch()
	refused := &core.Error{Kind: core.KindForbidden, Message: "no permission"}
	s := newServer(t, func(o *options) {
		o.api = func(c *api.Config) {
			c.Publisher = outcomeOf{c.Publisher, []core.FollowUp{
				{Name: core.FollowUpComment, State: core.FollowUpDone, Result: map[string]any{"commentId": "comment-1", "status": "hidden"}},
				{Name: core.FollowUpNoComments, State: core.FollowUpPending, DueAt: at, Error: refused},
				{Name: core.FollowUpInspect, State: core.FollowUpPending, DueAt: at},
			}, at}
		}
	})
	id := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": "scripted"}).want(http.StatusOK).text("id")
	entry := s.call(http.MethodGet, "/post/"+id, nil).want(http.StatusOK).object()["postIds"].([]any)[0].(jsonMap)
	equal(t, jsonMap{"status": "success", "commentId": "comment-1"}, entry["firstComment"].(jsonMap))
	pending := entry["disableComments"].(jsonMap)
	problem := pending["error"].(jsonMap)
	equal(t, []any{"pending", at.Format("2006-01-02T15:04:05.000Z")}, []any{pending["status"], pending["due"]})
	equal(t, []any{"disableComments", float64(core.CodeForbidden), "scripted", s.account.ID},
		[]any{problem["action"], problem["code"], problem["platform"], problem["accountId"]})
	equal(t, []any{nil, pending["due"]}, []any{entry["inspect"], entry["edited"]})
}
