package api

import (
	"cmp"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// userView is the answer to GET /user. What would count the use of a plan is left
// out: there are no plans here.
type userView struct {
	// ActiveSocialAccounts and DisplayNames are left out when nothing is linked.
	ActiveSocialAccounts []string      `json:"activeSocialAccounts,omitempty"`
	Created              firestoreTime `json:"created"`
	DisplayNames         []displayName `json:"displayNames,omitempty"`
	LastUpdated          string        `json:"lastUpdated"`
	NextUpdate           string        `json:"nextUpdate"`
	// LastAPICall is this one; of another profile it is not known.
	LastAPICall string `json:"lastApiCall,omitempty"`
	// Email is where notices about the accounts go.
	Email string `json:"email,omitempty"`
	// There is no messaging in this version.
	MessagingEnabled                  bool   `json:"messagingEnabled"`
	MessagingConversationMonthlyCount int    `json:"messagingConversationMonthlyCount"`
	RefID                             string `json:"refId"`
	Title                             string `json:"title"`
	Suspended                         bool   `json:"suspended"`
}

// firestoreTime is a time in the three forms that clients of this API read.
type firestoreTime struct {
	Seconds     int64  `json:"_seconds"`
	Nanoseconds int    `json:"_nanoseconds"`
	UTC         string `json:"utc"`
}

func firestore(t time.Time) firestoreTime {
	return firestoreTime{Seconds: t.Unix(), Nanoseconds: t.Nanosecond(), UTC: stamp(t)}
}

// displayName is one linked account.
type displayName struct {
	AccountID   string `json:"accountId"`
	Created     string `json:"created"`
	Default     bool   `json:"default"`
	DisplayName string `json:"displayName"`
	ID          string `json:"id"`
	Platform    string `json:"platform"`
	ProfileURL  string `json:"profileUrl,omitempty"`
	// MessagingActive is false: this version sends posts, not messages.
	MessagingActive bool               `json:"messagingActive"`
	Status          core.AccountStatus `json:"status"`
	// StatusReason tells why the status is not active.
	StatusReason string `json:"statusReason,omitempty"`
	Type         string `json:"type"`
	UserImage    string `json:"userImage,omitempty"`
	Username     string `json:"username,omitempty"`
	// RefreshRequired is when a human has to link the account again.
	RefreshRequired      string `json:"refreshRequired,omitempty"`
	RefreshDaysRemaining *int   `json:"refreshDaysRemaining,omitempty"`
}

// user is GET /user.
func (a *API) user(c *gin.Context) answer {
	profile := profileOf(c)
	linked, err := a.Accounts.List(c.Request.Context(), profile.ID)
	if err != nil {
		return fail("request", err)
	}
	now := a.Clock.Now()
	v := viewOfUser(profile, linked, now)
	v.LastAPICall = stamp(now)
	return ok(v)
}

// viewOfUser shows a profile and its accounts.
func viewOfUser(profile core.Profile, linked []core.Account, now time.Time) userView {
	v := userView{
		Created: firestore(profile.CreatedAt), LastUpdated: stamp(now), NextUpdate: stamp(now), Email: profile.Email,
		RefID: profile.RefID, Title: profile.Title,
	}
	if len(linked) > 0 {
		v.ActiveSocialAccounts = networksOf(linked)
	}
	for _, account := range linked {
		v.DisplayNames = append(v.DisplayNames, displayNameOf(shown(account, now), now))
	}
	slices.SortStableFunc(v.DisplayNames, func(a, b displayName) int { return cmp.Compare(a.Platform, b.Platform) })
	return v
}

func displayNameOf(account core.Account, now time.Time) displayName {
	d := displayName{
		AccountID: account.ID, Created: stamp(account.LinkedAt), Default: account.Default,
		DisplayName: account.DisplayName, ID: account.RemoteID, Platform: account.Platform,
		ProfileURL: account.ProfileURL, Status: account.Status, StatusReason: account.StatusReason, Type: "personal",
		UserImage: account.ImageURL, Username: account.Username,
	}
	if account.Kind == core.AccountOrganization {
		d.Type = "corporate"
	}
	if ends := account.EndsAt(); !ends.IsZero() {
		days, _ := account.DaysLeft(now)
		d.RefreshRequired, d.RefreshDaysRemaining = stamp(ends), &days
	}
	if account.Status == core.AccountRelinkRequired {
		d.RefreshDaysRemaining = new(int) // also where it is not known since when
	}
	return d
}
