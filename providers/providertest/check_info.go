package providertest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// checkInfo: the description is complete, and the same whenever it is asked for.
func checkInfo(s *scene) error {
	var ps problems
	info := s.info
	ps.when(!regexp.MustCompile(`^[a-z][a-z0-9]*$`).MatchString(info.Name), "Info.Name %q is not one lower-case word", info.Name)
	ps.when(!strings.EqualFold(info.OptionsKey, info.Name+"Options"), "Info.OptionsKey %q is not the name followed by Options", info.OptionsKey)
	ps.when(info.Title == "", "Info.Title is empty")
	ps.when(!strings.HasPrefix(info.Website, "https://"), "Info.Website %q is not an https address", info.Website)
	ps.when(info.Limits.TextLength <= 0 || info.Limits.TextUnit == "", "Info.Limits does not tell length and unit of texts")
	ps.when(info.Limits.Images > 0 && len(info.Limits.ImageTypes) == 0, "Info.Limits takes pictures of no type")
	ps.when(info.Limits.Videos > 0 && len(info.Limits.VideoTypes) == 0, "Info.Limits takes videos of no type")
	ps.when(info.Limits.Documents > 0 && len(info.Limits.DocumentTypes) == 0, "Info.Limits takes documents of no type")
	ps.when(len(info.Options) == 0, "Info.Options is empty")
	seen := map[string]bool{}
	for _, o := range info.Options {
		ps.when(o.Name == "" || o.Type == "" || o.Help == "", "Info.Options has an incomplete entry: %+v", o)
		ps.when(seen[o.Name], "Info.Options lists %s twice", o.Name)
		seen[o.Name] = true
	}
	if _, err := core.NewRegistry(s.Provider, s.Provider); err == nil {
		ps.add("the registry takes the provider twice")
	}
	if _, err := core.NewRegistry(s.Provider); err != nil {
		ps.add("the registry refuses the provider: %w", err)
	}
	ps.constant(s.Provider)
	return ps.err()
}

// constant changes what Info returned and asks again.
func (ps *problems) constant(p core.Provider) {
	before := describe(p.Info())
	handed := p.Info()
	for i := range handed.Options {
		handed.Options[i].Name = "changed by a caller"
	}
	for _, types := range [][]string{handed.Limits.ImageTypes, handed.Limits.VideoTypes, handed.Limits.DocumentTypes} {
		for i := range types {
			types[i] = "changed by a caller"
		}
	}
	if diff := cmp.Diff(before, p.Info()); diff != "" {
		ps.add("Info is not constant: %s", diff)
	}
}

// describe copies what a caller could change in an Info.
func describe(info core.Info) core.Info {
	info.Options = slices.Clone(info.Options)
	info.Limits.ImageTypes = slices.Clone(info.Limits.ImageTypes)
	info.Limits.VideoTypes = slices.Clone(info.Limits.VideoTypes)
	info.Limits.DocumentTypes = slices.Clone(info.Limits.DocumentTypes)
	return info
}

// checkAbilities: the adapter has the abilities that it is meant to have.
func checkAbilities(s *scene) error {
	try, err := s.plan(s.Author, s.h.Text)
	if err != nil {
		return err
	}
	have := map[Ability]bool{}
	_, have[Preflighter] = try.Publication.(core.Preflighter)
	_, have[Reconciler] = try.Publication.(core.Reconciler)
	have[Repeatable] = repeatable(try.Publication)
	_, have[Previewer] = try.Publication.(core.Previewer)
	_, have[Identifier] = s.Provider.(core.Identifier)
	_, have[Linker] = s.Provider.(core.Linker)
	_, have[ClientDocument] = s.Provider.(core.ClientDocument)
	_, have[Refresher] = s.Provider.(core.Refresher)
	_, have[Introspector] = s.Provider.(core.Introspector)
	_, have[Deleter] = s.Provider.(core.Deleter)
	_, have[Finisher] = try.Publication.(core.Finisher)
	_, have[Inspector] = s.Provider.(core.Inspector)
	_, have[Editor] = s.Provider.(core.Editor)
	_, have[CommentSwitch] = s.Provider.(core.CommentSwitch)
	_, have[Discussion] = s.Provider.(core.Discussion)
	have[RepeatableComments] = commentsRepeatable(s.Provider)
	_, have[Analyst] = s.Provider.(core.Analyst)
	_, have[Archive] = s.Provider.(core.Archive)
	_, have[Directory] = s.Provider.(core.Directory)
	_, have[Catalog] = s.Provider.(core.Catalog)
	_, have[Physician] = s.Provider.(core.Physician)
	var ps problems
	for a, ok := range have {
		wanted := slices.Contains(s.h.Abilities, a)
		ps.when(wanted && !ok, "%s is not a core.%s", s.info.Name, a)
		ps.when(!wanted && ok, "%s is a core.%s, which Harness.Abilities does not name", s.info.Name, a)
	}
	return ps.err()
}
