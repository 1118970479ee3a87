package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

// linkedNote tells what came of a consent.
func linkedNote(v *accounts.Visit, l accounts.Linked) note {
	n := note{Kind: good, Remarks: plainRemarks(l.Notes), Last: l.Done}
	switch {
	case l.Done && len(l.Renewed) > 0:
		n.Title = nameOf(l.Renewed[0]) + " is linked again"
		n.Lines = append([]string{"Posts that were waiting for it go out now."}, lasting(l.Renewed[:1])...)
	case len(l.New) > 0:
		n.Title, n.Lines = counted(l.New, "linked"), listed(l.New)
		if len(l.Renewed) > 0 {
			n.Lines = append(n.Lines, "Linked already, and renewed: "+namesOf(l.Renewed)+".")
		}
	case len(l.Renewed) > 0:
		n.Title, n.Lines = counted(l.Renewed, "linked again"), append(listed(l.Renewed), lasting(l.Renewed)...)
	default:
		n.Kind, n.Title = info, "Nothing was changed"
	}
	n.Lines = append(n.Lines, keptLines(v, l.Kept)...)
	if len(l.New)+len(l.Renewed) > 0 && slices.ContainsFunc(l.Notes, func(f core.Finding) bool { return f.Status != core.FindingOK }) {
		n.Kind = warn
		n.Title += ", but not everything worked"
	}
	for i := range n.Lines {
		n.Lines[i] = shorten(n.Lines[i])
	}
	return n
}

// counted says what became of accounts: of one by its name.
func counted(list []core.Account, what string) string {
	if len(list) == 1 {
		return nameOf(list[0]) + " is " + what
	}
	return fmt.Sprintf("%d accounts are %s", len(list), what)
}

// listed names accounts that counted has only counted.
func listed(list []core.Account) []string {
	if len(list) == 1 {
		return nil
	}
	return []string{namesOf(list) + "."}
}

func namesOf(list []core.Account) string {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = nameOf(a)
	}
	return strings.Join(names, ", ")
}

// lasting says until when a new authorization is good: all accounts have it.
func lasting(list []core.Account) []string {
	if ends := list[0].EndsAt(); !ends.IsZero() {
		return []string{"This is good until " + day(ends) + "."}
	}
	return nil
}

// keptLines tell which accounts were left as they were, and why.
func keptLines(v *accounts.Visit, kept []accounts.Outdone) []string {
	lines := make([]string, len(kept))
	for i, k := range kept {
		lines[i] = nameOf(k.Account) + " " + stays(v, k) + "."
	}
	return lines
}

// stays tells why an account is left as it is.
func stays(v *accounts.Visit, k accounts.Outdone) string {
	through := "as it was"
	if title := v.AppTitle(k.Account); title != "" {
		through = "through \u201c" + title + "\u201d"
	}
	return "stays linked " + through + ", which " + string(k.By)
}

// plainRemarks are remarks as people read them.
func plainRemarks(list []core.Finding) []core.Finding {
	out := slices.Clone(list)
	for i := range out {
		out[i].Message, out[i].Help = plain(out[i].Message), plain(out[i].Help)
	}
	return out
}
