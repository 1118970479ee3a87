package bluesky

import "github.com/crier-social/crier/core"

// planFollowUps refuses what is to be done after publishing and is not.
func (p *publication) planFollowUps(d core.Draft) core.Errors {
	if d.FirstComment != nil {
		return core.Errors{unsupported("firstComment", "Crier writes no first comment on Bluesky.")}
	}
	return nil
}
