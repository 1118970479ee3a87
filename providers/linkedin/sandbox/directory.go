package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AddPerson adds a member, or replaces the one with the same id.
func (s *Sandbox) AddPerson(p Person) error {
	if !opaqueID.MatchString(p.ID) {
		return fmt.Errorf("person id %q: want 1 to 64 letters, digits, - or _", p.ID)
	}
	if p.Name() == "" {
		return errors.New("a person needs a name")
	}
	if p.Followers < 0 {
		return errors.New("followers must not be negative")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people[p.ID] = p
	return nil
}

// AddOrganization adds a page, or replaces the one with the same id.
func (s *Sandbox) AddOrganization(o Organization) error {
	if o.ID <= 0 {
		return errors.New("an organization needs a positive id")
	}
	if strings.TrimSpace(o.Name) == "" {
		return errors.New("an organization needs a name")
	}
	if o.Followers < 0 {
		return errors.New("followers must not be negative")
	}
	for _, a := range o.Roles {
		if err := checkRole(a.Role); err != nil {
			return err
		}
	}
	if err := checkAudience(o.Followers, o.Audience); err != nil {
		return err
	}
	o.Roles, o.FollowerPeople = slices.Clone(o.Roles), slices.Clone(o.FollowerPeople)
	o.Audience = cloneAudience(o.Audience)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range o.Roles {
		if _, ok := s.people[a.Person]; !ok {
			return fmt.Errorf("person %q of a role does not exist; add the person first", a.Person)
		}
	}
	for _, id := range o.FollowerPeople {
		if _, ok := s.people[id]; !ok {
			return fmt.Errorf("person %q of followerPeople does not exist; add the person first", id)
		}
	}
	s.organizations[strconv.FormatInt(o.ID, 10)] = o
	return nil
}

func checkRole(role string) error {
	if !slices.Contains(allRoles(), role) {
		return fmt.Errorf("role %q: want one of %s", role, strings.Join(allRoles(), ", "))
	}
	return nil
}

// SetRoles gives a person exactly these roles on a page, or none, and returns the page.
func (s *Sandbox) SetRoles(organization int64, person string, roles ...string) (Organization, error) {
	for _, role := range roles {
		if err := checkRole(role); err != nil {
			return Organization{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := strconv.FormatInt(organization, 10)
	o, known := s.organizations[id]
	if !known {
		return Organization{}, fmt.Errorf("organization %d does not exist; add it first", organization)
	}
	if _, known := s.people[person]; !known {
		return Organization{}, fmt.Errorf("person %q does not exist; add the person first", person)
	}
	o.Roles = slices.DeleteFunc(slices.Clone(o.Roles), func(a RoleAssignment) bool { return a.Person == person })
	for _, role := range roles {
		o.Roles = append(o.Roles, RoleAssignment{person, role})
	}
	s.organizations[id] = o
	return o, nil
}

// AddToken adds an access token, or replaces the one with the same value. Without
// a name it is called after its person.
func (s *Sandbox) AddToken(t Token) error {
	if t.Value == "" || strings.ContainsFunc(t.Value, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return errors.New("a token needs a value of visible ASCII characters")
	}
	t.Scopes = slices.Clone(t.Scopes)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.people[t.Person]; !ok {
		return fmt.Errorf("person %q of the token does not exist; add the person first", t.Person)
	}
	if _, ok := s.apps[t.ClientID]; !ok && t.ClientID != "" {
		return fmt.Errorf("client id %q of the token: no such app; add the app first", t.ClientID)
	}
	if t.Name == "" {
		t.Name = "token of " + t.Person
	}
	s.tokens[t.Value] = t
	return nil
}

// settle adds inhabitants that are known to be sound. The caller holds the lock.
func (s *Sandbox) settle(w World) {
	for _, p := range w.People {
		s.people[p.ID] = p
	}
	for _, o := range w.Organizations {
		s.organizations[strconv.FormatInt(o.ID, 10)] = o
	}
	for _, t := range w.Tokens {
		s.tokens[t.Value] = t
	}
}

// World returns who exists now. Tokens that were granted here are not among it.
func (s *Sandbox) World() World {
	s.mu.Lock()
	defer s.mu.Unlock()
	var w World
	for _, p := range s.people {
		w.People = append(w.People, p)
	}
	for _, o := range s.organizations {
		o.Roles, o.FollowerPeople = slices.Clone(o.Roles), slices.Clone(o.FollowerPeople)
		o.Audience = cloneAudience(o.Audience)
		w.Organizations = append(w.Organizations, o)
	}
	for value, t := range s.tokens {
		if _, granted := s.granted[value]; granted {
			continue
		}
		t.Scopes = slices.Clone(t.Scopes)
		w.Tokens = append(w.Tokens, t)
	}
	slices.SortFunc(w.People, func(a, b Person) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(w.Organizations, func(a, b Organization) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(w.Tokens, func(a, b Token) int { return strings.Compare(a.Name, b.Name) })
	return w
}

// nameOf returns the display name of an author.
func (s *Sandbox) nameOf(author string) string {
	u, ok := parseURN(author)
	if !ok {
		return author
	}
	switch u.Kind {
	case "person":
		if p, ok := s.people[u.ID]; ok {
			return p.Name()
		}
	case "organization":
		if o, ok := s.organizations[u.ID]; ok {
			return o.Name
		}
	}
	return author
}

// mentionResolves tells whether a mention becomes a link: the name must be exactly
// the page's, or the first, last or full name of the person.
func (s *Sandbox) mentionResolves(span Span) bool {
	u, ok := parseURN(span.URN)
	if !ok {
		return false
	}
	switch u.Kind {
	case "organization":
		o, ok := s.organizations[u.ID]
		return ok && span.Text == o.Name
	case "person":
		p, ok := s.people[u.ID]
		return ok && (span.Text == p.FirstName || span.Text == p.LastName || span.Text == p.Name())
	default:
		return false
	}
}
