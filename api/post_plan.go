package api

import (
	"context"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// addPlanned adds what the publisher and the networks would refuse of a post that is
// refused anyway, so that its author learns of everything at once. What follows from a
// part that could not be read is left out. err is a failure to look something up.
func (d *decoder) addPlanned(ctx context.Context) error {
	if !slices.ContainsFunc(d.problems, d.misleads) {
		planned, err := d.api.Publisher.Plan(ctx, d.profileID, d.request)
		if err != nil {
			return err
		}
		d.addUnknown(planned)
		return nil
	}
	d.checkPlatforms()
	return nil
}

// addUnknown adds those of the planned problems that are the request's fault and not known.
func (d *decoder) addUnknown(planned core.Errors) {
	known := slices.Clone(d.problems)
	for _, e := range planned {
		if ofRequest(e) && !slices.ContainsFunc(known, func(k *core.Error) bool { return covers(k.Field, e.Field) }) {
			d.add(e)
		}
	}
}

// misleads tells whether a problem kept more out of the request than the field that it
// names, so that a network would miss what was sent.
func (d *decoder) misleads(e *core.Error) bool {
	switch top := topLevel(e.Field); top {
	case "isVideo", "randomPost", "randomMediaUrl", "mentions":
		return true
	case "mediaUrls", "mediaUrl":
		return !strings.HasSuffix(e.Field, "]") // a list; of a single entry the place is kept
	default:
		_, isBlock := d.api.Registry.ByOptionsKey(top)
		return d.formFailed || isBlock || e.Code == core.CodeUnknownOption
	}
}

// ofRequest tells whether a problem is the request's fault.
func ofRequest(e *core.Error) bool {
	return e.Kind == core.KindInvalid || e.Kind == core.KindUnsupported
}

// covers tells whether a known problem of a field says all that there is to say of
// another. Networks and accounts stand for themselves, but that there are none is
// known already.
func covers(known, field string) bool {
	switch topLevel(field) {
	case "platforms", "accountIds":
		return known == field || field == "platforms"
	}
	return topLevel(known) == topLevel(field)
}

// topLevel returns the key of the request that a path begins with.
func topLevel(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}
