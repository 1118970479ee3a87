package gallery_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/mediatest"
)

func (e *env) reserve(t *testing.T) (core.Upload, string) {
	t.Helper()
	u, ticket, err := e.Reserve(t.Context(), core.NewUpload{ProfileID: "alice", Name: "../a b.mp4", Description: "d", MIME: "video/mp4"})
	must(t, err)
	return u, ticket
}

func (e *env) fill(t *testing.T, id, ticket, content string) error {
	t.Helper()
	_, err := e.Fill(t.Context(), id, ticket, int64(len(content)), strings.NewReader(content))
	return err
}

func TestReserveAndFill(t *testing.T) {
	t.Parallel()
	e := setup(t)
	u, ticket := e.reserve(t)
	want := core.Upload{
		ProfileID: "alice", Name: "a b.mp4", Description: "d", MIME: "video/mp4", State: core.UploadPending,
		CreatedAt: u.CreatedAt, ExpiresAt: u.CreatedAt.Add(30 * time.Minute),
	}
	if diff := cmp.Diff(want, u, cmpopts.IgnoreFields(core.Upload{}, "ID", "TicketHash")); diff != "" {
		t.Errorf("reserved (-want +got):\n%s", diff)
	}
	if len(ticket) < 32 || bytes.Contains(u.TicketHash, []byte(ticket)) {
		t.Errorf("ticket %q, hash %q", ticket, u.TicketHash)
	}
	_, err := e.Get(t.Context(), "alice", u.ID)
	wantKind(t, "get before the bytes are there", err, core.KindNotFound)
	_, _, err = e.Open(t.Context(), u.ID)
	wantKind(t, "open before the bytes are there", err, core.KindNotFound)

	e.clock.Advance(29 * time.Minute)
	content := mediatest.PNG(8, 8)
	filled, err := e.again().Fill(t.Context(), u.ID, ticket, -1, bytes.NewReader(content))
	must(t, err)
	want.Name, want.MIME, want.Size, want.State = "a b.png", "image/png", int64(len(content)), core.UploadReady
	want.ExpiresAt = e.clock.Now().Add(30 * day)
	if diff := cmp.Diff(want, filled, cmpopts.IgnoreFields(core.Upload{}, "ID", "TicketHash", "Blob", "Version"), cmpopts.EquateApproxTime(time.Microsecond)); diff != "" {
		t.Errorf("filled (-want +got):\n%s", diff)
	}
	e.wantContent(t, u.ID, content)

	wantKind(t, "a second file", e.fill(t, u.ID, ticket, "x"), core.KindForbidden)
	e.wantContent(t, u.ID, content)
	e.wantUsage(t, "alice", int64(len(content)))
}

func TestBadTickets(t *testing.T) {
	t.Parallel()
	e := setup(t)
	u, ticket := e.reserve(t)
	other, otherTicket := e.reserve(t)
	saved := e.save(t, "alice", []byte("text"))
	for name, err := range map[string]error{
		"wrong ticket":       e.fill(t, u.ID, strings.Repeat("0", 64), "x"),
		"no ticket":          e.fill(t, u.ID, "", "x"),
		"ticket of another":  e.fill(t, u.ID, otherTicket, "x"),
		"id of another":      e.fill(t, other.ID, ticket, "x"),
		"saved, no ticket":   e.fill(t, saved.ID, "", "x"),
		"saved, some ticket": e.fill(t, saved.ID, ticket, "x"),
	} {
		wantKind(t, name, err, core.KindNotFound)
	}
	must(t, e.Delete(t.Context(), "alice", other.ID))
	wantKind(t, "deleted", e.fill(t, other.ID, otherTicket, "x"), core.KindNotFound)
	e.clock.Advance(30 * time.Minute)
	err := e.fill(t, u.ID, ticket, "x")
	wantKind(t, "expired", err, core.KindForbidden)
	if !strings.Contains(core.AsError(err).Message, "has passed") {
		t.Errorf("message %q", core.AsError(err).Message)
	}
	e.clock.Advance(time.Second)
	must(t, e.Sweep(t.Context()))
	wantKind(t, "swept", e.fill(t, u.ID, ticket, "x"), core.KindNotFound)
	e.wantUsage(t, "alice", 4)
}

// TestBrokenPutsAreRepeated: what broke off, or was refused, leaves the ticket good.
func TestBrokenPutsAreRepeated(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *gallery.Config) { c.Quota, c.Limit = 10_000, 5_000 })
	u, ticket := e.reserve(t)
	text := func(n int) io.Reader { return strings.NewReader(strings.Repeat("x", n)) }
	for _, tc := range []struct {
		name string
		size int64
		r    io.Reader
		ok   func(error) bool
	}{
		{"cut off", 100, broken{text(50)}, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		{"cut off, unknown size", -1, broken{text(50)}, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		{"shorter than announced", 100, text(99), func(err error) bool { return strings.Contains(err.Error(), "99 of 100 bytes") }},
		{"longer than announced", 100, text(101), func(err error) bool { return strings.Contains(err.Error(), "more than the 100 bytes") }},
		{"empty", 0, text(0), func(err error) bool { return core.KindOf(err) == core.KindMedia }},
		{"announced too large", 5001, text(1), func(err error) bool { return core.AsError(err).Code == core.CodeMediaTooLarge }},
		{"too large", -1, text(5001), func(err error) bool { return core.AsError(err).Code == core.CodeMediaTooLarge }},
	} {
		if _, err := e.Fill(t.Context(), u.ID, ticket, tc.size, tc.r); !tc.ok(err) {
			t.Errorf("%s: got %v", tc.name, err)
		}
		e.wantEmpty(t, "alice")
		e.clock.Advance(time.Minute)
	}
	must(t, e.fill(t, u.ID, ticket, "at last"))
	e.wantContent(t, u.ID, []byte("at last"))

	late, ticket := e.reserve(t)
	e.clock.Advance(29 * time.Minute)
	slow := &stepReader{steps: 3, step: func() { e.clock.Advance(time.Minute) }, err: io.ErrUnexpectedEOF}
	if _, err := e.Fill(t.Context(), late.ID, ticket, -1, slow); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	wantKind(t, "repeated after the end of the ticket", e.fill(t, late.ID, ticket, "x"), core.KindForbidden)
}

// stepReader calls step before each of its reads, which give one byte, and ends
// with err.
type stepReader struct {
	steps int
	step  func()
	err   error
}

func (s *stepReader) Read(p []byte) (int, error) {
	if s.steps == 0 {
		return 0, s.err
	}
	s.steps--
	s.step()
	p[0] = 'x'
	return 1, nil
}

// TestSlowPut: a file that takes longer than its ticket is good for is not given up
// while it arrives; one from which nothing comes is.
func TestSlowPut(t *testing.T) {
	t.Parallel()
	e := setup(t)
	sweeper := e.again()
	u, ticket := e.reserve(t)
	e.clock.Advance(25 * time.Minute)
	slow := &stepReader{steps: 30, err: io.EOF, step: func() {
		e.clock.Advance(10 * time.Minute)
		if err := sweeper.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
	}}
	_, err := e.Fill(t.Context(), u.ID, ticket, 30, slow)
	must(t, err)
	e.wantContent(t, u.ID, bytes.Repeat([]byte("x"), 30))

	stalled := func() *stepReader {
		return &stepReader{steps: 2, err: io.EOF, step: func() {
			e.clock.Advance(31 * time.Minute)
			if err := sweeper.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		}}
	}
	_, err = e.Save(t.Context(), core.NewUpload{ProfileID: "bob"}, stalled())
	wantKind(t, "stalled", err, core.KindTemporary)
	e.wantEmptyIndex(t, "bob")

	u, ticket = e.reserve(t)
	_, err = e.Fill(t.Context(), u.ID, ticket, 2, stalled())
	wantGone(t, "stalled", err)
}

// wantGone: an upload to a ticket has ended because there is no such upload any more.
func wantGone(t *testing.T, what string, err error) {
	t.Helper()
	wantKind(t, what, err, core.KindForbidden)
	if !strings.Contains(core.AsError(err).Message, "given up") {
		t.Errorf("%s: message %q", what, core.AsError(err).Message)
	}
}

// TestDeletedWhileSent: who sends a file learns that the upload was deleted.
func TestDeletedWhileSent(t *testing.T) {
	t.Parallel()
	e := setup(t)
	u, ticket := e.reserve(t)
	r := &stepReader{steps: 1, err: io.EOF, step: func() {
		if err := e.Delete(t.Context(), "alice", u.ID); err != nil {
			t.Error(err)
		}
	}}
	_, err := e.Fill(t.Context(), u.ID, ticket, 1, r)
	wantGone(t, "deleted", err)
	e.wantEmpty(t, "alice")
}

// TestTwoPutsAtOnce: of two files that are sent with one ticket at the same time
// exactly one is kept, whichever ends first.
func TestTwoPutsAtOnce(t *testing.T) {
	t.Parallel()
	for _, firstEndsFirst := range []bool{true, false} {
		e := setup(t, func(c *gallery.Config) { c.Quota = 1000 })
		u, ticket := e.reserve(t)
		firstRead, firstWrite := io.Pipe()
		var firstErr error
		var wg sync.WaitGroup
		wg.Go(func() { _, firstErr = e.Fill(t.Context(), u.ID, ticket, -1, firstRead) })
		_, err := firstWrite.Write([]byte("first")) // it is under way
		must(t, err)

		secondRead, secondWrite := io.Pipe()
		var secondErr error
		wg.Go(func() { _, secondErr = e.again().Fill(t.Context(), u.ID, ticket, -1, secondRead) })
		_, err = secondWrite.Write([]byte("second"))
		must(t, err)
		order := []*io.PipeWriter{firstWrite, secondWrite}
		if !firstEndsFirst {
			order[0], order[1] = order[1], order[0]
		}
		for _, w := range order {
			must(t, w.Close())
		}
		wg.Wait()
		must(t, secondErr)
		wantKind(t, "the first", firstErr, core.KindForbidden)
		e.wantContent(t, u.ID, []byte("second"))
		if n := e.blobCount(t); n != 1 {
			t.Errorf("%d blobs", n)
		}
	}
}

func TestManyPutsAtOnce(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *gallery.Config) { c.Quota = 1_000_000 })
	u, ticket := e.reserve(t)
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		kept []string
	)
	for i := range 20 {
		wg.Go(func() {
			content := strings.Repeat(string(rune('a'+i)), 1000+i)
			err := e.fill(t, u.ID, ticket, content)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				kept = append(kept, content)
			} else {
				wantKind(t, "a loser", err, core.KindForbidden)
			}
		})
	}
	wg.Wait()
	if len(kept) != 1 {
		t.Fatalf("%d files were taken", len(kept))
	}
	e.wantContent(t, u.ID, []byte(kept[0]))
	e.wantUsage(t, "alice", int64(len(kept[0])))
	if n := e.blobCount(t); n != 1 {
		t.Errorf("%d blobs", n)
	}
}
