package providertest

import (
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// hostileDrafts is how many hostile drafts are planned.
const hostileDrafts = 600

// checkHostile: whatever a stranger sends is planned, or refused with the paths
// of its problems.
func checkHostile(s *scene) error {
	source := coretest.NewHostile(1)
	var keys []string
	for _, o := range s.info.Options {
		keys = append(keys, o.Name)
	}
	for i := range hostileDrafts {
		d := core.Draft{Text: source.Text(), Options: source.Block(keys...)}
		if i%3 == 0 {
			d.Media = coretest.MediaRefs(source.Text(), s.h.Media.Media[0].URL)
		}
		if err := s.survives(d); err != nil {
			return wrongf("draft %d (text %.200q, options %.500q): %w", i, d.Text, d.Options, err)
		}
	}
	return nil
}

// survives plans a draft and asks for everything that can be asked of a plan.
func (s *scene) survives(d core.Draft) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = wrongf("panic: %v", p)
		}
	}()
	pub, err := s.Provider.Plan(s.t.Context(), s.Author.Account, d)
	if err != nil {
		return s.wellFormed(err)
	}
	for _, n := range pub.Needs() {
		if n.URL == "" || n.Key == "" || n.Field == "" {
			return wrongf("an incomplete need: %+v", n)
		}
	}
	if p, ok := pub.(core.Previewer); ok {
		p.Preview()
	}
	return nil
}
