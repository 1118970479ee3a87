package linkedin

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"time"
)

// DefaultVersion is the version of LinkedIn's API that the adapter is written
// for. A month is served for at least a year; the current one may not be active
// yet.
// https://learn.microsoft.com/en-us/linkedin/marketing/versioning
const DefaultVersion = "202607"

// sunsetNotice is how long before its end a version is warned of.
const sunsetNotice = 60 * 24 * time.Hour

var versionPattern = regexp.MustCompile(`^\d{4}(0[1-9]|1[0-2])(\.\d{2})?$`)

// versionTable lists the published ends of versions.
// https://learn.microsoft.com/en-us/linkedin/marketing/integrations/migrations
//
//go:embed versions.json
var versionTable []byte

// parseVersions returns the published ends of versions.
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

// VersionNotice returns what the operator should know about the configured API
// version, beginning 60 days before LinkedIn stops serving it.
func (p *Provider) VersionNotice(now time.Time) (string, bool) {
	month := p.cfg.Version[:len("YYYYMM")]
	end, published := p.versions[month]
	if !published {
		end = earliestEnd(month)
	}
	day := end.Format(time.DateOnly)
	switch {
	case !now.Before(end) && published:
		return fmt.Sprintf("LinkedIn stopped serving version %s of its API on %s: set CRIER_LINKEDIN_VERSION to a newer one", p.cfg.Version, day), true
	case now.After(end.Add(-sunsetNotice)):
		return fmt.Sprintf("LinkedIn serves version %s of its API until about %s: set CRIER_LINKEDIN_VERSION to a newer one before", p.cfg.Version, day), true
	}
	return "", false
}
