package linkedin

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

const (
	// maxSteps is how many versions are passed within stepWindow: whatever refuses more
	// than that is not the end of a version.
	maxSteps   = 2
	stepWindow = 24 * time.Hour

	codeNoVersion = "NONEXISTENT_VERSION"

	eventVersionChanged = "api_version_changed"
)

// ladder is the versions of LinkedIn's API, of which one is in use. It only goes up, and
// never beyond the newest that is known: a month has no version before it is released,
// and some never get one. It is safe for concurrent use.
type ladder struct {
	ends  map[string]time.Time // by version; zero: not published
	clock core.Clock
	log   *slog.Logger
	event func(core.Event)

	mu      sync.Mutex
	current string
	steps   []time.Time // when the last ones were taken
	refused []string    // in this order, the last one perhaps in use
}

// inUse returns the version that calls are made with.
func (l *ladder) inUse() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// after returns the version to use in place of one that LinkedIn does not serve; false
// where there is none. Of callers that were refused together one takes the step.
func (l *ladder) after(ctx context.Context, refused string) (next string, ok bool) {
	next, stepped := l.climb(refused)
	if !stepped {
		return next, monthOf(next) > monthOf(refused)
	}
	message := fmt.Sprintf("LinkedIn does not serve version %s of its API any more; %s is used instead: set CRIER_LINKEDIN_VERSION to it, or to a newer one", refused, next)
	l.log.WarnContext(ctx, "the version of a network's API was changed", "platform", name, "from", refused, "to", next, "notice", message)
	l.event(core.Event{Name: eventVersionChanged, Platform: name, Message: message})
	return next, true
}

// climb takes the step beyond the refused version, unless somebody has or there is none,
// and returns the version in use.
func (l *ladder) climb(refused string) (current string, stepped bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.refused, refused) {
		l.refused = append(l.refused, refused)
	}
	now := l.clock.Now()
	l.steps = slices.DeleteFunc(l.steps, func(at time.Time) bool { return now.Sub(at) >= stepWindow })
	next, ok := l.above(refused, now)
	if l.current != refused || !ok || len(l.steps) >= maxSteps {
		return l.current, false
	}
	l.current, l.steps = next, append(l.steps, now)
	return next, true
}

// above returns the oldest of the newer versions that is not known to have ended.
func (l *ladder) above(version string, now time.Time) (string, bool) {
	for _, v := range slices.Sorted(maps.Keys(l.ends)) {
		if end := l.ends[v]; v > monthOf(version) && (end.IsZero() || now.Before(end)) {
			return v, true
		}
	}
	return "", false
}

// newest is the latest known version.
func (l *ladder) newest() string { return slices.Max(slices.Collect(maps.Keys(l.ends))) }

// end returns the day from which a version is no longer served.
func (l *ladder) end(version string) (end time.Time, published bool) {
	month := monthOf(version)
	if end = l.ends[month]; !end.IsZero() {
		return end, true
	}
	return earliestEnd(month), false
}

// monthOf is a version without its revision.
func monthOf(version string) string { return version[:len("YYYYMM")] }

// served notes that LinkedIn has answered a call in a version.
func (l *ladder) served(version string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = slices.DeleteFunc(l.refused, func(v string) bool { return v == version })
}

// gaveUp lists the versions that LinkedIn has refused, if the one in use is among them.
func (l *ladder) gaveUp() (tried []string, lost bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.refused), slices.Contains(l.refused, l.current)
}
