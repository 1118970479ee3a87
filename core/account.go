package core

import (
	"cmp"
	"fmt"
	"time"
)

// Profile is one customer of this server: it owns accounts and posts, and no
// profile ever sees what belongs to another. The primary profile is the
// operator's own.
type Profile struct {
	ID        string
	Title     string
	RefID     string // public reference, safe to show: 40 hexadecimal digits
	Primary   bool
	CreatedAt time.Time
}

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
	StatusReason string    `json:"statusReason,omitempty"`
	Scopes       []string  `json:"scopes,omitempty"` // granted permissions, as far as known
	LinkedAt     time.Time `json:"linkedAt"`
	// ExpiresAt is when the access token ends, RefreshExpiresAt when the grant
	// itself does and a human has to link again; zero means unknown.
	ExpiresAt        time.Time `json:"expiresAt,omitzero"`
	RefreshExpiresAt time.Time `json:"refreshExpiresAt,omitzero"`
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
}
