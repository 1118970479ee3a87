package notify

import (
	"hash/fnv"
	"strconv"
	"time"
)

const (
	// maxSends is how often a message is sent at most.
	maxSends = 9
	// patience is how long after it became pending a message is still tried again; one that
	// waited longer behind others is tried once.
	patience = 75 * time.Minute
	// longestWait bounds the wait that a receiver asks for.
	longestWait = time.Hour
)

// pauses are the waits after the failed tries: eight, which make an hour with the time that
// the tries take.
func pauses() [maxSends - 1]time.Duration {
	return [...]time.Duration{
		5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute,
		3 * time.Minute, 8 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	}
}

// nextTry tells when a message is tried again after its sends failed so often, unless it is
// given up. asked is the wait that the receiver asked for.
func nextTry(id string, sends int, now, pendingSince time.Time, asked time.Duration) (time.Time, bool) {
	if sends >= maxSends {
		return time.Time{}, false
	}
	pause := pauses()[max(sends, 1)-1]
	at := now.Add(max(pause+spread(id, sends, pause/10), min(asked, longestWait)))
	return at, at.Sub(pendingSince) <= patience
}

// spread is a part of most that differs between messages, so that those that failed together
// do not all come back together.
func spread(id string, sends int, most time.Duration) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id + strconv.Itoa(sends))) // never fails
	const steps = 1024
	return most / steps * time.Duration(h.Sum32()%steps)
}
