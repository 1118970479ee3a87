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
	ID        string `json:"id"`
	ProfileID string `json:"-"`
	Platform  string `json:"platform"`
	// RemoteID is the network's id of the author, unique among all of the network, whatever
	// server the account is on: it, and the platform, tell accounts apart.
	RemoteID    string        `json:"remoteId"`
	Kind        AccountKind   `json:"kind"`
	DisplayName string        `json:"displayName"`
	Username    string        `json:"username,omitempty"`
	ProfileURL  string        `json:"profileUrl,omitempty"`
	ImageURL    string        `json:"imageUrl,omitempty"`
	Default     bool          `json:"default"` // the one of its network that `platforms` means
	Status      AccountStatus `json:"status"`
	// StatusReason tells in plain words why the status is not active, or what keeps an active
	// account from being used for now.
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
	// NextAt is when the account needs attention next: its token is to be refreshed or asked
	// about, its owner to be told, or its authorization ends; zero: never.
	NextAt time.Time `json:"nextAt,omitzero"`
	// ToldDays is the last step of the notices, in days before EndsAt, that the owner was
	// told of for the authorization that ends at ToldFor; both zero: of none.
	ToldDays int       `json:"toldDays,omitempty"`
	ToldFor  time.Time `json:"toldFor,omitzero"`
	// Renewable tells that the server renews the tokens by itself, until the grant ends.
	Renewable bool `json:"renewable,omitempty"`
	// Failures counts the refreshes that failed in a row for a reason that may pass, since
	// FailedSince; LastError is what the last one failed with, in plain words, and RetryAt when
	// the next one is due. All are zero while refreshes succeed.
	Failures    int       `json:"failures,omitempty"`
	FailedSince time.Time `json:"failedSince,omitzero"`
	LastError   string    `json:"lastError,omitempty"`
	RetryAt     time.Time `json:"retryAt,omitzero"`
	// RefusedAt is since when the network refuses the access token, although it has not ended,
	// while renewing it has not succeeded; zero: it does not, as far as is known.
	RefusedAt time.Time `json:"refusedAt,omitzero"`
	// IntrospectAt is when the network is asked next whether it still takes the access token;
	// zero: not planned yet, or it cannot be asked.
	IntrospectAt time.Time `json:"introspectAt,omitzero"`
	// LostAt is since when the account has to be linked again; zero: it has not to be, or
	// that is not known.
	LostAt time.Time `json:"lostAt,omitzero"`
	// Outbox are the notices that are not in the outbox of the store yet.
	Outbox []Notice `json:"outbox,omitempty"`
}

// EndsAt is when a human has to link the account again: tokens that are renewed last as long
// as the grant, and none is of less use than it is itself. One that has to be is asked for
// since it was lost, whatever its tokens were promised. Zero: not known, or never.
func (a Account) EndsAt() time.Time {
	switch {
	case a.Status == AccountRelinkRequired:
		return a.Upkeep.LostAt
	case a.RefreshExpiresAt.After(a.ExpiresAt):
		return a.RefreshExpiresAt
	case a.RefreshExpiresAt.IsZero() && a.Upkeep.Renewable:
		return time.Time{}
	}
	return a.ExpiresAt
}

// DaysLeft counts the days until EndsAt, of which the last is not over: all that tell somebody
// of them count so. known is false where the end is not known.
func (a Account) DaysLeft(now time.Time) (days int, known bool) {
	ends := a.EndsAt()
	if ends.IsZero() {
		return 0, false
	}
	return DaysUntil(ends, now), true
}

// DaysUntil counts the days that are left until an end, a part of a day as a whole one: 10 when
// it is 9 days and a second, and 0 from the end on.
func DaysUntil(end, now time.Time) int {
	const day = 24 * time.Hour
	return max(0, int((end.Sub(now)+day-1)/day))
}

// EndedAt tells whether the account has to be linked again at a time because its
// authorization has ended by itself, and that as a clause.
func (a Account) EndedAt(now time.Time) (reason string, ended bool) {
	ends := a.EndsAt()
	if ends.IsZero() || now.Before(ends) {
		return "", false
	}
	return "its authorization ended at " + ends.UTC().Format(time.RFC3339), true
}

// UnrenewedAt tells whether the account cannot be used at a time although its authorization
// stands: its access token has ended, or is refused, and renewing it fails; and that as a clause.
func (a Account) UnrenewedAt(now time.Time) (reason string, stuck bool) {
	ended := !a.ExpiresAt.IsZero() && !now.Before(a.ExpiresAt)
	if a.Status != AccountActive || a.Upkeep.Failures == 0 || !ended && a.Upkeep.RefusedAt.IsZero() {
		return "", false
	}
	return fmt.Sprintf("its access token could not be renewed since %s: %s; it is tried again",
		a.Upkeep.FailedSince.UTC().Format(time.RFC3339), Clause(a.Upkeep.LastError)), true
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
		Message: fmt.Sprintf("%s has to be linked again: %s", a.Label(), Clause(reason)),
		Help: fmt.Sprintf("Link it again on the page that POST /profiles/link-sessions answers with, or with POST /profiles/social (platform %q, id %q); its id, posts and schedule stay.",
			a.Platform, a.RemoteID),
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
	// Binding is what it takes to use the tokens besides, in the adapter's own form: a key that
	// they are bound to, the server that they are for. It is kept as the tokens are; a Refresh
	// that returns none leaves it as it is.
	Binding Secret
	// Holder is whose they are, as far as a Refresh was told. It is not kept.
	Holder Holder
}

// Holder is somebody whom an authorization is of, as the network calls him now.
type Holder struct {
	RemoteID string // of the Account; empty: not told
	Username string // empty: not told
}
