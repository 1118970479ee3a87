package linkedin_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/setting"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// loadSettings reads settings as a server does.
func loadSettings(environ ...string) (*linkedin.Settings, error) {
	s := new(linkedin.Settings)
	_, err := config.Load(environ, "", core.Adapter{Name: "linkedin", Settings: s})
	return s, err
}

func TestSettings(t *testing.T) {
	t.Parallel()
	defaults := linkedin.Settings{
		APIURL: "https://api.linkedin.com", OAuthURL: "https://www.linkedin.com/oauth/v2", WebURL: "https://www.linkedin.com",
		MaxVideo: 500e6, PostsPerDay: 150, Version: linkedin.DefaultVersion,
		Scopes:          setting.Scopes{"openid", "profile", "w_member_social"},
		CommunityScopes: setting.Scopes{"r_basicprofile", "w_member_social", "w_organization_social", "r_organization_social", "rw_organization_admin"},
	}
	set := defaults
	set.ClientID, set.ClientSecret, set.CommunityClientID, set.CommunityClientSecret = "a", "b", "c", "d"
	set.Scopes, set.Version, set.MaxVideo, set.AppQuota, set.MemberQuota, set.PostsPerDay = setting.Scopes{"w_member_social", "openid", "profile"}, "202609.01", 5e9, 500, 100, 0
	for name, tc := range map[string]struct {
		environ []string
		want    linkedin.Settings
	}{
		"none set":              {nil, defaults},
		"scopes that are empty": {[]string{"CRIER_LINKEDIN_SCOPES=,"}, defaults},
		"set": {[]string{
			"CRIER_LINKEDIN_CLIENT_ID=a", "CRIER_LINKEDIN_CLIENT_SECRET=b", "CRIER_LINKEDIN_COMMUNITY_CLIENT_ID=c", "CRIER_LINKEDIN_COMMUNITY_CLIENT_SECRET=d",
			"CRIER_LINKEDIN_SCOPES=w_member_social,openid profile, openid", "CRIER_LINKEDIN_VERSION=202609.01", "CRIER_LINKEDIN_MAX_VIDEO=5GB",
			"CRIER_LINKEDIN_APP_QUOTA=500", "CRIER_LINKEDIN_MEMBER_QUOTA=100", "CRIER_LINKEDIN_POSTS_PER_DAY=0",
		}, set},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := loadSettings(tc.environ...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			p, err := got.Open(core.AdapterDeps{RedirectURL: "https://crier.example/link/callback"})
			if err != nil {
				t.Fatal(err)
			}
			if info := p.Info(); info.Name != "linkedin" || info.APIVersion != string(tc.want.Version) || info.Limits.PostsPerDay != tc.want.PostsPerDay {
				t.Errorf("the provider is %s, version %s, with %d posts a day", info.Name, info.APIVersion, info.Limits.PostsPerDay)
			}
		})
	}
}

func TestMistakesInSettings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, value, field, message string }{
		{"CLIENT_SECRET", "x", "CLIENT_ID", "needed with CRIER_LINKEDIN_CLIENT_SECRET"},
		{"CLIENT_ID", "x", "CLIENT_SECRET", "needed with CRIER_LINKEDIN_CLIENT_ID"},
		{"COMMUNITY_CLIENT_SECRET", "x", "COMMUNITY_CLIENT_ID", "needed with CRIER_LINKEDIN_COMMUNITY_CLIENT_SECRET"},
		{"COMMUNITY_CLIENT_ID", "x", "COMMUNITY_CLIENT_SECRET", "needed with CRIER_LINKEDIN_COMMUNITY_CLIENT_ID"},
		{"SCOPES", "openid \"profile\"", "SCOPES", "not the name of a permission"},
		{"SCOPES", "profile", "SCOPES", "nobody can post without"},
		{"COMMUNITY_SCOPES", "w_member_social", "COMMUNITY_SCOPES", "whom a token belongs to"},
		{"API_URL", "ftp://api", "API_URL", "https://"},
		{"WEB_URL", "linkedin.com", "WEB_URL", "https://"},
		{"OAUTH_URL", "https://u:p@www.linkedin.com", "OAUTH_URL", "login"},
		{"VERSION", "202613", "VERSION", "YYYYMM"},
		{"VERSION", "now", "VERSION", "YYYYMM"},
		{"MAX_VIDEO", "99999999999999999999", "MAX_VIDEO", "too large"},
	} {
		t.Run(tc.name+"="+tc.value, func(t *testing.T) {
			t.Parallel()
			_, err := loadSettings("CRIER_LINKEDIN_" + tc.name + "=" + tc.value)
			problems, ok := errors.AsType[core.Errors](err)
			if !ok || len(problems) != 1 || problems[0].Field != "CRIER_LINKEDIN_"+tc.field || !strings.Contains(problems[0].Message, tc.message) {
				t.Errorf("error %v, want one that says %q of %s", err, tc.message, tc.field)
			}
		})
	}
}

// TestRangesOfSettingsAreDescribed loads each number with its bounds, and with what is just
// beyond them: the help names those that are taken.
func TestRangesOfSettingsAreDescribed(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := config.Reference(&page, core.Adapter{Name: "linkedin", Settings: new(linkedin.Settings)}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"CRIER_LINKEDIN_APP_QUOTA", "CRIER_LINKEDIN_MEMBER_QUOTA", "CRIER_LINKEDIN_POSTS_PER_DAY"} {
		_, help, _ := strings.Cut(page.String(), "| `"+name+"` |")
		help, _, _ = strings.Cut(help, "\n")
		if !strings.Contains(help, "from 0 to 1000000000") {
			t.Errorf("the help of %s does not tell its range: %s", name, help)
		}
		for value, refused := range map[string]bool{"-1": true, "0": false, "1000000000": false, "1000000001": true} {
			_, err := loadSettings(name + "=" + value)
			if got := err != nil && strings.Contains(err.Error(), "outside the range"); got != refused {
				t.Errorf("%s=%s is refused: %t, want %t (%v)", name, value, got, refused, err)
			}
		}
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	for environ, want := range map[string]bool{
		"OTHER=x": true, "CRIER_LINKEDIN_API_URL=https://api.linkedin.com/": true, "CRIER_LINKEDIN_API_URL=http://127.0.0.1:8082": false,
	} {
		s, err := loadSettings(environ)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Live(); got != want {
			t.Errorf("%s: live %t, want %t", environ, got, want)
		}
	}
}

// A sandbox that the settings lead to is one that the provider they make can use: its apps
// know where browsers are sent back to, and its tokens last.
func TestOpenSandbox(t *testing.T) {
	t.Parallel()
	s, err := loadSettings("CRIER_LINKEDIN_CLIENT_ID=own", "CRIER_LINKEDIN_CLIENT_SECRET=hush")
	if err != nil {
		t.Fatal(err)
	}
	clock := coretest.NewClock(coretest.Epoch())
	double, err := s.OpenSandbox(core.SandboxOptions{URL: "http://127.0.0.1:1", RedirectURL: "https://crier.example/link/callback", Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = double.Close() })
	if s.Live() || s.APIURL != "http://127.0.0.1:1" || s.OAuthURL != "http://127.0.0.1:1/oauth/v2" || s.WebURL != "http://127.0.0.1:1" ||
		s.ClientID != sandbox.ShareClientID || s.CommunityClientID != sandbox.CommunityClientID {
		t.Errorf("the settings lead to %+v", s)
	}
	if problems := s.Check(); len(problems) > 0 {
		t.Errorf("they are mistaken: %v", problems)
	}
	var remote []string
	for _, a := range double.Accounts() {
		remote = append(remote, a.RemoteID)
		if !s.InSandbox(a.RemoteID) || a.Credentials.AccessToken == "" || !a.Credentials.ExpiresAt.After(clock.Now()) {
			t.Errorf("account %+v", a)
		}
	}
	if diff := cmp.Diff([]string{sandbox.PageURN, sandbox.JaneURN}, remote); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if s.InSandbox("urn:li:person:real") {
		t.Error("a stranger is taken for one of the sandbox")
	}
}

// The sandbox goes on serving the server's own version of the API, and says so.
func TestSandboxOfAnEndedVersion(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := loadSettings("CRIER_LINKEDIN_VERSION=202504")
	if err != nil {
		t.Fatal(err)
	}
	double, err := s.OpenSandbox(core.SandboxOptions{URL: "http://127.0.0.1:1", Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := double.Close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "version=202504 ended=2026-04-15") {
		t.Errorf("log: %s", &log)
	}
}
