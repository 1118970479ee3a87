package linkedin

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// DefaultVersion is the version of LinkedIn's API that the adapter is written
// for. A month is served for at least a year; the current one may not be active
// yet.
// https://learn.microsoft.com/en-us/linkedin/marketing/versioning
const DefaultVersion = "202607"

// sunsetNotice is how long before its end a version is warned of.
const sunsetNotice = 60 * 24 * time.Hour

var versionPattern = regexp.MustCompile(`^20\d{2}(0[1-9]|1[0-2])(\.\d{2})?$`)

// versionTable lists the published ends of versions.
// https://learn.microsoft.com/en-us/linkedin/marketing/integrations/migrations
//
//go:embed versions.json
var versionTable []byte

// parseVersions returns the published versions with their ends; the zero time
// where none is published.
func parseVersions(table []byte) (map[string]time.Time, error) {
	var file struct {
		Versions []struct {
			Version string  `json:"version"`
			Sunset  *string `json:"sunset"`
		} `json:"versions"`
	}
	if err := json.Unmarshal(table, &file); err != nil {
		return nil, err
	}
	ends := make(map[string]time.Time, len(file.Versions))
	for _, v := range file.Versions {
		if v.Sunset == nil {
			ends[v.Version] = time.Time{}
			continue
		}
		end, err := time.Parse(time.DateOnly, *v.Sunset)
		if err != nil {
			return nil, fmt.Errorf("version %s: %w", v.Version, err)
		}
		ends[v.Version] = end
	}
	return ends, nil
}

// earliestEnd is a year after the version's month, for which LinkedIn promises to
// serve it.
func earliestEnd(version string) time.Time {
	month, err := time.Parse("200601", version)
	if err != nil {
		return time.Time{} // New has checked the form
	}
	return month.AddDate(1, 0, 0)
}

// APIVersion returns the version of LinkedIn's API in use: the configured one until
// LinkedIn ceases to serve it.
func (p *Provider) APIVersion() string { return p.versions.inUse() }

// VersionEnd returns the day from which LinkedIn no longer serves the version in use.
// Where that is not published, it is the end of the year that LinkedIn promises to
// serve every version for.
func (p *Provider) VersionEnd() (end time.Time, published bool) {
	return p.versions.end(p.APIVersion())
}

// VersionNotice returns what the operator should know about the API version in use:
// that it is not the configured one, or not known to exist yet, or that LinkedIn stops
// serving it, beginning 60 days before.
func (p *Provider) VersionNotice(now time.Time) (string, bool) {
	version := p.APIVersion()
	end, published := p.versions.end(version)
	day := end.Format(time.DateOnly)
	replaced := ""
	if version != p.cfg.Version {
		replaced = fmt.Sprintf("LinkedIn does not serve version %s of its API any more, and %s is used instead; ", p.cfg.Version, version)
	}
	tried, lost := p.versions.gaveUp()
	switch {
	case lost:
		return "LinkedIn does not serve " + versionsTried(tried) + " of its API: set CRIER_LINKEDIN_VERSION to another month, one that it serves", true
	case !now.Before(end) && published:
		return replaced + fmt.Sprintf("LinkedIn has not served version %s of its API since %s: set CRIER_LINKEDIN_VERSION to a newer one", version, day), true
	case !now.Before(end):
		return replaced + fmt.Sprintf("LinkedIn has perhaps not served version %s of its API since %s: set CRIER_LINKEDIN_VERSION to a newer one", version, day), true
	case monthOf(version) > p.versions.newest():
		return fmt.Sprintf("version %s of LinkedIn's API is later than %s, the newest that this version of Crier knows of: make sure that LinkedIn serves it", version, p.versions.newest()), true
	case now.After(end.Add(-sunsetNotice)):
		return replaced + fmt.Sprintf("LinkedIn serves version %s of its API until about %s: set CRIER_LINKEDIN_VERSION to a newer one before", version, day), true
	case replaced != "":
		return replaced + "set CRIER_LINKEDIN_VERSION to it, or to a newer one", true
	}
	return "", false
}

const (
	versionsURL      = "https://learn.microsoft.com/en-us/linkedin/marketing/versioning"
	helpOtherVersion = "Set CRIER_LINKEDIN_VERSION to another month, one that LinkedIn serves: " + versionsURL + " lists them."
)

// versionsTried names versions that LinkedIn has refused.
func versionsTried(tried []string) string {
	if len(tried) == 1 {
		return "version " + tried[0]
	}
	return "any of the versions " + strings.Join(tried[:len(tried)-1], ", ") + " and " + tried[len(tried)-1]
}
