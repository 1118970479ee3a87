package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/store"
)

// A trouble of the store is told once a minute in each of its lines; nothing else is kept
// back.
func TestTroublesDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	h := newQuietHandler(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}}))
	start := time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)
	log := func(h slog.Handler, after time.Duration, level slog.Level, message string, attrs ...slog.Attr) {
		r := slog.NewRecord(start.Add(after), level, message, 0)
		r.AddAttrs(attrs...)
		if err := h.Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	full := slog.Any("error", fmt.Errorf("claim: %w", store.ErrFull))
	busy := slog.Any("error", store.ErrBusy)
	other := slog.Any("error", errors.New("else"))
	for i := range 1000 {
		log(h, time.Duration(i)*time.Millisecond, slog.LevelError, "claiming failed", full)
	}
	worker := h.WithAttrs([]slog.Attr{slog.String("post", "p1")}).WithGroup("g")
	log(worker, time.Second, slog.LevelError, "claiming failed", full)
	log(h, time.Second, slog.LevelError, "claiming failed", busy)
	log(h, time.Second, slog.LevelError, "finishing failed", full)
	for range 2 {
		log(h, time.Second, slog.LevelError, "claiming failed", other)
		log(h, time.Second, slog.LevelInfo, "told", full)
		log(h, time.Second, slog.LevelError, "store", full, slog.String("event", "store.failing"))
	}
	log(h, time.Minute, slog.LevelError, "claiming failed", full)
	log(h, -time.Hour, slog.LevelError, "claiming failed", full)
	want := `msg="claiming failed" error="claim: store: the disk is full"
msg="claiming failed" error="store: another program keeps the data locked"
msg="finishing failed" error="claim: store: the disk is full"
msg="claiming failed" error=else
msg=told error="claim: store: the disk is full"
msg=store error="claim: store: the disk is full" event=store.failing
msg="claiming failed" error=else
msg=told error="claim: store: the disk is full"
msg=store error="claim: store: the disk is full" event=store.failing
msg="claiming failed" error="claim: store: the disk is full" kept_back=1000
msg="claiming failed" error="claim: store: the disk is full"
`
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(out.String(), "\n")); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}
