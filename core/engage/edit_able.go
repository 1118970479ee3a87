package engage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// checkAbilities refuses a change that one of the networks has no way to make, before any
// other is asked for it: the post would not be the same everywhere afterwards.
func (s *Service) checkAbilities(c Change, targets []changeTarget) error {
	var problems core.Errors
	able := changers(s, targets)
	seen := map[string]bool{}
	for _, t := range targets {
		platform := t.Account.Platform
		if t.later || t.err != nil || seen[platform] {
			continue
		}
		seen[platform] = true
		if t.text != nil {
			if _, err := editorOf(s, platform); err != nil {
				problems = append(problems, cannot(err, textField, textsOf(able)))
			}
		}
		if c.DisableComments != nil {
			if _, err := commentSwitchOf(s, platform); err != nil {
				problems = append(problems, cannot(err, commentsField, "Close or open the comments of the post on the network itself."))
			}
		}
	}
	return problems.OrNil()
}

// changers lists the networks whose text can be changed.
func changers(s *Service, targets []changeTarget) []string {
	var names []string
	for _, t := range targets {
		_, err := editorOf(s, t.Account.Platform)
		if t.text != nil && (t.later || err == nil) {
			names = append(names, t.Account.Platform)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// textsOf is the way out for a text that not every network takes.
func textsOf(able []string) string {
	const anew = "A post whose text cannot be changed is deleted with DELETE /post, and created anew with POST /post/copy."
	if len(able) == 0 {
		return anew
	}
	texts := make([]string, len(able))
	for i, name := range able {
		texts[i] = fmt.Sprintf(`%q:"…"`, name)
	}
	return "Nothing was changed. To change the others alone, name them: {\"post\":{" + strings.Join(texts, ",") + "}}. " + anew
}

// cannot adds the part of the change and the way out to an error about an ability.
func cannot(err error, field, help string) *core.Error {
	e := *core.AsError(err)
	if e.Kind == core.KindUnsupported {
		e.Help = help
	}
	e.Field = field
	return &e
}

func editorOf(s *Service, platform string) (core.Editor, error) {
	return ability[core.Editor](s, platform, "way to change what was published")
}

func commentSwitchOf(s *Service, platform string) (core.CommentSwitch, error) {
	return ability[core.CommentSwitch](s, platform, "way to close the comments of a post")
}
