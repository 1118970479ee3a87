package media

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

const (
	// pageFresh is how long a page is known that was read: about as long as it takes
	// from checking a post to sending it everywhere.
	pageFresh = 5 * time.Minute
	// pageRefused is the same for a page that cannot be had. It is shorter, since
	// authors mend pages and try again.
	pageRefused = time.Minute
	// maxPages bounds the memory.
	maxPages = 256
)

// pages reads web pages, each once for all who ask within some minutes.
type pages struct {
	web     *web
	timeout time.Duration
	clock   core.Clock
	log     *slog.Logger

	mu    sync.Mutex
	known map[string]*pageVisit
}

// pageVisit is one reading of a page.
type pageVisit struct {
	done chan struct{} // closed when the rest is final
	page core.Page
	err  error
	ends time.Time // when it is to be read anew; guarded by pages.mu, zero until done
}

func newPages(w *web, timeout time.Duration, clock core.Clock, log *slog.Logger) *pages {
	return &pages{web: w, timeout: timeout, clock: clock, log: log, known: map[string]*pageVisit{}}
}

// visit returns the reading of a page that is still good, or one that begins now. The
// work is begun by spawn.
func (p *pages) visit(ctx context.Context, address string, spawn func(func())) *pageVisit {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	if v := p.known[address]; v != nil && (v.ends.IsZero() || now.Before(v.ends)) {
		return v
	}
	p.makeRoom(now)
	v := &pageVisit{done: make(chan struct{})}
	p.known[address] = v
	spawn(func() { p.run(ctx, address, v) })
	return v
}

// run reads the page. It takes no longer than the time limit, so that nobody needs to
// end it but the service.
func (p *pages) run(ctx context.Context, address string, v *pageVisit) {
	v.err = guarded(ctx, p.log, func() (err error) {
		v.page, err = p.web.page(ctx, address, p.timeout)
		return err
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	switch core.KindOf(v.err) {
	case "":
		v.ends = p.clock.Now().Add(pageFresh)
	case core.KindMedia:
		v.ends = p.clock.Now().Add(pageRefused)
	default: // it may work the next time
		delete(p.known, address)
	}
	close(v.done)
}

// makeRoom forgets what is out of date, and if that is not enough, what is so soonest.
// What is being read stays. The lock is held.
func (p *pages) makeRoom(now time.Time) {
	for len(p.known) >= maxPages {
		soonest := ""
		for address, v := range p.known {
			switch {
			case v.ends.IsZero():
			case !now.Before(v.ends):
				delete(p.known, address)
			case soonest == "" || v.ends.Before(p.known[soonest].ends):
				soonest = address
			}
		}
		if len(p.known) < maxPages || soonest == "" {
			return
		}
		delete(p.known, soonest)
	}
}

// Page returns what the web page of an address says about itself, for a card that links
// to it. A picture's own address makes a card of that picture. What was read is kept for
// some minutes, and callers that ask for the same page at the same time share one
// request. The errors are *core.Error with core.CodeLinkPreview, of KindMedia or, where
// trying again may help, of KindTemporary; of KindInternal for a defect.
func (s *Service) Page(ctx context.Context, address string) (*core.Page, error) {
	if !s.begin() {
		return nil, pageError(interrupted(context.Canceled))
	}
	defer s.calls.Done()
	v := s.pages.visit(s.base, address, s.calls.Go)
	select {
	case <-v.done:
	case <-ctx.Done():
		return nil, pageError(interrupted(context.Cause(ctx)))
	}
	if v.err != nil {
		return nil, pageError(v.err)
	}
	found := v.page
	return &found, nil
}

// begin registers a call, so that Close waits for it, unless the service is closed.
func (s *Service) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.calls.Add(1)
	}
	return !s.closed
}
