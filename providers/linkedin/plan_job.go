package linkedin

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/weblink"
)

var (
	jobID  = regexp.MustCompile(`^[1-9]\d{0,18}$`)
	jobURN = regexp.MustCompile(`^urn:li:jobPosting:([1-9]\d{0,18})$`)
	// jobPath is the path of a job's page: its number, alone or after its title.
	jobPath = regexp.MustCompile(`^/jobs/view/(?:[^/]*-)?(\d{1,19})/?$`)
)

// planJobPosting reads the option jobPosting: the card of a job's public page, which has
// a title in any case.
func planJobPosting(raw json.RawMessage) (*card, core.Errors) {
	const what = "the id of a job on LinkedIn, its URN, or the address of its page"
	given, e := textOf(raw, jobPostingField, what)
	if e != nil {
		return nil, core.Errors{e}
	}
	if id := readJob(given); id != "" {
		return &card{
			source: defaultWebURL + "/jobs/view/" + id + "/", field: jobPostingField, fallback: "Job " + id + " on LinkedIn",
		}, nil
	}
	source := weblink.ASCII(given)
	if u, err := url.Parse(source); source == "" || err != nil || onLinkedIn(u) {
		return nil, core.Errors{invalid(jobPostingField, jobPostingField+" must be "+what+".")}
	}
	return &card{source: source, field: jobPostingField, fallback: "Job on " + shortAddress(source)}, nil
}

// readJob returns the number of a job on LinkedIn, "" for anything else.
func readJob(v string) string {
	if jobID.MatchString(v) {
		return v
	}
	if m := jobURN.FindStringSubmatch(v); m != nil {
		return m[1]
	}
	u, err := url.Parse(v)
	if err != nil || !onLinkedIn(u) {
		return ""
	}
	if m := jobPath.FindStringSubmatch(u.Path); m != nil {
		return m[1]
	}
	if id := u.Query().Get("currentJobId"); jobID.MatchString(id) {
		return id
	}
	return ""
}

// onLinkedIn tells whether an address is on LinkedIn's public site, which has a host
// name for every country.
func onLinkedIn(u *url.URL) bool {
	if u.Scheme != "https" && u.Scheme != "http" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return host == "linkedin.com" || strings.HasSuffix(host, ".linkedin.com")
}
