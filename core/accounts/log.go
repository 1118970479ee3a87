package accounts

import (
	"log/slog"
	"time"

	"github.com/crier-social/crier/core"
)

// ends logs when an account has to be linked again.
func ends(a core.Account) slog.Attr { return moment("ends", a.EndsAt()) }

// moment logs a time; of none that is known, nothing.
func moment(key string, t time.Time) slog.Attr {
	if t.IsZero() {
		return slog.Attr{}
	}
	return slog.Time(key, t)
}
