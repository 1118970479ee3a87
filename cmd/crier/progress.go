package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/crier-social/crier/core"
)

// progress shows how far a post is.
type progress interface {
	// sent tells how much of what is sent under a name has left this machine, in bytes.
	sent(name string, done, total int64)
	// show tells what the server is at.
	show(now []apiProgress)
	// close ends the display.
	close()
}

// newProgress returns bars on a terminal, and a line for each step elsewhere, also
// where a terminal does not say how wide it is: bars would be empty lines there.
func newProgress(ctx context.Context, w io.Writer) progress {
	if columns(w) > 0 {
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

func (s *serial) sent(name string, done, total int64) {
	s.whileShown(func() { s.shown.sent(name, done, total) })
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

// sending is the step in which the files of a post leave this machine.
const sending = "sending files"

// printable is a name of a file as a terminal can show it on one line: quoted where it
// holds what would move the cursor.
func printable(name string) string {
	if utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return name
	}
	return strconv.Quote(name)
}

// step names what is going on, for people.
func step(p apiProgress) string {
	doing := cmp.Or(string(p.Stage), p.WaitsFor, string(p.State))
	return strings.TrimSpace(strings.Join([]string{p.Platform, doing, p.Item}, " "))
}

// lines writes a line when a step begins, for logs and pipes.
type lines struct {
	w    io.Writer
	seen map[string]bool
}

func (l *lines) sent(name string, _, total int64) {
	l.once(name, total)
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
		step += " (" + core.FormatBytes(total) + ")"
	}
	fmt.Fprintln(l.w, step)
}

// bars draws a bar for each step under way.
type bars struct {
	ctx       context.Context //nolint:containedctx // the command's: when it ends, so do the bars, where they stand
	container *mpb.Progress
	live      map[string]*bar
	allSent   map[string]bool
}

// bar is one step's; total is 0 while it is unknown.
type bar struct {
	*mpb.Bar
	total int64
	own   bool // a step of this program, which nothing ends but its last byte
}

func newBars(ctx context.Context, w io.Writer) *bars {
	return &bars{
		ctx:       ctx,
		container: mpb.New(mpb.WithOutput(w), mpb.WithAutoRefresh()),
		live:      map[string]*bar{},
		allSent:   map[string]bool{},
	}
}

const barWidth = 20 // columns

func (b *bars) sent(name string, done, total int64) {
	if b.allSent[name] { // the end is told more than once
		return
	}
	b.draw(name, done, total).own = true
	if done >= total {
		b.end(name)
		b.allSent[name] = true
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

func (b *bars) draw(name string, done, total int64) *bar {
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
	return one
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
	return &bar{Bar: b.container.New(0, mpb.BarStyle(), label, mpb.BarWidth(barWidth), mpb.AppendDecorators(
		decor.Any(func(s decor.Statistics) string {
			return core.FormatBytes(s.Current) + " / " + core.FormatBytes(s.Total)
		}),
		decor.OnComplete(pace(), ""),
	))}
}

// pace tells how fast a step is, on the average since it began, and estimates from
// that when it ends.
func pace() decor.Decorator {
	start := time.Now()
	return decor.Any(func(s decor.Statistics) string { return paceOf(s.Current, s.Total, time.Since(start)) })
}

// paceOf is the text of pace; empty as long as there is nothing to tell it from.
func paceOf(done, total int64, took time.Duration) string {
	if done <= 0 || total <= 0 || took <= 0 {
		return ""
	}
	perSecond := float64(done) / took.Seconds()
	left := time.Duration(float64(took) * float64(total-done) / float64(done))
	return "  " + core.FormatBytes(int64(perSecond)) + "/s  " + left.Round(time.Second).String() + " left"
}

// end completes a step's bar.
func (b *bars) end(name string) {
	if one := b.live[name]; one != nil {
		one.SetTotal(one.total, true)
		delete(b.live, name)
	}
}

// close ends all bars. What was broken off is left where it stood.
func (b *bars) close() {
	for name, one := range b.live {
		if one.own || b.ctx.Err() != nil {
			one.Abort(false)
			delete(b.live, name)
			continue
		}
		b.end(name)
	}
	b.container.Wait()
}
