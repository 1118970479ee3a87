package linkedin

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	aboutPages = "pages"
	// maxBatch is how many pages are named in one question.
	maxBatch = 50
	// parallelPages is how many pages are asked about at a time, where each is asked for
	// by itself.
	parallelPages = 4
	// maxRoleNotes is how many pages that cannot be posted to are named one by one.
	maxRoleNotes = 20
)

// managed is a page on which a member has roles.
type managed struct {
	id    int64
	roles []string
}

func (m managed) speaks() bool { return slices.ContainsFunc(m.roles, maySpeak) }

// pagesOf lists the pages that the member may post as, and tells of those on which he has
// another role. An error tells that nothing could be listed.
func (p *Provider) pagesOf(ctx context.Context, c core.Credentials) ([]core.Account, []core.Finding, error) {
	if !requirementOf("organizationAcls", core.AccountOrganization).hasScope(c.Scopes) {
		return nil, nil, nil // the scope that is missing is told of already
	}
	all, cut, err := p.managedBy(ctx, c.AccessToken)
	if err != nil {
		return nil, nil, err
	}
	names, nameless := p.pageNames(ctx, c.AccessToken, all)
	var accounts []core.Account
	var notes []core.Finding
	var mute []managed
	for _, one := range all {
		if one.speaks() {
			accounts = append(accounts, p.page(names[one.id], one.id, c.Scopes, c.App))
		} else {
			mute = append(mute, one)
		}
	}
	notes = append(notes, roleNotes(mute, names)...)
	if nameless > 0 {
		notes = append(notes, core.Finding{
			Check: aboutPages, Status: core.FindingWarning,
			Message: fmt.Sprintf("LinkedIn did not tell the names of %d of your pages; they are shown by their ids.", nameless),
			Help:    "They can be linked all the same. Linking them again later puts the names right.",
		})
	}
	if cut {
		notes = append(notes, core.Finding{
			Check: aboutPages, Status: core.FindingWarning,
			Message: fmt.Sprintf("You have more than %d roles on pages; the others are not listed.", maxACLPages*aclPageSize),
			Help:    "If a page is missing, " + tellGiver,
		})
	}
	if len(all) == 0 {
		notes = append(notes, core.Finding{
			Check: aboutPages, Status: core.FindingOK, Message: "You manage no page on LinkedIn.",
			Help: "If there should be one, have an administrator of the page give you one of the roles " + postingRoleTitles() + ", then start again.",
		})
	}
	return accounts, notes, nil
}

// managedBy reads the member's roles on pages: all of them, since the names of roles differ
// between answers. cut tells that there are more than are read.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
func (p *Provider) managedBy(ctx context.Context, token core.Secret) (list []managed, cut bool, err error) {
	for page := range maxACLPages {
		acls, err := p.api.OrganizationACLs(ctx, token, page*aclPageSize, aclPageSize)
		if err != nil {
			return nil, false, err
		}
		for _, acl := range acls.Elements {
			list = addRole(list, acl)
		}
		if !acls.More() {
			return list, false, nil
		}
	}
	return list, true, nil
}

// addRole adds a role that is in force to those of its page. What is no organization, such
// as a brand of one, cannot be an author.
func addRole(list []managed, acl api.OrganizationACL) []managed {
	m := organizationID.FindStringSubmatch(acl.Target())
	if m == nil || (acl.State != "" && acl.State != api.RoleApproved) {
		return list
	}
	id, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return list
	}
	i := slices.IndexFunc(list, func(one managed) bool { return one.id == id })
	if i < 0 {
		return append(list, managed{id: id, roles: []string{acl.Role}})
	}
	if !slices.Contains(list[i].roles, acl.Role) {
		list[i].roles = append(list[i].roles, acl.Role)
	}
	return list
}

// pageNames reads the names of pages: many at once, and one by one where LinkedIn does not
// let the app do that, as in the development tier. A page whose name cannot be had can be
// linked all the same; missing counts those.
func (p *Provider) pageNames(ctx context.Context, token core.Secret, all []managed) (names map[int64]api.Organization, missing int) {
	names = map[int64]api.Organization{}
	for some := range slices.Chunk(all, maxBatch) {
		ids := make([]int64, len(some))
		for i, one := range some {
			ids[i] = one.id
		}
		found, err := p.api.LookUpOrganizations(ctx, token, ids)
		if err != nil {
			p.log.InfoContext(ctx, "linkedin does not tell the names of several pages at once", "error", err)
			break
		}
		maps.Copy(names, found)
	}
	var rest []int64
	for _, one := range all {
		if names[one.id].LocalizedName == "" {
			rest = append(rest, one.id)
		}
	}
	for i, org := range p.organizations(ctx, token, rest) {
		names[rest[i]] = org
		if org.LocalizedName == "" {
			missing++
		}
	}
	return names, missing
}

// organizations reads pages one by one. One that cannot be read is empty.
func (p *Provider) organizations(ctx context.Context, token core.Secret, ids []int64) []api.Organization {
	list := make([]api.Organization, len(ids))
	var work errgroup.Group
	work.SetLimit(parallelPages)
	for i, id := range ids {
		work.Go(func() error {
			org, err := p.organization(ctx, token, id)
			if err != nil {
				p.log.WarnContext(ctx, "the name of a page could not be read", "page", organizationURN(id), "error", err)
				return nil
			}
			list[i] = org
			return nil
		})
	}
	_ = work.Wait() // every failure is told in the log
	return list
}

// roleNotes tells of pages on which the member may not post.
func roleNotes(mute []managed, names map[int64]api.Organization) []core.Finding {
	var notes []core.Finding
	for _, one := range mute[:min(len(mute), maxRoleNotes)] {
		who := organizationURN(one.id)
		if name := names[one.id].LocalizedName; name != "" {
			who = strconv.Quote(name)
		}
		notes = append(notes, core.Finding{
			Check: aboutRole, Status: core.FindingWarning,
			Message: "The page " + who + " cannot be linked: your role there is " + roleTitles(one.roles) + "; posting takes " + postingRoleTitles() + ".",
			Help:    "Have an administrator of the page give you one of these roles, then start again.",
		})
	}
	if more := len(mute) - maxRoleNotes; more > 0 {
		notes = append(notes, core.Finding{
			Check: aboutRole, Status: core.FindingWarning,
			Message: fmt.Sprintf("On %d more pages your role does not allow posts.", more),
			Help:    "Have an administrator of the page give you one of the roles " + postingRoleTitles() + ", then start again.",
		})
	}
	return notes
}
