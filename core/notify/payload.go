package notify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// common is what every payload begins with. Its members are Ayrshare's.
type common struct {
	Action    core.NoticeAction `json:"action"`
	SubAction string            `json:"subAction,omitempty"`
	Created   string            `json:"created"`
	Code      int               `json:"code,omitempty"` // unless the notice has one of its own
	HookID    string            `json:"hookId"`
	RefID     string            `json:"refId"` // of the profile that it is about
}

// social is what the payload of a social notice has besides. AccountID, ID and DaysRemaining
// are Crier's own members.
type social struct {
	Platform      string         `json:"platform"`
	DisplayName   string         `json:"displayName"`
	Type          string         `json:"type"`
	Source        string         `json:"source"`
	Status        string         `json:"status"`
	Title         string         `json:"title"` // of the profile
	AccountID     string         `json:"accountId"`
	ID            string         `json:"id"` // the network's of the account
	RefreshBy     string         `json:"refreshBy,omitempty"`
	DaysRemaining *int           `json:"daysRemaining,omitempty"`
	Details       *socialDetails `json:"details,omitempty"`
}

// socialDetails tells why the authorization of an account was lost.
type socialDetails struct {
	Status  string    `json:"status"`
	Code    core.Code `json:"code"`
	Message string    `json:"message"`
}

// callMembers is what the payload ends with: what is not known before the call, or must not
// be kept in the open.
type callMembers struct {
	RelinkURL string `json:"relinkUrl,omitempty"`
	URL       string `json:"url"` // that is called
}

// payload makes the body of a webhook call about the profile, all but its callMembers; nil
// when there is nothing to tell any more. It is made once, so that all tries send the same.
func (n *Notifier) payload(ctx context.Context, p core.Profile, notice core.Notice) ([]byte, error) {
	own, err := n.ownMembers(ctx, p, notice)
	if errors.Is(err, store.ErrNotFound) || err == nil && own == nil {
		n.log.InfoContext(ctx, "a notice is left out: what it is about is gone", "notice", notice.ID, "action", notice.Action, "post", notice.PostID)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	begin := common{
		Action: notice.Action, SubAction: notice.SubAction, Created: stamp(notice.CreatedAt),
		Code: http.StatusOK, HookID: notice.ID, RefID: p.RefID,
	}
	var coded struct{ Code json.RawMessage }
	if json.Unmarshal(own, &coded) == nil && coded.Code != nil {
		begin.Code = 0
	}
	head, err := encode(begin)
	if err != nil {
		return nil, err
	}
	return join(head, own)
}

// ownMembers renders, as an object, what only this kind of notice has; nil: nothing.
func (n *Notifier) ownMembers(ctx context.Context, p core.Profile, notice core.Notice) ([]byte, error) {
	switch {
	case notice.PostID != "" && n.posts != nil:
		own, err := n.posts.PostNotice(ctx, p.ID, notice.PostID)
		if err != nil {
			return nil, fmt.Errorf("post %s: %w", notice.PostID, err)
		}
		return own, nil
	case notice.Social != nil:
		return encode(n.social(p, *notice.Social))
	case len(notice.Data) > 0:
		return notice.Data, nil
	}
	return nil, nil
}

func (n *Notifier) social(p core.Profile, s core.SocialNotice) social {
	out := social{
		Platform: s.Platform, DisplayName: s.DisplayName, Type: string(s.Type), Source: string(s.Source),
		Status: "success", Title: p.Title, AccountID: s.AccountID, ID: s.RemoteID,
	}
	if !s.RefreshBy.IsZero() {
		out.RefreshBy = stamp(s.RefreshBy)
	}
	if s.Type == core.SocialRefresh {
		out.DaysRemaining = &s.Days
	}
	if s.Type == core.SocialUnlink && s.Source == core.SocialBySystem {
		out.Details = &socialDetails{
			Status: "error", Code: core.CodeAccountLocked,
			Message: fmt.Sprintf("the %s account %q has to be linked again: %s", n.title(s.Platform), s.DisplayName, cmp.Or(s.Reason, "its authorization was lost")),
		}
	}
	return out
}

// title is how people write the name of a network.
func (n *Notifier) title(platform string) string {
	if n.registry == nil {
		return platform
	}
	return n.registry.Title(platform)
}

// callBody completes a message's body for a call to url. relinkURL is the secret in it, if
// there is one.
func (n *Notifier) callBody(ctx context.Context, m store.Message, url string) (body []byte, relinkURL string, err error) {
	last := callMembers{URL: url}
	if account := toRelink(m.Body); account != "" && n.relinker != nil {
		if last.RelinkURL, err = n.relinker.RelinkAddress(ctx, m.ProfileID, account, m.ID); err != nil {
			return nil, "", fmt.Errorf("address to link account %s again: %w", account, err)
		}
	}
	tail, err := encode(last)
	if err != nil {
		return nil, "", err
	}
	body, err = join(m.Body, tail)
	return body, last.RelinkURL, err
}

// toRelink returns the id of the account that a payload asks to link again; empty: it does
// not.
func toRelink(body []byte) string {
	var s struct {
		Action core.NoticeAction `json:"action"`
		social
	}
	if json.Unmarshal(body, &s) != nil || s.Action != core.NoticeSocial {
		return ""
	}
	if s.Type == string(core.SocialRefresh) || s.Details != nil {
		return s.AccountID
	}
	return ""
}

// join makes one object of the members of two, which must have none in common.
func join(a, b []byte) ([]byte, error) {
	var first, second map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(a, &first), json.Unmarshal(b, &second)); err != nil {
		return nil, fmt.Errorf("joining payloads: %w", err)
	}
	for key := range second {
		if _, twice := first[key]; twice {
			return nil, fmt.Errorf("joining payloads: both have %q", key)
		}
	}
	switch {
	case len(second) == 0:
		return a, nil
	case len(first) == 0:
		return b, nil
	}
	a, b = bytes.TrimSpace(a), bytes.TrimSpace(b)
	joined := append(bytes.Clone(a[:len(a)-1]), ',')
	return append(joined, b[1:]...), nil
}

// encode writes v as JSON, with letters as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding a payload: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// stamp writes a time as payloads have it: ISO 8601, UTC, in seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
