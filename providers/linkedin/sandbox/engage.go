package sandbox

import "slices"

// The names of the resources in refusals, which are not those of the paths.
const (
	commentsResource  = "partnerApiSocialActions"
	metadataResource  = "partnerApiSocialMetadata"
	reactionsResource = "partnerApiReactions"
)

const actorField = "actor"

// mayEngageAs checks that a token may comment or react in the name of an actor, which
// takes other scopes than to post does. The caller holds the lock.
func (s *Sandbox) mayEngageAs(t Token, actor string, m restMethod, resource string) *problem {
	u, bad := checkURN(actorField, actor, "person", "organization")
	if bad != nil {
		return bad
	}
	if u.Kind == "person" {
		switch {
		case !t.has(scopeMemberEngage):
			return notPermitted(resource, m)
		case actor != t.personURN():
			return foreignAuthor(actorField)
		}
		return nil
	}
	o, known := s.organizations[u.ID]
	switch {
	case !t.has(scopePageEngage):
		return notPermitted(resource, m)
	case !known:
		return foreignAuthor(actorField)
	case !o.hasRole(t.Person, engagingRoles()...):
		return accessDenied("The member does not have a role on this organization that permits comments and reactions")
	}
	return nil
}

// mayFollow checks that a token may read what happens below a post. The caller holds
// the lock.
func (s *Sandbox) mayFollow(t Token, p *post, m restMethod, resource string) *problem {
	author, _ := parseURN(p.author)
	if author.Kind == "person" {
		if !t.has(scopeMemberFollow, scopeMemberRead) {
			return notPermitted(resource, m)
		}
		return nil
	}
	switch {
	case !t.has(scopePageFollow, scopePageRead):
		return notPermitted(resource, m)
	case !s.organizations[author.ID].hasRole(t.Person, slices.Concat(engagingRoles(), postingRoles())...):
		return accessDenied("The member does not have a role on this organization that permits reading its comments")
	}
	return nil
}

// actorParam returns the actor that a request names as a parameter. Left out, it is
// the member.
func (c *call) actorParam() (string, *problem) { return c.textOr(actorField, c.token.personURN()) }

// socialResources is what happens below a post.
func socialResources() map[string]resource {
	return map[string]resource{
		"socialActions": {of: map[string]resource{
			"comments": {methods: map[restMethod]endpoint{
				methodGetAll:        {[]string{"start", "count"}, (*Sandbox).listComments},
				methodGet:           {nil, (*Sandbox).getComment},
				methodCreate:        {[]string{actorField}, (*Sandbox).createComment},
				methodPartialUpdate: {[]string{actorField}, (*Sandbox).updateComment},
				methodDelete:        {[]string{actorField}, (*Sandbox).deleteComment},
			}},
		}},
		"socialMetadata": {methods: map[restMethod]endpoint{
			methodGet:           {nil, (*Sandbox).getSocialMetadata},
			methodBatchGet:      {[]string{"ids"}, (*Sandbox).batchGetSocialMetadata},
			methodPartialUpdate: {[]string{actorField}, (*Sandbox).updateSocialMetadata},
		}},
		"reactions": {
			record: true,
			methods: map[restMethod]endpoint{
				methodGet:    {nil, (*Sandbox).getReaction},
				methodCreate: {[]string{actorField}, (*Sandbox).createReaction},
				methodDelete: {nil, (*Sandbox).deleteReaction},
			},
			finders: map[string]endpoint{
				"entity": {[]string{"sort", "start", "count"}, (*Sandbox).findReactions},
			},
		},
	}
}
