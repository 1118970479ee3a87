package linkedin

import (
	"context"
	"net/url"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// Search returns the organization that an id, a handle or an address names and, where the
// account is a page, its followers whose names begin with the text and the person behind
// an address. LinkedIn offers no search for organizations by their names.
func (p *Provider) Search(ctx context.Context, s *core.Session, q core.DirectoryQuery) ([]core.DirectoryEntry, error) {
	text := strings.TrimSpace(q.Text)
	if text == "" {
		return nil, invalid("search", "Send whom to look for: a handle, a page's or profile's address, an id, or the beginning of a name.")
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return nil, err
	}
	d := &directory{provider: p, author: s.Account.RemoteID, token: token}
	t, exact := p.readTarget(target{}, text, false)
	if exact && !q.PeopleOnly && t.kind == core.AccountOrganization {
		d.add(d.page(ctx, t))
	}
	if d.ofPage() {
		d.people(ctx, text, t, exact)
	}
	found, err := d.result(q)
	if err == nil && len(found) == 0 {
		s.Warn(core.Warning{Code: core.CodeMention, Field: "search", Message: d.searchable()})
	}
	return found, err
}

// searchable tells by what LinkedIn can be searched.
func (d *directory) searchable() string {
	const organizations = "LinkedIn finds an organization by its handle, the address of its page or its id, not by its name; "
	if d.ofPage() {
		return organizations + "and a person by the address of the profile or, among the page's followers, by the beginning of the name."
	}
	return organizations + "it lets only pages look people up, and this account is a person."
}

// directory collects what one search finds.
type directory struct {
	provider *Provider
	author   string
	token    core.Secret
	entries  []core.DirectoryEntry
	refusal  error // the first
}

func (d *directory) ofPage() bool { return accountKind(d.author) == core.AccountOrganization }

// add keeps what was found. That there is nothing is no error of the search.
func (d *directory) add(found []core.DirectoryEntry, err error) {
	if err != nil && !gone(err) && d.refusal == nil {
		d.refusal = err
	}
	d.entries = append(d.entries, found...)
}

// result is what was found, or why nothing was.
func (d *directory) result(q core.DirectoryQuery) ([]core.DirectoryEntry, error) {
	switch {
	case len(d.entries) > 0:
		return d.entries, nil
	case d.refusal == nil && q.PeopleOnly && !d.ofPage():
		return nil, &core.Error{
			Kind: core.KindUnsupported, Code: core.CodeUnsupported, Op: "linkedin.search", Platform: name, Field: "search",
			Message: "LinkedIn lets only pages look people up; this account is a person.",
			Help:    "Search with the account of a page that they follow.",
		}
	}
	return []core.DirectoryEntry{}, d.refusal
}

func (d *directory) page(ctx context.Context, t target) ([]core.DirectoryEntry, error) {
	var page knownPage
	var err error
	if t.urn != "" {
		page, err = d.provider.pageByURN(ctx, d.token, t.urn)
	} else {
		page, err = d.provider.pageByVanity(ctx, d.token, t.vanity)
	}
	if err != nil {
		return nil, err
	}
	entry := core.DirectoryEntry{
		ID: page.urn(), Kind: core.AccountOrganization, Name: page.LocalizedName,
		VanityName: page.VanityName, Website: page.Website,
		ProfileURL: d.provider.pageURL(page.VanityName, page.ID),
	}
	return []core.DirectoryEntry{mentionable(entry)}, nil
}

// people finds those whom the text can mean: by the address of a profile, or by their
// names.
func (d *directory) people(ctx context.Context, text string, t target, exact bool) {
	switch {
	case exact && t.kind == core.AccountPerson && t.vanity != "":
		d.add(d.profile(ctx, t.vanity))
	case exact && (t.urn != "" || strings.ContainsAny(text, "/@")): // surely no name
	default:
		found, err := d.provider.followersByName(ctx, d.token, d.author, text)
		var entries []core.DirectoryEntry
		for _, f := range found {
			entries = append(entries, follower(f))
		}
		d.add(entries, err)
	}
}

// profile finds the person behind the address of a profile. LinkedIn tells the names of
// the page's followers alone: who is none can be mentioned by whoever knows the name.
func (d *directory) profile(ctx context.Context, vanity string) ([]core.DirectoryEntry, error) {
	t := target{kind: core.AccountPerson, vanity: vanity}
	l := d.provider.newResolver(d.author, d.token)
	found, err := l.findPerson(ctx, &t)
	if t.urn == "" || (err != nil && !gone(err)) {
		return nil, err
	}
	entry := core.DirectoryEntry{
		ID: t.urn, Kind: core.AccountPerson, Name: found.Text, VanityName: vanity,
		ProfileURL: d.provider.cfg.WebURL + "/in/" + url.PathEscape(vanity),
	}
	return []core.DirectoryEntry{mentionable(entry)}, nil
}

func follower(f api.Follower) core.DirectoryEntry {
	entry := core.DirectoryEntry{ID: f.Member, Kind: core.AccountPerson, Name: fullName(f), Description: f.Headline}
	if strings.HasPrefix(f.Photo, "https://") { // it is a URN at times, which is of no use to a client
		entry.ImageURL = f.Photo
	}
	return mentionable(entry)
}

// mentionable adds to an entry with a name what mentions it.
func mentionable(e core.DirectoryEntry) core.DirectoryEntry {
	if e.Name != "" {
		e.Mention = littletext.Text{{Kind: littletext.Mention, Text: e.Name, URN: e.ID}}.Encode()
	}
	return e
}
