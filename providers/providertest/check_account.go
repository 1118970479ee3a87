package providertest

import (
	"slices"

	"github.com/crier-social/crier/core"
)

// checkDelete: what was published can be deleted, alone, and again.
func checkDelete(s *scene) error {
	deleter, ok := s.Provider.(core.Deleter)
	if !ok {
		return s.skipped(Deleter)
	}
	kept, err := s.publish(s.Author, vary(s.h.Text, "to be kept"))
	if err != nil {
		return err
	}
	receipt, err := s.publish(s.Author, s.h.Text)
	if err != nil {
		return err
	}
	try, err := s.plan(s.Author, s.h.Text)
	if err != nil {
		return err
	}
	before := len(s.Network.Calls())
	for _, turn := range []string{"Delete", "Delete of what is gone"} {
		if err := deleter.Delete(s.t.Context(), try.session, receipt.RemoteID); err != nil {
			return wrongf("%s fails: %w", turn, s.hear(err))
		}
		posts := s.Network.Posts()
		if len(posts) != 1 || posts[0].RemoteID != kept.RemoteID {
			return wrongf("after %s the network shows %v, want %s alone", turn, posts, kept.RemoteID)
		}
	}
	if i := slices.IndexFunc(s.writes(before), func(c Call) bool { return c.Class != ClassDelete }); i >= 0 {
		return wrongf("Delete wrote %s", s.writes(before)[i].Name)
	}
	return nil
}

// checkIdentify: tokens become the accounts that they belong to.
func checkIdentify(s *scene) error {
	identifier, ok := s.Provider.(core.Identifier)
	if !ok {
		return s.skipped(Identifier)
	}
	var ps problems
	for _, a := range []Author{s.Author, s.Other} {
		got, err := identifier.Identify(s.t.Context(), a.credentials(), a.Account.RemoteID)
		if err != nil {
			ps.add("Identify of %s: %w", a.Account.RemoteID, s.hear(err))
			continue
		}
		ps.when(got.Platform != s.info.Name, "the account is of %q, want %q", got.Platform, s.info.Name)
		ps.when(got.RemoteID != a.Account.RemoteID, "the account is %s, want %s", got.RemoteID, a.Account.RemoteID)
		ps.when(got.Kind != a.Account.Kind, "%s is a %q, want %q", got.RemoteID, got.Kind, a.Account.Kind)
		ps.when(got.DisplayName == "", "%s has no name", got.RemoteID)
	}
	got, err := identifier.Identify(s.t.Context(), s.Author.credentials(), "")
	ps.when(err != nil, "Identify of whom the token belongs to: %w", s.hear(err))
	ps.when(err == nil && (got.RemoteID == "" || got.Kind != core.AccountPerson),
		"the token belongs to %q, which is a %q, want a person", got.RemoteID, got.Kind)
	_, err = identifier.Identify(s.t.Context(), core.Credentials{AccessToken: "never-issued"}, "")
	ps.when(core.KindOf(s.hear(err)) != core.KindAuth, "Identify with a token that was never issued returns %w, want an error of kind auth", orNone(err))
	ps.when(len(s.writes(0)) > 0, "Identify wrote: %v", s.writes(0))
	return ps.err()
}
