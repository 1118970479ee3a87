package accounts

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// Networks tell ends in seconds from now, by their own clocks: what ends with its grant must
// not seem to end after it, or the notices of the old end would be taken for those of a new one.
func TestTokensEndWithTheirGrant(t *testing.T) {
	t.Parallel()
	m := &Manager{clock: coretest.NewClock(coretest.Epoch())}
	grantEnds := coretest.Epoch().Add(10 * day)
	for name, tt := range map[string]struct {
		access, grant         time.Time
		wantAccess, wantGrant time.Time
	}{
		"before":           {grantEnds.Add(-day), grantEnds, grantEnds.Add(-day), grantEnds},
		"a little after":   {grantEnds.Add(60 * time.Millisecond), grantEnds, grantEnds, grantEnds},
		"both after":       {grantEnds.Add(time.Second), grantEnds.Add(time.Second), grantEnds, grantEnds},
		"much after":       {grantEnds.Add(day), grantEnds, grantEnds.Add(day), grantEnds},
		"of another grant": {grantEnds.Add(60 * day), grantEnds.Add(365 * day), grantEnds.Add(60 * day), grantEnds.Add(365 * day)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := m.completed(core.Credentials{RefreshToken: "r", ExpiresAt: tt.access, RefreshExpiresAt: tt.grant},
				credentials{Credentials: core.Credentials{RefreshToken: "r", RefreshExpiresAt: grantEnds}})
			if !got.ExpiresAt.Equal(tt.wantAccess) || !got.RefreshExpiresAt.Equal(tt.wantGrant) {
				t.Errorf("ends at %v and %v, want %v and %v", got.ExpiresAt, got.RefreshExpiresAt, tt.wantAccess, tt.wantGrant)
			}
		})
	}
}
