package sandbox

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Version is a month of LinkedIn's API. It is served from its month on until the
// day of its sunset.
type Version struct {
	Name   string    // "202606"
	Sunset time.Time // zero: none announced
}

//go:embed data/versions.json
var versionTable []byte

// DefaultVersions is the published table of versions and their sunset dates.
// https://learn.microsoft.com/en-us/linkedin/marketing/integrations/migrations
func DefaultVersions() []Version {
	var table struct {
		Versions []struct {
			Version string
			Sunset  string
		}
	}
	if err := json.Unmarshal(versionTable, &table); err != nil {
		panic("sandbox: embedded version table: " + err.Error())
	}
	out := make([]Version, 0, len(table.Versions))
	for _, v := range table.Versions {
		version := Version{Name: v.Version}
		if v.Sunset != "" {
			day, err := time.Parse(time.DateOnly, v.Sunset)
			if err != nil {
				panic("sandbox: embedded version table: " + err.Error())
			}
			version.Sunset = day
		}
		out = append(out, version)
	}
	return out
}

func (v Version) active(now time.Time) bool {
	month, err := time.Parse("200601", v.Name)
	if err != nil || now.Before(month) {
		return false
	}
	return v.Sunset.IsZero() || now.Before(v.Sunset)
}

var versionHeader = regexp.MustCompile(`^(\d{6})(?:\.(\d{2}))?$`)

// checkVersion checks the API version that a request asks for. A sunset, unknown or
// future one is answered with 426, which shows a missing revision as 01.
func (s *Sandbox) checkVersion(c *call) *problem {
	requested := c.http.Header.Get("LinkedIn-Version")
	if requested == "" {
		return &problem{
			Status: http.StatusBadRequest, Code: "VERSION_MISSING",
			Message: "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
		}
	}
	m := versionHeader.FindStringSubmatch(requested)
	if m == nil {
		return inactiveVersion(strings.ToValidUTF8(limitString(requested, 40), ""))
	}
	for _, v := range s.opts.Versions {
		if v.Name == m[1] && (s.opts.EveryVersion || v.active(c.now)) {
			return nil
		}
	}
	return inactiveVersion(m[1] + cmp.Or(m[2], "01"))
}

// version is the month of the API version that the request asks for.
func (c *call) version() string {
	return limitString(c.http.Header.Get("LinkedIn-Version"), len("202601"))
}

func inactiveVersion(shown string) *problem {
	return &problem{
		Status: http.StatusUpgradeRequired, Code: "NONEXISTENT_VERSION",
		Message: fmt.Sprintf("Requested version %s is not active", shown),
	}
}

func limitString(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n]
}
