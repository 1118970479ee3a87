package api

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/store"
)

const (
	messageLimit    = 25
	maxMessageLimit = 500
)

// messageView is a notice on its way to one receiver, as clients know it.
type messageView struct {
	ID       string    `json:"id"` // the hookId of a webhook call
	Channel  string    `json:"channel"`
	Action   string    `json:"action"`
	State    string    `json:"state"`
	To       []string  `json:"to"`
	RefID    string    `json:"refId"`           // of the profile that it is about
	Title    string    `json:"title,omitempty"` // of that profile
	Created  string    `json:"created"`
	Attempts int       `json:"attempts"` // ever begun
	Next     string    `json:"nextAttempt,omitempty"`
	Waits    string    `json:"waits,omitempty"` // what else than a failed try puts the next attempt off
	Ended    string    `json:"ended,omitempty"`
	Tries    []tryView `json:"tries"` // oldest first
	// Payload is the body of a webhook call, apart from url and relinkUrl.
	Payload json.RawMessage `json:"payload,omitempty"`
}

// tryView is one attempt to send a message.
type tryView struct {
	At         string `json:"at"`
	DurationMS int64  `json:"durationMs"`
	URL        string `json:"url,omitempty"`
	Status     int    `json:"status,omitempty"` // none: there was no answer
	Answer     string `json:"answer,omitempty"`
	Error      string `json:"error,omitempty"` // none: it was a success
}

func viewOfMessage(m store.Message, about core.Profile) messageView {
	v := messageView{
		ID: m.ID, Channel: string(m.Channel), Action: string(m.Action), State: string(m.State), To: m.To,
		RefID: about.RefID, Title: about.Title, Created: stamp(m.CreatedAt), Attempts: m.Sends, Tries: []tryView{},
	}
	if v.To == nil {
		v.To = []string{}
	}
	if m.State == store.MessagePending {
		v.Next, v.Waits = stamp(m.NextAt), m.Waits
	}
	if !m.EndedAt.IsZero() {
		v.Ended = stamp(m.EndedAt)
	}
	for _, t := range m.Tries {
		v.Tries = append(v.Tries, tryView{
			At: stamp(t.At), DurationMS: t.Took.Round(time.Millisecond).Milliseconds(),
			URL: t.URL, Status: t.Status, Answer: t.Answer, Error: t.Error,
		})
	}
	return v
}

// withPayload is the view with what was sent.
func withPayload(m store.Message, about core.Profile) messageView {
	v := viewOfMessage(m, about)
	if m.Channel == store.ChannelWebhook {
		v.Payload = m.Body
	}
	return v
}

// messageList is the answer to GET /hook/deliveries.
type messageList struct {
	Status     string        `json:"status"`
	Deliveries []messageView `json:"deliveries"`
	Count      int           `json:"count"`
	Pagination pagination    `json:"pagination"`
	RefID      string        `json:"refId"`
	Warnings   []warning     `json:"warnings,omitempty"`
}

// listMessages is GET /hook/deliveries. The primary profile also has what its webhooks are
// told of user profiles; a user profile has what is about itself.
func (a *API) listMessages(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	profile := profileOf(c)
	limit := q.number("limit", messageLimit, 1, maxMessageLimit)
	wanted := store.MessageQuery{
		Limit: limit + 1, Before: q.text("cursor"), Action: q.messageAction(),
		State: store.MessageState(q.choice("state", string(store.MessagePending), string(store.MessageDelivered),
			string(store.MessageFailed), string(store.MessageDropped))),
		Channel: store.Channel(q.choice("channel", string(store.ChannelWebhook), string(store.ChannelMail))),
	}
	if len(q.problems) > 0 {
		return fail(hookAction, q.problems)
	}
	if profile.Primary {
		wanted.OwnerID = profile.ID
	} else {
		wanted.ProfileID = profile.ID
	}
	ctx := c.Request.Context()
	messages, err := a.Webhooks.Messages(ctx, wanted)
	if err == nil && len(messages) == 0 && wanted.Before != "" {
		_, err = a.Webhooks.Message(ctx, profile.ID, wanted.Before)
		err = unknownCursor(err)
	}
	if err != nil {
		return fail(hookAction, err)
	}
	list := messageList{
		Status: statusSuccess, Deliveries: []messageView{}, Pagination: pagination{Limit: limit},
		RefID: profile.RefID, Warnings: q.ignored(),
	}
	if len(messages) > limit {
		messages = messages[:limit]
		list.Pagination.HasMore, list.Pagination.NextCursor = true, messages[limit-1].ID
	}
	about := map[string]core.Profile{}
	for _, m := range messages {
		if _, known := about[m.ProfileID]; !known {
			if about[m.ProfileID], err = a.aboutWhom(ctx, profile, m); err != nil {
				return fail(hookAction, err)
			}
		}
		list.Deliveries = append(list.Deliveries, viewOfMessage(m, about[m.ProfileID]))
	}
	list.Count = len(list.Deliveries)
	return ok(list)
}

// messageAction reads the action whose messages are wanted; "" when it was not sent.
func (q *query) messageAction() core.NoticeAction {
	const key = "action"
	name, actions := q.text(key), append(hookActions(), string(notify.ActionInvitation))
	if name == "" || slices.Contains(actions, name) {
		return core.NoticeAction(name)
	}
	q.add(invalid(key, "there is no action "+quote(name)+"; it must be one of "+strings.Join(actions, ", ")))
	return ""
}

// aboutWhom returns the profile that a message is about, which is the one of the request or,
// for the primary one, another; empty: it is being deleted.
func (a *API) aboutWhom(ctx context.Context, of core.Profile, m store.Message) (core.Profile, error) {
	if m.ProfileID == of.ID {
		return of, nil
	}
	p, err := a.Profiles.GetProfile(ctx, m.ProfileID)
	if errors.Is(err, store.ErrNotFound) {
		return core.Profile{}, nil
	}
	return p, err
}

// messageAnswer is the answer that consists of one message.
type messageAnswer struct {
	Status string `json:"status"`
	messageView
	Warnings []warning `json:"warnings,omitempty"`
}

// getMessage is GET /hook/deliveries/:id.
func (a *API) getMessage(c *gin.Context) answer {
	profile := profileOf(c)
	m, err := a.Webhooks.Message(c.Request.Context(), profile.ID, c.Param("id"))
	if err != nil {
		return fail(hookAction, err)
	}
	about, err := a.aboutWhom(c.Request.Context(), profile, m)
	if err != nil {
		return fail(hookAction, err)
	}
	return ok(messageAnswer{Status: statusSuccess, messageView: withPayload(m, about)})
}

// resendMessage is POST /hook/deliveries/:id/resend.
func (a *API) resendMessage(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail(hookAction, err)
	}
	if len(f.problems) > 0 {
		return fail(hookAction, f.problems)
	}
	profile := profileOf(c)
	m, err := a.Webhooks.Resend(c.Request.Context(), profile.ID, c.Param("id"))
	if err != nil {
		return fail(hookAction, err)
	}
	about, err := a.aboutWhom(c.Request.Context(), profile, m)
	if err != nil {
		return fail(hookAction, err)
	}
	return ok(messageAnswer{
		Status: statusSuccess, messageView: withPayload(m, about),
		Warnings: slices.Concat(f.ignored(), unusedKey(c.Request)),
	})
}
