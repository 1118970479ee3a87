package api_test

import (
	"encoding/json"
	"testing"

	"github.com/crier-social/crier/providers/linkedin/api"
)

// The organization of a role has three names, one of which an answer uses.
func TestOrganizationOfARole(t *testing.T) {
	t.Parallel()
	const urn = "urn:li:organization:77"
	for _, name := range []string{"organization", "organizationTarget", "organizationalTarget"} {
		var acl api.OrganizationACL
		if err := json.Unmarshal([]byte(`{"role":"ADMINISTRATOR","`+name+`":"`+urn+`"}`), &acl); err != nil {
			t.Fatal(err)
		}
		if got := acl.Target(); got != urn {
			t.Errorf("%s: %q", name, got)
		}
	}
}
