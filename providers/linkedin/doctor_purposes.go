package linkedin

import (
	"context"
	"errors"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// purpose is something that Crier does for an account.
type purpose struct {
	check string
	op    string // the call whose permission it takes
	what  string // "publish posts"
	// essential: without it, the account is of no use.
	essential bool
	// probe makes a call that reads and takes the same permission; nil: there is none.
	probe func(ctx context.Context) error
}

// errNoSubject is what a probe answers that has nothing to ask about.
var errNoSubject = errors.New("linkedin: nothing to read")

// purposes tells for each purpose whether the account has what it takes.
func (x *examination) purposes(ctx context.Context) []core.Finding {
	list := x.personPurposes()
	if accountKind(x.author) == core.AccountOrganization {
		list = x.pagePurposes()
	}
	found := make([]core.Finding, len(list))
	for i, one := range list {
		found[i] = x.examine(ctx, one)
	}
	return found
}

func (x *examination) personPurposes() []purpose {
	return []purpose{
		{"posting", "createPost", "publish posts", true, nil},
		{"reading posts", "postsByAuthor", "read back what it published", false, x.probePosts},
		{"comments", "createComment", "comment and answer", false, nil},
		{"reading comments", "getSocialMetadata", "list comments and their number", false, x.probeMetadata},
		{"figures of posts", "memberAnalytics", "tell how posts fare", false, func(ctx context.Context) error {
			_, err := x.provider.api.GetMemberAnalytics(ctx, x.token, api.MemberImpressions, api.Days{})
			return err
		}},
		{"followers", "memberFollowers", "count followers", false, func(ctx context.Context) error {
			_, err := x.provider.api.CountMemberFollowers(ctx, x.token)
			return err
		}},
		{"mentions of pages", "findOrganizations", "look up pages by their @handle", false, x.probePages},
	}
}

func (x *examination) pagePurposes() []purpose {
	return []purpose{
		{"posting", "createPost", "publish posts", true, nil},
		{"reading posts", "postsByAuthor", "read back what it published", false, x.probePosts},
		{"comments", "createComment", "comment and answer", false, nil},
		{"reading comments", "getSocialMetadata", "list comments and their number", false, x.probeMetadata},
		{"figures of posts", "shareStatistics", "tell how posts fare", false, func(ctx context.Context) error {
			_, err := x.provider.api.GetShareStatistics(ctx, x.token, x.author)
			return err
		}},
		{"followers", "countFollowers", "count followers and check audiences", false, func(ctx context.Context) error {
			_, err := x.provider.api.CountFollowers(ctx, x.token, x.author)
			return err
		}},
		{"mentions of pages", "findOrganizations", "look up pages by their @handle", false, x.probePages},
		{"mentions of people", "peopleTypeahead", "look up people among the followers", false, func(ctx context.Context) error {
			_, err := x.provider.api.FindFollowers(ctx, x.token, x.author, "a")
			return err
		}},
	}
}

func (x *examination) probePosts(ctx context.Context) error {
	_, err := x.provider.api.PostsByAuthor(ctx, x.token, x.author, 0, 1)
	return err
}

func (x *examination) probePages(ctx context.Context) error {
	_, err := x.provider.api.FindOrganizations(ctx, x.token, "linkedin")
	return err
}

// probeMetadata reads about the author's latest post.
func (x *examination) probeMetadata(ctx context.Context) error {
	posts, err := x.provider.api.PostsByAuthor(ctx, x.token, x.author, 0, 1)
	if err != nil || len(posts.Elements) == 0 || readURN(posts.Elements[0].ID) == "" {
		return errNoSubject
	}
	_, err = x.provider.api.GetSocialMetadata(ctx, x.token, readURN(posts.Elements[0].ID))
	return err
}

// examine tells whether the account has what a purpose takes: by what is known of its
// token, and by trying.
func (x *examination) examine(ctx context.Context, u purpose) core.Finding {
	need := requirementOf(u.op, accountKind(x.author))
	switch {
	case len(x.scopes) > 0 && !need.hasScope(x.scopes):
		return u.withoutScope(need)
	case x.roles != nil && !need.hasRole(x.roles.held):
		return u.lacking("it takes the role "+need.anyRole()+" on the page.", helpWithRole)
	}
	if e, held := x.held(u.op); held {
		return u.later(e)
	}
	if u.probe == nil {
		return x.byScope(u, need)
	}
	err := u.probe(ctx)
	switch {
	case err == nil:
		return u.able(core.FindingOK)
	case errors.Is(err, errNoSubject):
		return x.byScope(u, need)
	}
	switch e := core.AsError(err); e.Kind { //nolint:exhaustive // the others tell nothing
	case core.KindForbidden:
		return x.refused(u, need, e)
	case core.KindNotFound:
		return u.lacking("LinkedIn does not offer it to this app, which is usual in the development tier.", strings.Replace(helpWithProduct, "%s", need.product, 1))
	}
	f := u.able(core.FindingUnknown)
	f.Message = "Whether Crier can " + u.what + " could not be found out: " + sentence(core.AsError(err).Message)
	return f
}

// refused tells why LinkedIn refused a probe, as far as is known.
func (x *examination) refused(u purpose, need requirement, e *core.Error) core.Finding {
	switch {
	case len(x.scopes) > 0 && e.Upstream == codeNoScopeText:
		message, help := x.lacksProduct(need, e)
		return u.lacking(message, help)
	case len(x.scopes) > 0: // above all a role that could not be read
		return u.lacking(e.Message, e.Help)
	case need.closed:
		return u.withoutScope(need)
	}
	return u.lacking("LinkedIn refuses it; it takes the scope "+need.anyScope()+".", need.grant())
}

// able is the finding that nothing is in the way.
func (u purpose) able(s core.FindingStatus) core.Finding {
	return core.Finding{Check: u.check, Status: s, Message: "Crier can " + u.what + "."}
}

// lacking is the finding that something is.
func (u purpose) lacking(why, help string) core.Finding {
	f := core.Finding{Check: u.check, Status: core.FindingWarning, Message: "Crier cannot " + u.what + ": " + why, Help: help}
	if u.essential {
		f.Status = core.FindingMissing
	}
	if strings.Contains(help, portalURL) {
		f.URL = portalURL
	}
	return f
}

func (u purpose) withoutScope(need requirement) core.Finding {
	if need.closed {
		f := u.lacking("it takes the scope "+need.anyScope()+", which LinkedIn does not grant to apps any more.", "")
		f.Help = "Nothing is to be done. A post whose answer was lost is found by sending it once more, which LinkedIn recognises as a duplicate."
		return f
	}
	return u.lacking("the token lacks the scope "+need.anyScope()+".", need.grant())
}

// grant is the way to a scope.
func (r requirement) grant() string {
	return "Grant " + r.anyScope() + ", then link the account again. LinkedIn offers it to apps with the product " + r.product + ": " + portalURL + ", then Products."
}

// byScope judges what cannot be tried without changing something. That the token has
// the scope shows that the app has had the product when it was granted.
func (x *examination) byScope(u purpose, need requirement) core.Finding {
	if len(x.scopes) > 0 {
		return u.able(core.FindingOK)
	}
	f := u.able(core.FindingUnknown)
	f.Message = "Whether Crier can " + u.what + " is not known: it takes the scope " + need.anyScope() + "."
	return f
}
