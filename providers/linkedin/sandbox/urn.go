package sandbox

import (
	"regexp"
	"strings"
)

// urn is a parsed "urn:li:<kind>:<id>".
type urn struct {
	Kind, ID string
}

func (u urn) String() string { return "urn:li:" + u.Kind + ":" + u.ID }

var urnForm = regexp.MustCompile(`^urn:li:([A-Za-z]+):(.+)$`)

func parseURN(s string) (urn, bool) {
	m := urnForm.FindStringSubmatch(s)
	if m == nil {
		return urn{}, false
	}
	return urn{Kind: m[1], ID: m[2]}, true
}

var (
	numericID = regexp.MustCompile(`^[0-9]{1,19}$`)
	opaqueID  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// validID tells whether the id has the form that its kind of entity uses.
func (u urn) validID() bool {
	switch u.Kind {
	case "organization", "share", "ugcPost", "activity":
		return numericID.MatchString(u.ID)
	default:
		return opaqueID.MatchString(u.ID)
	}
}

// isPost tells whether the entity is one that /rest/posts serves.
func (u urn) isPost() bool { return u.Kind == "share" || u.Kind == "ugcPost" }

// checkURN returns the URN in a field when it is one of the kinds allowed there.
func checkURN(field, s string, kinds ...string) (urn, *problem) {
	u, ok := parseURN(s)
	if ok {
		ok = false
		for _, k := range kinds {
			ok = ok || u.Kind == k
		}
	}
	if !ok {
		return urn{}, invalidField("INVALID_URN_TYPE", field, "%s value must be a %s URN", field, strings.Join(kinds, " or "))
	}
	if !u.validID() {
		return urn{}, invalidField("INVALID_URN_ID", field, "%s has an invalid id in the URN", field)
	}
	return u, nil
}
