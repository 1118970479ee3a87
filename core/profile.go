package core

import (
	"cmp"
	"time"
)

// Profile is one customer of this server: it owns accounts and posts, and no
// profile ever sees what belongs to another. The primary profile is the
// operator's own.
type Profile struct {
	ID        string    `json:"-"`
	Title     string    `json:"-"` // unique
	RefID     string    `json:"-"` // public reference, safe to show: 40 hexadecimal digits
	Primary   bool      `json:"-"`
	CreatedAt time.Time `json:"-"`

	// Email is where notices about its accounts go.
	Email string   `json:"email,omitempty"`
	Tags  []string `json:"tags,omitempty"`
	// MessagingActive is kept for the client that sets it; no network here has messages.
	MessagingActive bool `json:"messagingActive,omitempty"`
	// DisableSocial lists the networks that its users cannot link.
	DisableSocial []string `json:"disableSocial,omitempty"`
	LinkPage      LinkPage `json:"linkPage,omitzero"`
	// KeyCheck, of the primary profile, is a value that core/vault has sealed: by it a server
	// sees that its key is not the one of the others on the store. Empty: none was made.
	KeyCheck []byte `json:"keyCheck,omitempty"`
}

// ShownTitle is what the people who link accounts know the profile by; empty: it has no name
// for them. The title of the primary profile is the server's own and tells nobody anything.
func (p Profile) ShownTitle() string {
	switch {
	case p.LinkPage.HideTitle:
		return ""
	case p.Primary:
		return p.LinkPage.DisplayTitle
	}
	return cmp.Or(p.LinkPage.DisplayTitle, p.Title)
}

// LinkPage is how the page looks on which the users of a profile link its accounts.
type LinkPage struct {
	DisplayTitle  string `json:"displayTitle,omitempty"` // in place of the profile's title
	HideTitle     bool   `json:"hideTitle,omitempty"`
	HideLogo      bool   `json:"hideLogo,omitempty"`
	HideTopHeader bool   `json:"hideTopHeader,omitempty"`
	TopHeader     string `json:"topHeader,omitempty"` // heading; empty: the page's own
	SubHeader     string `json:"subHeader,omitempty"` // the line below it
}
