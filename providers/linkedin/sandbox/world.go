package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Person is a member.
type Person struct {
	ID        string `json:"id"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Headline  string `json:"headline,omitempty"`
	Vanity    string `json:"vanityName,omitempty"`
	Email     string `json:"email,omitempty"`
	Followers int    `json:"followers,omitempty"`
}

// URN is the person's name in the API.
func (p Person) URN() string { return urn{"person", p.ID}.String() }

// Name is the full name.
func (p Person) Name() string { return strings.TrimSpace(p.FirstName + " " + p.LastName) }

// Organization is a page.
type Organization struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Vanity    string `json:"vanityName,omitempty"`
	Website   string `json:"website,omitempty"`
	Followers int    `json:"followers"`
	// FollowerPeople lists the followers who can be found by name, by id.
	FollowerPeople []string `json:"followerPeople,omitempty"`
	// Audience is who the followers are; nil spreads them over all facets. Followers
	// beyond the groups match nothing.
	Audience []FollowerGroup `json:"audience,omitempty"`
	// Roles lists what members may do on the page.
	Roles []RoleAssignment `json:"roles,omitempty"`
}

// URN is the organization's name in the API.
func (o Organization) URN() string {
	return urn{"organization", strconv.FormatInt(o.ID, 10)}.String()
}

// RoleAssignment gives a person a role on a page.
type RoleAssignment struct {
	Person string `json:"person"` // id
	Role   string `json:"role"`
}

// Token is an access token of a person.
type Token struct {
	// Name stands for the token in the journal, which never shows values.
	Name  string `json:"name"`
	Value string `json:"value"`
	// Person is the id of the member who granted it.
	Person string   `json:"person"`
	Scopes []string `json:"scopes"`
	// ClientID is the app that it was granted to; empty: one that is not here.
	ClientID string `json:"clientId,omitempty"`
	// CreatedAt and AuthorizedAt are when the app got it, and when the member consented;
	// zero for a token that was not granted here.
	CreatedAt    time.Time `json:"createdAt,omitzero"`
	AuthorizedAt time.Time `json:"authorizedAt,omitzero"`
	// ExpiresAt is zero for a token that does not expire.
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	Revoked   bool      `json:"revoked,omitempty"`
	// DevelopmentTier takes away what apps of that tier do not get: BATCH_GET, and the
	// statistics of members.
	DevelopmentTier bool `json:"developmentTier,omitempty"`
}

// World is who exists and what they may do.
type World struct {
	People        []Person
	Organizations []Organization
	Tokens        []Token
}

// The inhabitants of DefaultWorld.
const (
	JaneID  = "jD0e_Sb-x1"
	JaneURN = "urn:li:person:" + JaneID
	JohnID  = "jR0e-Zz_42"
	JohnURN = "urn:li:person:" + JohnID

	PageID       = 5515715 // "Crier Demo", 5,000 followers; Jane is its administrator
	PageURN      = "urn:li:organization:5515715"
	SmallPageID  = 18931420 // "Crier Corner (Beta)", 120 followers; Jane is its administrator
	SmallPageURN = "urn:li:organization:18931420"
	// SmallPageVanity is the handle of the small page.
	SmallPageVanity = "crier-corner"
)

// The tokens of DefaultWorld; the values are their names.
const (
	MemberToken  = "SANDBOX_MEMBER_TOKEN"  // Jane, self-serve app: may only post as herself
	PageToken    = "SANDBOX_PAGE_TOKEN"    // Jane, Community Management app: herself and her pages
	OtherToken   = "SANDBOX_OTHER_TOKEN"   // John, the same app: no role on any page
	LoginToken   = "SANDBOX_LOGIN_TOKEN"   // Jane, sign-in only: may not post
	ExpiredToken = "SANDBOX_EXPIRED_TOKEN" // Jane's page token after its 60 days
	RevokedToken = "SANDBOX_REVOKED_TOKEN" // Jane's page token after she removed the app
)

// DefaultWorld is a person with two pages, another person without any, and a token
// for each situation that a client has to handle.
func DefaultWorld() World {
	login := []string{scopeOpenID, scopeProfile, scopeEmail}
	member := append(slices.Clone(login), scopeMemberPost)
	page := append(slices.Clone(member), scopeBasicProfile,
		scopePageRead, scopePagePost, scopePageAdmin, scopePageFollowers,
		scopeMemberPostFigures, scopeMemberProfileFigures,
		scopeMemberFollow, scopeMemberEngage, scopePageFollow, scopePageEngage)
	return World{
		People: []Person{
			{ID: JaneID, FirstName: "Jane", LastName: "Doe", Headline: "Writes things down", Vanity: "jane-doe-sandbox", Email: "jane@example.com", Followers: 480},
			{ID: JohnID, FirstName: "John", LastName: "Roe", Headline: "Reads what others write", Vanity: "john-roe-sandbox", Email: "john@example.com"},
		},
		Organizations: []Organization{
			{ID: PageID, Name: "Crier Demo", Vanity: "crier-demo", Website: "https://example.com/", Followers: 5000, FollowerPeople: []string{JaneID, JohnID}, Roles: []RoleAssignment{{JaneID, roleAdministrator}}},
			{ID: SmallPageID, Name: "Crier Corner (Beta)", Vanity: SmallPageVanity, Followers: 120, Roles: []RoleAssignment{{JaneID, roleAdministrator}, {JaneID, roleContentAdmin}}},
		},
		Tokens: []Token{
			{Name: MemberToken, Value: MemberToken, ClientID: ShareClientID, Person: JaneID, Scopes: member},
			{Name: PageToken, Value: PageToken, ClientID: CommunityClientID, Person: JaneID, Scopes: page},
			{Name: OtherToken, Value: OtherToken, ClientID: CommunityClientID, Person: JohnID, Scopes: page},
			{Name: LoginToken, Value: LoginToken, ClientID: ShareClientID, Person: JaneID, Scopes: login},
			{Name: ExpiredToken, Value: ExpiredToken, ClientID: CommunityClientID, Person: JaneID, Scopes: page, ExpiresAt: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)},
			{Name: RevokedToken, Value: RevokedToken, ClientID: CommunityClientID, Person: JaneID, Scopes: page, Revoked: true},
		},
	}
}
