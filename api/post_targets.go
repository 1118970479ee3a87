package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// compareWithTargets holds the keys of the request against the networks that it goes to. err
// is a failure to look something up.
func (d *decoder) compareWithTargets(ctx context.Context) error {
	refused := slices.ContainsFunc(d.problems, func(e *core.Error) bool { return notHonoured(e.Field) != nil })
	if len(d.blocks) == 0 && !refused {
		return nil
	}
	addressed, err := d.addressed(ctx)
	if err != nil || len(addressed) == 0 { // where the post goes is not known
		return err
	}
	d.nameOptions(addressed)
	d.warnOfUnusedBlocks(addressed)
	return nil
}

// nameOptions adds to the refusal of a field the options that networks have for the same.
func (d *decoder) nameOptions(addressed []core.Info) {
	for _, e := range d.problems {
		if notHonoured(e.Field) == nil {
			continue
		}
		for _, info := range addressed {
			if option, has := optionNamed(info, e.Field); has {
				e.Help = strings.TrimSpace(e.Help + " " + info.Title + " has an option of this name: " + info.OptionsKey + "." + option + ".")
			}
		}
	}
}

// warnOfUnusedBlocks warns of the option blocks of networks that the post does not go to:
// nobody reads them, so that nobody tells what is wrong in them.
func (d *decoder) warnOfUnusedBlocks(addressed []core.Info) {
	for _, name := range slices.Sorted(maps.Keys(d.blocks)) {
		if slices.ContainsFunc(addressed, func(i core.Info) bool { return i.Name == name }) {
			continue
		}
		shown := printable(d.blocks[name])
		d.warn(warning{
			Code: core.CodeParameters, Field: shown,
			Message: shown + " is not used: the post does not go to " + d.api.Registry.Title(name),
		})
	}
}
