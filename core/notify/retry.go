package notify

import (
	"hash/fnv"
	"strconv"
	"time"

	"github.com/crier-social/crier/core/store"
)

const (
	// callPatience is how long after it became pending a webhook call is made again, mailPatience
	// that of a mail; one that waited longer behind others is tried once.
	callPatience = 75 * time.Minute
	mailPatience = 27 * time.Hour
	// longestWait bounds the wait that a receiver asks for.
	longestWait = time.Hour
)

// persistence is how messages are tried again that could not be sent.
type persistence struct {
	pauses   []time.Duration // after the failed tries; there is one try more than these
	patience time.Duration
}

// ofCalls makes nine tries in about an hour.
func ofCalls() persistence {
	return persistence{patience: callPatience, pauses: []time.Duration{
		5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute,
		3 * time.Minute, 8 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	}}
}

// ofMails makes twelve tries in about a day: a mail server may be away for a night.
func ofMails() persistence {
	const hour = time.Hour
	return persistence{patience: mailPatience, pauses: []time.Duration{
		time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		hour, 2 * hour, 4 * hour, 4 * hour, 4 * hour, 4 * hour, 4 * hour,
	}}
}

// next tells when a message is tried again after its sends failed so often, unless it is given
// up. asked is the wait that the receiver asked for.
func (p persistence) next(id string, sends int, now, pendingSince time.Time, asked time.Duration) (time.Time, bool) {
	if sends > len(p.pauses) {
		return time.Time{}, false
	}
	pause := p.pauses[max(sends, 1)-1]
	at := now.Add(max(pause+spread(id, sends, pause/10), min(asked, longestWait)))
	return at, at.Sub(pendingSince) <= p.patience
}

// settle makes of a message what the reply to its last try makes of it.
func (p persistence) settle(m *store.Message, r reply, now time.Time) Result {
	if r.failure == "" {
		end(m, store.MessageDelivered, now)
		return ResultDelivered
	}
	at, again := p.next(m.ID, m.Attempts, now, m.PendingAt, r.wait)
	if !r.passing || !again {
		end(m, store.MessageFailed, now)
		return ResultFailed
	}
	m.NextAt = at
	return ResultRetried
}

// spread is a part of most that differs between messages, so that those that failed together
// do not all come back together.
func spread(id string, sends int, most time.Duration) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id + strconv.Itoa(sends))) // never fails
	const steps = 1024
	return most / steps * time.Duration(h.Sum32()%steps)
}
