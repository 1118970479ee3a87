package linkedin

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
)

// settingsPrefix begins the names of the adapter's settings.
const settingsPrefix = "CRIER_LINKEDIN_"

// maxQuota is the largest number of calls or posts a day that can be set.
const maxQuota = 1_000_000_000

// Settings are what operators can set of LinkedIn.
type Settings struct {
	ClientID     string         `env:"CLIENT_ID" help:"Client id of the LinkedIn app with the products Sign In with LinkedIn using OpenID Connect and Share on LinkedIn: people link themselves through it."`
	ClientSecret core.Secret    `env:"CLIENT_SECRET" file:"true" help:"Client secret of that app."`
	Scopes       setting.Scopes `env:"SCOPES" shown:"openid profile w_member_social" help:"Permissions that people are asked for, separated by spaces or commas. Other ones than before end the tokens that a person has granted to the app earlier."`

	CommunityClientID     string         `env:"COMMUNITY_CLIENT_ID" help:"Client id of the LinkedIn app with the Community Management API, which has to be its only product: people link themselves and their pages through it."`
	CommunityClientSecret core.Secret    `env:"COMMUNITY_CLIENT_SECRET" file:"true" help:"Client secret of that app."`
	CommunityScopes       setting.Scopes `env:"COMMUNITY_SCOPES" shown:"r_basicprofile w_member_social w_organization_social r_organization_social rw_organization_admin" help:"Permissions that people are asked for, separated by spaces or commas. Comments, mentions and figures of people take further ones, if LinkedIn has approved them for the app. Other ones than before end the tokens that a person has granted to the app earlier."`

	APIURL      setting.BaseURL `env:"API_URL" envDefault:"https://api.linkedin.com" help:"Base of /rest and /v2."`
	OAuthURL    setting.BaseURL `env:"OAUTH_URL" envDefault:"https://www.linkedin.com/oauth/v2" help:"Base of authorization, accessToken and introspectToken."`
	WebURL      setting.BaseURL `env:"WEB_URL" envDefault:"https://www.linkedin.com" help:"Base of the links to posts and pages that Crier gives out."`
	MaxVideo    setting.Bytes   `env:"MAX_VIDEO" envDefault:"500MB" help:"Largest video that is sent. LinkedIn's documentation names 500 MB in one place and 5 GB in another."`
	Version     Month           `env:"VERSION" shown:"the month that this version of Crier is pinned to; crier version shows it" help:"LinkedIn-Version to send, as YYYYMM. LinkedIn serves a version for about a year; Crier warns 60 days before the end, and uses the next known one when LinkedIn refuses it."`
	AppQuota    int             `env:"APP_QUOTA" envDefault:"0" help:"Calls a day that LinkedIn lets the app make to one endpoint, as the developer portal shows it; 500 in the development tier of the Community Management API. Crier makes no more. A number from 0 to 1000000000; 0: not known, so that only LinkedIn's refusals count."`
	MemberQuota int             `env:"MEMBER_QUOTA" envDefault:"0" help:"Calls a day that LinkedIn lets one member make to one endpoint, from 0 to 1000000000: 150 for self-serve apps, 100 in the development tier; 0: not known."`
	PostsPerDay int             `env:"POSTS_PER_DAY" envDefault:"150" help:"Posts of one account that go out on a day (UTC), from 0 to 1000000000; others are refused, or wait for the next day. 0: any number."`
}

// Month is a version of LinkedIn's API, as YYYYMM, with an optional revision, as YYYYMM.RR.
// https://learn.microsoft.com/en-us/linkedin/marketing/versioning
type Month string

// UnmarshalText takes YYYYMM or YYYYMM.RR.
func (m *Month) UnmarshalText(text []byte) error {
	if !versionPattern.Match(text) {
		return fmt.Errorf("%q is not a month as YYYYMM, such as 202607", text)
	}
	*m = Month(text)
	return nil
}

// Complete sets the version of the API and the scopes that are asked for.
func (s *Settings) Complete() {
	s.Version = cmp.Or(s.Version, DefaultVersion)
	for _, a := range knownApps(s.config()) {
		if a.name == appShare {
			s.Scopes = a.Scopes
		} else {
			s.CommunityScopes = a.Scopes
		}
	}
}

// Check finds apps without a secret or id, scopes that are of no use, and quotas that are none.
func (s *Settings) Check() core.Errors {
	var problems core.Errors
	report := func(field string, err error) {
		if err != nil {
			problems = append(problems, &core.Error{Kind: core.KindInvalid, Op: name + ".settings", Platform: name, Field: field, Message: err.Error()})
		}
	}
	report(pair("CLIENT_ID", s.ClientID, "CLIENT_SECRET", s.ClientSecret.Reveal()))
	report(pair("COMMUNITY_CLIENT_ID", s.CommunityClientID, "COMMUNITY_CLIENT_SECRET", s.CommunityClientSecret.Reveal()))
	problems = append(problems, checkScopes(s.config())...)
	report("APP_QUOTA", setting.Between(s.AppQuota, 0, maxQuota))
	report("MEMBER_QUOTA", setting.Between(s.MemberQuota, 0, maxQuota))
	report("POSTS_PER_DAY", setting.Between(s.PostsPerDay, 0, maxQuota))
	return problems
}

// pair tells which of two settings is missing that are of no use without each other.
func pair(one, oneValue, other, otherValue string) (missing string, err error) {
	switch {
	case (oneValue == "") == (otherValue == ""):
		return "", nil
	case oneValue == "":
		return one, errors.New("needed with " + settingsPrefix + other)
	}
	return other, errors.New("needed with " + settingsPrefix + one)
}

// Live tells whether posts go to LinkedIn itself.
func (s *Settings) Live() bool { return s.APIURL == defaultAPIURL }

// Open makes the provider.
func (s *Settings) Open(d core.AdapterDeps) (core.Provider, error) {
	c := s.config()
	c.RedirectURL = d.RedirectURL
	return New(c, Deps{HTTP: d.HTTP, Clock: d.Clock, Log: d.Log, OnEvent: d.OnEvent, OnCall: d.OnCall})
}

// config is the provider's.
func (s *Settings) config() Config {
	return Config{
		Share:     App{ClientID: s.ClientID, ClientSecret: s.ClientSecret, Scopes: s.Scopes},
		Community: App{ClientID: s.CommunityClientID, ClientSecret: s.CommunityClientSecret, Scopes: s.CommunityScopes},
		APIURL:    string(s.APIURL), OAuthURL: string(s.OAuthURL), WebURL: string(s.WebURL), Version: string(s.Version),
		MaxVideoBytes: int64(s.MaxVideo), AppQuota: s.AppQuota, MemberQuota: s.MemberQuota,
		// Zero would mean the default instead of any number.
		PostsPerDay: cmp.Or(s.PostsPerDay, -1),
	}
}

var (
	_ core.Settings  = (*Settings)(nil)
	_ core.Completer = (*Settings)(nil)
	_ core.Sandboxed = (*Settings)(nil)
)
