package engage

import (
	"cmp"
	"strings"

	"github.com/crier-social/crier/core"
)

// named returns the errors of one part of a change with the part that they are about, and
// of a post that is gone with that. The originals are not changed.
func named(err error, field string, t Target) error {
	if !isKnown(err) {
		return err
	}
	out := core.Errors{}
	for _, from := range core.AsErrors(err) {
		e := *from
		if e.Kind == core.KindNotFound && e.Field == "" {
			e.Field, e.Message = "id", t.Account.Platform+" does not have the post "+t.RemoteID+", or does not let the account see it"
			e.Help = cmp.Or(e.Help, "Look for the post on the network: it may have been deleted there.")
		}
		e.Field = cmp.Or(e.Field, field)
		out = append(out, &e)
	}
	return out
}

// halfDone returns why a change was not carried out in full for an account, with what of it
// was.
func (c Change) halfDone(r Result[Changed]) error {
	var done []string
	if r.Value.Text {
		done = append(done, "the text is changed")
	}
	if c.Notes != nil {
		done = append(done, "the notes are saved")
	}
	if r.Err == nil || len(done) == 0 || !isKnown(r.Err) {
		return r.Err
	}
	out := core.Errors{}
	for _, from := range core.AsErrors(r.Err) {
		e := *from
		e.Message = strings.TrimRight(e.Message, ".") + "; of the change, this is done already: " + strings.Join(done, ", ")
		e.Help = cmp.Or(e.Help, "Correct what the message names and send the change again; what is done may be in it.")
		out = append(out, &e)
	}
	return out
}
