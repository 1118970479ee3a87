package core

import (
	"encoding/json"
	"time"
)

// Notice is something that the owner of a profile is to be told, by webhook or by mail. It
// is stored with the change that it tells of, in the same record, and moved to the outbox
// from there: neither is ever without the other, whenever the server dies.
type Notice struct {
	// ID names the notice for good, so that telling it again changes nothing. Ids order the
	// notices of a profile by time.
	ID        string       `json:"id"`
	Action    NoticeAction `json:"action"`
	SubAction string       `json:"subAction,omitempty"` // empty: none
	CreatedAt time.Time    `json:"createdAt"`

	// One of these, by Action:

	PostID string          `json:"postId,omitempty"` // NoticeScheduled: whose outcome it is
	Social *SocialNotice   `json:"social,omitempty"` // NoticeSocial
	Data   json.RawMessage `json:"data,omitempty"`   // NoticeBatch: an object
}

// NoticeAction is the kind of a notice, as webhooks are registered for it.
type NoticeAction string

// The actions that this server has notices of.
const (
	NoticeScheduled NoticeAction = "scheduled" // a post has come to its end
	NoticeSocial    NoticeAction = "social"    // an account was linked, unlinked, or ends soon
	NoticeBatch     NoticeAction = "batch"     // what was asked for in bulk
)

// The sub-actions of NoticeScheduled: what was told before has changed.
const (
	SubActionNotShown = "notShown" // the network took the post and does not show it
	SubActionSettled  = "settled"  // it was uncertain whether the post went out, and is known now
)

// SocialType says what happened to an account.
type SocialType string

// The things that happen to accounts.
const (
	SocialLink    SocialType = "link"
	SocialUnlink  SocialType = "unlink"
	SocialRefresh SocialType = "refresh" // it has to be linked again by RefreshBy
)

// SocialSource says by whose doing it happened.
type SocialSource string

// Those who do things.
const (
	SocialByUser SocialSource = "user"
	// SocialBySystem is the source of a refresh; of an unlink, when the authorization was
	// lost; and of a link, when it turned out that it was not.
	SocialBySystem SocialSource = "system"
)

// SocialNotice tells what happened to an account.
type SocialNotice struct {
	Type        SocialType   `json:"type"`
	Source      SocialSource `json:"source"`
	AccountID   string       `json:"accountId"`
	Platform    string       `json:"platform"`
	RemoteID    string       `json:"remoteId"`
	DisplayName string       `json:"displayName"`
	// RefreshBy is by when the account has to be linked again, for SocialRefresh; and when
	// its authorization ended, if that is known, for what SocialBySystem lost.
	RefreshBy time.Time `json:"refreshBy,omitzero"`
	Days      int       `json:"days,omitempty"`   // until then, for SocialRefresh
	Reason    string    `json:"reason,omitempty"` // why it was lost, as a clause
}
