package linkedin

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	// keepPage is how long it is remembered which page has a name or id, which hardly
	// ever changes; keepAbsence how long that there is none, which ends when somebody
	// creates or renames one.
	keepPage    = 30 * 24 * time.Hour
	keepAbsence = 5 * time.Minute
	maxPages    = 10_000
)

// knownPage is what is remembered of an organization. An id of 0 means that there is
// none.
type knownPage struct{ api.Organization }

func (o knownPage) exists() bool { return o.ID > 0 && o.LocalizedName != "" }
func (o knownPage) urn() string  { return organizationPrefix + strconv.FormatInt(o.ID, 10) }

// remember keeps a page under a key for as long as it is good, and a page that exists
// under its id as well.
func (p *Provider) remember(key string, page knownPage) {
	if !page.exists() {
		p.pages.Put(key, page, keepAbsence)
		return
	}
	p.pages.Put(key, page, keepPage)
	p.pages.Put(page.urn(), page, keepPage)
}

// pageByVanity finds an organization by the name in its address, whatever its case. Its
// error is of KindNotFound when there is none.
func (p *Provider) pageByVanity(ctx context.Context, token core.Secret, vanity string) (knownPage, error) {
	vanity = strings.ToLower(vanity)
	page, cached := p.pages.Get("@" + vanity)
	if !cached {
		found, err := p.api.FindOrganizations(ctx, token, vanity)
		if err != nil {
			return knownPage{}, err
		}
		for _, o := range found.Elements {
			if strings.EqualFold(o.VanityName, vanity) && (knownPage{o}).exists() {
				page = knownPage{o}
				break
			}
		}
		p.remember("@"+vanity, page)
	}
	if !page.exists() {
		return knownPage{}, absent("no page of LinkedIn has the address " + p.cfg.WebURL + "/company/" + vanity + ".")
	}
	return page, nil
}

// pageByURN finds an organization by its URN. Its error is of KindNotFound when there
// is none.
func (p *Provider) pageByURN(ctx context.Context, token core.Secret, urn string) (knownPage, error) {
	page, cached := p.pages.Get(urn)
	if !cached {
		id, err := strconv.ParseInt(strings.TrimPrefix(urn, organizationPrefix), 10, 64)
		if err != nil {
			return knownPage{}, absent("LinkedIn knows no organization " + urn + ".")
		}
		if page.Organization, err = p.readPage(ctx, token, id); err != nil {
			return knownPage{}, err
		}
		p.remember(urn, page)
	}
	if !page.exists() {
		return knownPage{}, absent("LinkedIn knows no organization " + urn + ".")
	}
	return page, nil
}

// readPage reads an organization as everybody may see it or, where the app may not ask
// for that, as its administrators do. It is empty when LinkedIn says that there is none.
func (p *Provider) readPage(ctx context.Context, token core.Secret, id int64) (api.Organization, error) {
	page, _, err := p.api.LookUpOrganization(ctx, token, id)
	if kind := core.KindOf(err); kind == core.KindForbidden || kind == core.KindNotFound {
		page, err = p.api.GetOrganization(ctx, token, id)
	}
	page.ID = id
	return page, err
}

// followersByName finds the followers of a page whose names begin with the words.
func (p *Provider) followersByName(ctx context.Context, token core.Secret, page, words string) ([]api.Follower, error) {
	found, err := p.api.FindFollowers(ctx, token, page, words)
	if err != nil {
		return nil, err
	}
	var people []api.Follower
	for _, f := range found.Elements {
		if personURN.MatchString(f.Member) && fullName(f) != "" {
			people = append(people, f)
		}
	}
	return people, nil
}

func fullName(f api.Follower) string { return strings.TrimSpace(f.FirstName + " " + f.LastName) }

// memberByVanity finds the URN of the person with an address, on behalf of a page. Its
// error is of KindNotFound when there is none.
func (p *Provider) memberByVanity(ctx context.Context, token core.Secret, page, vanity string) (string, error) {
	address := defaultWebURL + "/in/" + url.PathEscape(vanity)
	found, err := p.api.FindProfile(ctx, token, page, address)
	if err != nil && core.KindOf(err) != core.KindNotFound {
		return "", err
	}
	for _, owner := range found.Elements {
		if personURN.MatchString(owner.Member) {
			return owner.Member, nil
		}
	}
	return "", absent("LinkedIn finds no member with the address " + address + ", or does not tell this app.")
}

func absent(message string) *core.Error {
	return &core.Error{Kind: core.KindNotFound, Code: core.CodeMention, Op: "linkedin.lookup", Platform: name, Message: message}
}
