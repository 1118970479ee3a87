package web

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

// covers says what can be linked through an app.
func covers(kinds []core.AccountKind) string {
	person, page := slices.Contains(kinds, core.AccountPerson), slices.Contains(kinds, core.AccountOrganization)
	switch {
	case person && page:
		return "Yourself, and the pages on which you may post"
	case page:
		return "The pages on which you may post"
	case person:
		return "Yourself"
	}
	return ""
}

// lastsFor says for how long what is linked through an app lasts; empty: not known.
func lastsFor(d time.Duration) string {
	const aboutAYear = 330
	switch days := int(d / (24 * time.Hour)); {
	case days >= aboutAYear:
		return "Lasts up to a year."
	case days > 0:
		return fmt.Sprintf("Has to be linked again every %d days.", days)
	}
	return ""
}

// alertText tells what an account needs.
func alertText(a core.Account, need accounts.Need, days int, now time.Time) string {
	if need == accounts.NeedRelink {
		text := "It has to be linked again before anything can be posted to it"
		if a.StatusReason != "" {
			return sentence(text + ": " + plain(a.StatusReason))
		}
		if _, ended := a.EndedAt(now); ended {
			return text + ": its authorization ended on " + day(a.EndsAt()) + "."
		}
		return text + ": its authorization was lost."
	}
	return fmt.Sprintf("Its authorization ends on %s, %s. Refresh it before, so that posts keep going out.", day(a.EndsAt()), inDays(days))
}

func inDays(days int) string {
	if days <= 1 {
		return "within a day"
	}
	return fmt.Sprintf("in %d days", days)
}

// inAbout says after how long to come back.
func inAbout(d time.Duration) string {
	switch minutes := int(math.Ceil(d.Minutes())); {
	case minutes <= 1:
		return "in about a minute"
	case minutes < 90:
		return fmt.Sprintf("in about %d minutes", minutes)
	}
	return fmt.Sprintf("in about %d hours", int(math.Ceil(d.Hours())))
}
