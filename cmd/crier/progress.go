package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress shows how far a post is.
type progress interface {
	// sent tells how much of the request has reached the server.
	sent(done, total int64)
	// show tells what the server is at.
	show(now []apiProgress)
	// close ends the display.
	close()
}

// newProgress returns bars on a terminal, and a line for each step elsewhere.
func newProgress(ctx context.Context, w io.Writer) progress {
	if isTerminal(w) {
		return &serial{shown: newBars(ctx, w)}
	}
	return &serial{shown: &lines{w: w, seen: map[string]bool{}}}
}

// serial lets one call at a time through, and none after the end: a server may
// answer, with a refusal, while the connection still reads what is to be sent.
type serial struct {
	mu    sync.Mutex
	shown progress
	ended bool
}

func (s *serial) sent(done, total int64) {
	s.whileShown(func() { s.shown.sent(done, total) })
}

func (s *serial) show(now []apiProgress) {
	s.whileShown(func() { s.shown.show(now) })
}

func (s *serial) close() {
	s.whileShown(func() {
		s.shown.close()
		s.ended = true
	})
}

func (s *serial) whileShown(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		do()
	}
}

// sending is the step that the client itself does.
const sending = "sending files"

// step names what is going on, for people.
func step(p apiProgress) string {
	doing := cmp.Or(string(p.Stage), string(p.State))
	return strings.TrimSpace(strings.Join([]string{p.Platform, doing, p.Item}, " "))
}

// lines writes a line when a step begins, for logs and pipes.
type lines struct {
	w    io.Writer
	seen map[string]bool
}

func (l *lines) sent(_, total int64) {
	l.once(sending, total)
}

func (l *lines) show(now []apiProgress) {
	for _, p := range now {
		l.once(step(p), p.Total)
	}
}

func (l *lines) close() {}

func (l *lines) once(step string, total int64) {
	if l.seen[step] {
		return
	}
	l.seen[step] = true
	if total > 0 {
		step += fmt.Sprintf(" (%.1f)", decor.SizeB1024(total))
	}
	fmt.Fprintln(l.w, step)
}

// bars draws a bar for each step under way.
type bars struct {
	container *mpb.Progress
	live      map[string]*bar
	allSent   bool
}

// bar is one step's; total is 0 while it is unknown.
type bar struct {
	*mpb.Bar
	total int64
}

func newBars(ctx context.Context, w io.Writer) *bars {
	return &bars{
		container: mpb.NewWithContext(ctx, mpb.WithOutput(w), mpb.WithAutoRefresh()),
		live:      map[string]*bar{},
	}
}

const barWidth = 20 // columns

func (b *bars) sent(done, total int64) {
	if b.allSent { // the end is told more than once
		return
	}
	b.draw(sending, done, total)
	if done >= total {
		b.end(sending)
		b.allSent = true
	}
}

func (b *bars) show(now []apiProgress) {
	under := map[string]bool{}
	for _, p := range now {
		under[step(p)] = true
		b.draw(step(p), p.Done, p.Total)
	}
	for name := range b.live {
		if !under[name] {
			b.end(name)
		}
	}
}

func (b *bars) draw(name string, done, total int64) {
	one := b.live[name]
	if one == nil {
		one = b.add(name, total)
		b.live[name] = one
	}
	if total > 0 {
		one.total = total
		one.SetTotal(total, false)
	}
	one.SetCurrent(done)
}

// add begins a bar where the size is known, and a spinner where it is not. The
// container gets the size later: a bar that is made with one ends only by reaching
// it, and a step may end earlier.
func (b *bars) add(name string, total int64) *bar {
	label := mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR))
	if total <= 0 {
		return &bar{Bar: b.container.New(0, mpb.SpinnerStyle().PositionLeft(), label, mpb.BarWidth(barWidth),
			mpb.AppendDecorators(decor.OnComplete(decor.Elapsed(decor.ET_STYLE_GO), "done")))}
	}
	return &bar{Bar: b.container.New(0, mpb.BarStyle(), label, mpb.BarWidth(barWidth),
		mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f")))}
}

// end completes a step's bar.
func (b *bars) end(name string) {
	if one := b.live[name]; one != nil {
		one.SetTotal(one.total, true)
		delete(b.live, name)
	}
}

func (b *bars) close() {
	for name := range b.live {
		b.end(name)
	}
	b.container.Wait()
}
