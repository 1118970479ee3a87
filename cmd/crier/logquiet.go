package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/crier-social/crier/core/store"
)

// quietEvery is how often one line about a trouble of the store is written while it lasts.
const quietEvery = time.Minute

// quietHandler keeps a trouble of the store from filling the log: while the disk is full,
// every request and every attempt at a delivery fails for the same reason. Of the warnings
// and errors that the trouble is the cause of, each is written once a minute, with how
// often it was kept back since. Events are always written: whoever tells them takes care
// of how many there are.
type quietHandler struct {
	slog.Handler
	said *saidLines
}

func newQuietHandler(h slog.Handler) slog.Handler {
	return quietHandler{Handler: h, said: &saidLines{lines: map[saidLine]*saidTimes{}}}
}

// saidLines remembers which lines were written when. The messages of this program are
// constants, so that there are few.
type saidLines struct {
	mu    sync.Mutex
	lines map[saidLine]*saidTimes
}

type saidLine struct{ message, trouble string }

type saidTimes struct {
	last     time.Time
	keptBack int
}

// Handle implements slog.Handler.
func (h quietHandler) Handle(ctx context.Context, r slog.Record) error {
	trouble, event := inspectRecord(r)
	if trouble == "" || event || r.Level < slog.LevelWarn {
		return h.Handler.Handle(ctx, r)
	}
	keptBack, write := h.said.say(saidLine{r.Message, trouble}, r.Time)
	if !write {
		return nil
	}
	if keptBack > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("kept_back", keptBack))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quietHandler{Handler: h.Handler.WithAttrs(attrs), said: h.said}
}

// WithGroup implements slog.Handler.
func (h quietHandler) WithGroup(name string) slog.Handler {
	return quietHandler{Handler: h.Handler.WithGroup(name), said: h.said}
}

// inspectRecord returns the trouble that an error of the record is, "" if none is, and
// whether the record is an event.
func inspectRecord(r slog.Record) (trouble string, event bool) {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "event" {
			event = true
		}
		if err, ok := a.Value.Any().(error); ok {
			if t, known := store.TroubleOf(err); known {
				trouble = t.Reason
			}
		}
		return true
	})
	return trouble, event
}

// say tells whether a line is to be written now, and how often it was not since the last
// time. A clock that was set back makes it be written.
func (s *saidLines) say(line saidLine, now time.Time) (keptBack int, write bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	times, known := s.lines[line]
	if !known {
		s.lines[line] = &saidTimes{last: now}
		return 0, true
	}
	if d := now.Sub(times.last); d >= 0 && d < quietEvery {
		times.keptBack++
		return 0, false
	}
	keptBack = times.keptBack
	times.last, times.keptBack = now, 0
	return keptBack, true
}
