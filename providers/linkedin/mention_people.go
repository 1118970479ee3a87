package linkedin

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// findPerson mentions a person by the address of the profile, or by the name among the
// followers of the page that speaks. LinkedIn offers both to pages alone.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-atmention-search-api
func (l *resolver) findPerson(ctx context.Context, t *target) (littletext.Segment, error) {
	if accountKind(l.author) != core.AccountOrganization {
		return littletext.Segment{}, &core.Error{
			Kind: core.KindForbidden, Op: "linkedin.lookup", Platform: name,
			Message: "LinkedIn lets only pages look people up; for a person, the id has to be sent.",
		}
	}
	if t.vanity == "" {
		return l.findByName(ctx, t)
	}
	urn, err := ask(l, askProfile, func() (string, error) {
		return l.provider.memberByVanity(ctx, l.token, l.author, t.vanity)
	})
	if err != nil {
		return littletext.Segment{}, err
	}
	t.urn = urn
	if t.name != "" {
		return t.mention(t.name), nil
	}
	return l.findNameOf(ctx, t)
}

// findByName mentions the one follower of the page that has the name.
func (l *resolver) findByName(ctx context.Context, t *target) (littletext.Segment, error) {
	people, err := l.followers(ctx, t.name)
	if err != nil {
		return littletext.Segment{}, err
	}
	var named []api.Follower
	for _, f := range people {
		if spelled(f, t.name) != "" {
			named = append(named, f)
		}
	}
	if len(named) == 1 {
		t.urn = named[0].Member
		return t.mention(spelled(named[0], t.name)), nil
	}
	switch {
	case len(named) > 1:
		return littletext.Segment{}, absent(fmt.Sprintf("several followers of the page have this name; send the id of one of them: %s.", listed(named)))
	case len(people) > 0:
		return littletext.Segment{}, absent(fmt.Sprintf("no follower of the page has exactly this name; similar are %s.", listed(people)))
	}
	return littletext.Segment{}, absent("no follower of the page has this name.")
}

// spelled returns the name as the profile spells it, if it is the person's first, last or
// full name but for its case; empty otherwise. LinkedIn makes a link of these three alone.
func spelled(f api.Follower, wanted string) string {
	for _, own := range []string{fullName(f), f.FirstName, f.LastName} {
		if own != "" && strings.EqualFold(strings.Join(strings.Fields(own), " "), wanted) {
			return own
		}
	}
	return ""
}

// listed writes people with what tells them apart.
func listed(people []api.Follower) string {
	parts := make([]string, len(people))
	for i, f := range people {
		parts[i] = fmt.Sprintf("%s (%s)", fullName(f), f.Member)
		if f.Headline != "" {
			parts[i] = fmt.Sprintf("%s, %s (%s)", fullName(f), quotable(f.Headline), f.Member)
		}
	}
	return strings.Join(parts, "; ")
}

// findNameOf mentions a person of whom the URN is known: the address of a profile usually
// begins with the first name, by which the person is found if among the page's followers.
func (l *resolver) findNameOf(ctx context.Context, t *target) (littletext.Segment, error) {
	words := strings.FieldsFunc(t.vanity, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	if len(words) == 0 {
		return littletext.Segment{}, absent("LinkedIn does not tell whose name belongs to an address.")
	}
	people, err := l.followers(ctx, words[0])
	if err != nil {
		return littletext.Segment{}, err
	}
	for _, f := range people {
		if f.Member == t.urn {
			return t.mention(fullName(f)), nil
		}
	}
	return littletext.Segment{}, absent("LinkedIn tells the names of the page's followers alone.")
}

func (l *resolver) followers(ctx context.Context, words string) ([]api.Follower, error) {
	return ask(l, askFollowers, func() ([]api.Follower, error) {
		return l.provider.followersByName(ctx, l.token, l.author, words)
	})
}
