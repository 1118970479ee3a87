package core

import (
	"cmp"
	"fmt"
	"time"
)

// AccountKind is what an account posts as.
type AccountKind string

// The kinds of account.
const (
	AccountPerson       AccountKind = "person"
	AccountOrganization AccountKind = "organization"
)

// AccountStatus says whether an account can be posted to.
type AccountStatus string

// The states of an account. The values are stored.
const (
	AccountActive         AccountStatus = "active"
	AccountRelinkRequired AccountStatus = "relink_required" // authorization lost; linking again cures it
)

// Account is one linked account of a network: a person or a page. It holds no
// secret; those are its Credentials.
type Account struct {
	ID          string        `json:"id"`
	ProfileID   string        `json:"-"`
	Platform    string        `json:"platform"`
	RemoteID    string        `json:"remoteId"` // the network's id of the author
	Kind        AccountKind   `json:"kind"`
	DisplayName string        `json:"displayName"`
	Username    string        `json:"username,omitempty"`
	ProfileURL  string        `json:"profileUrl,omitempty"`
	ImageURL    string        `json:"imageUrl,omitempty"`
	Default     bool          `json:"default"` // the one of its network that `platforms` means
	Status      AccountStatus `json:"status"`
	// StatusReason tells in plain words why the status is not active.
	StatusReason string   `json:"statusReason,omitempty"`
	Scopes       []string `json:"scopes,omitempty"` // granted permissions, as far as known
	// App is through which of the operator's apps it was linked, by LinkApp.Name; empty for
	// tokens that were granted elsewhere.
	App      string    `json:"app,omitempty"`
	LinkedAt time.Time `json:"linkedAt"`
	// ExpiresAt is when the access token ends, RefreshExpiresAt when the grant
	// itself does and a human has to link again; zero means unknown.
	ExpiresAt        time.Time `json:"expiresAt,omitzero"`
	RefreshExpiresAt time.Time `json:"refreshExpiresAt,omitzero"`
	// Upkeep is the server's own, and shown to nobody.
	Upkeep Upkeep `json:"-"`
}

// Upkeep is what the server notes to keep an account alive and to tell of it in time.
type Upkeep struct {
	// NextAt is when the account needs attention next: its token is to be refreshed, its
	// owner to be told, or its authorization ends; zero: never.
	NextAt time.Time `json:"nextAt,omitzero"`
	// ToldDays is the last step of the notices, in days before EndsAt, that the owner was
	// told of for the authorization that ends at ToldFor; both zero: of none.
	ToldDays int       `json:"toldDays,omitempty"`
	ToldFor  time.Time `json:"toldFor,omitzero"`
	// Failures counts the refreshes that failed in a row for a reason that may pass.
	Failures int `json:"failures,omitempty"`
	// Outbox are the notices that are not in the outbox of the store yet.
	Outbox []Notice `json:"outbox,omitempty"`
}

// EndsAt is when a human has to link the account again: a token that can be refreshed
// lasts as long as the grant. Zero: not known, or never.
func (a Account) EndsAt() time.Time {
	if a.RefreshExpiresAt.IsZero() {
		return a.ExpiresAt
	}
	return a.RefreshExpiresAt
}

// Label names the account so that its owner recognizes it.
func (a Account) Label() string {
	return fmt.Sprintf("the %s account %q (%s)", a.Platform, cmp.Or(a.DisplayName, a.Username, a.RemoteID), a.ID)
}

// RelinkError tells whoever posts to the account why that cannot be done and what
// helps. The reason is a clause: "its authorization was lost".
func RelinkError(a Account, reason string) *Error {
	return &Error{
		Kind: KindAuth, Code: CodeAccountRelink, Platform: a.Platform,
		Message: fmt.Sprintf("%s has to be linked again: %s", a.Label(), reason),
		Help:    fmt.Sprintf("Link it again with POST /profiles/social (platform %q, id %q); its id, posts and schedule stay.", a.Platform, a.RemoteID),
	}
}

// NotLinkedError tells a profile that it has no account of a network.
func NotLinkedError(field, platform string) *Error {
	return &Error{
		Kind: KindInvalid, Code: CodeNotLinked, Field: field, Platform: platform,
		Message: "no " + platform + " account is linked to this profile",
	}
}

// UnknownAccountError tells a profile that an account is not among its own.
func UnknownAccountError(field, id string) *Error {
	return &Error{
		Kind: KindInvalid, Code: CodeAccountNotFound, Field: field,
		Message: fmt.Sprintf("no account of this profile has the id %q", id),
	}
}

// Credentials are what an account is reached with.
type Credentials struct {
	AccessToken      Secret
	RefreshToken     Secret
	ExpiresAt        time.Time // zero: unknown
	RefreshExpiresAt time.Time // zero: no refresh token, or unknown
	Scopes           []string
	App              string    // by LinkApp.Name; empty: granted elsewhere
	IssuedAt         time.Time // of the access token; zero: unknown
}
