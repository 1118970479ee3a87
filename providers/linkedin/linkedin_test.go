package linkedin_test

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]linkedin.Config{
		"API without a scheme":  {APIURL: "api.linkedin.com"},
		"API that is no URL":    {APIURL: "https://%zz"},
		"API with a password":   {APIURL: "https://u:p@example.com"},
		"OAuth with a query":    {OAuthURL: "https://example.com/?a=b"},
		"web of another scheme": {WebURL: "ftp://example.com"},
		"month 13":              {Version: "202613"},
		"version in words":      {Version: "latest"},
	} {
		if _, err := linkedin.New(c, linkedin.Deps{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNewTakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]linkedin.Config{
		"defaults":          {},
		"a local address":   {APIURL: "http://127.0.0.1:8082/", OAuthURL: "http://127.0.0.1:8082/oauth/v2"},
		"a revision":        {Version: "202607.02"},
		"a version to come": {Version: "203001"},
	} {
		p, err := linkedin.New(c, linkedin.Deps{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := core.NewRegistry(p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVersionNotice(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tc := range []struct {
		version, today, want string
	}{
		{"202607", "2027-05-16", ""},
		{"202607", "2027-05-17", "LinkedIn serves version 202607 of its API until about 2027-07-15: set CRIER_LINKEDIN_VERSION to a newer one before"},
		{"202607.01", "2027-07-15", "LinkedIn has not served version 202607.01 of its API since 2027-07-15: set CRIER_LINKEDIN_VERSION to a newer one"},
		{"202609", "2027-01-01", ""}, // no end is published: a year is promised
		{"202609", "2027-07-20", "LinkedIn serves version 202609 of its API until about 2027-09-01: set CRIER_LINKEDIN_VERSION to a newer one before"},
		{"202609", "2027-12-01", "LinkedIn has perhaps not served version 202609 of its API since 2027-09-01: set CRIER_LINKEDIN_VERSION to a newer one"},
		{"202611", "2027-01-01", "version 202611 of LinkedIn's API is later than 202609, the newest that this version of Crier knows of: make sure that LinkedIn serves it"},
		{"202509", "2026-12-01", "LinkedIn has not served version 202509 of its API since 2026-09-15: set CRIER_LINKEDIN_VERSION to a newer one"},
	} {
		p := newProvider(t, linkedin.Config{Version: tc.version}, linkedin.Deps{})
		got, ok := p.VersionNotice(day(tc.today))
		if got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s on %s: %q", tc.version, tc.today, got)
		}
	}
}

// The version that is pinned must be served today and for a good while.
func TestDefaultVersionIsServed(t *testing.T) {
	t.Parallel()
	p := newProvider(t, linkedin.Config{}, linkedin.Deps{})
	if notice, ok := p.VersionNotice(coretest.Epoch()); ok {
		t.Error(notice)
	}
	if got := p.Info().APIVersion; got != linkedin.DefaultVersion {
		t.Errorf("Info names version %s", got)
	}
}
