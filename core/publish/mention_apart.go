package publish

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// toldApart adds the way out where a network refuses the id of a mention that may be meant
// for another network of the post. The originals are not changed.
func (p *Publisher) toldApart(problems core.Errors, targets []target, r core.PostRequest) core.Errors {
	out := slices.Clone(problems)
	for i, e := range out {
		entry := strings.TrimSuffix(e.Field, ".id")
		at := slices.IndexFunc(r.Mentions, func(m core.MentionRef) bool { return m.Field != "" && m.Field == entry })
		if at < 0 || r.Mentions[at].Platform != "" {
			continue
		}
		var others []string
		for _, t := range targets {
			if name := t.account.Platform; name != e.Platform && !slices.Contains(others, name) {
				others = append(others, name)
			}
		}
		if len(others) == 0 {
			continue
		}
		apart := *e
		apart.Help = strings.TrimSpace(fmt.Sprintf("%s If this is somebody on %s, say so: \"platform\":%q in %s; there alone it becomes a mention.",
			e.Help, p.registry.Title(others[0]), others[0], entry))
		out[i] = &apart
	}
	return out
}
