package media

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/probe"
	"github.com/crier-social/crier/media/sniff"
)

// bufferSize is the memory that a download takes, whatever the size of the file.
const bufferSize = 64 << 10

// facts is what is known of a fetched file.
type facts struct {
	sniff.Type
	name  string
	size  int64
	image probe.Image // zero where the format is not one that probe reads
}

// download is one file of a group.
type download struct {
	facts facts      // complete once the flight is done
	file  *spoolFile // likewise; nil if it failed

	mu       sync.Mutex
	needs    []core.Need // of all who ever waited: they decide how much is taken
	received int64
	total    int64 // 0: unknown
	watchers map[chan struct{}]struct{}
}

func newDownload(n core.Need) *download {
	return &download{needs: []core.Need{n}, watchers: map[chan struct{}]struct{}{}}
}

// obtain returns the complete download of a need's address, made by this call or
// shared with others.
func (s *Service) obtain(ctx context.Context, g *group, n core.Need, onProgress func(done, total int64)) (*download, error) {
	for {
		f, err := g.downloads.join(n.URL,
			func() *download { return newDownload(n) },
			func(ctx context.Context, d *download) error { return s.receive(ctx, g, d, n.URL) })
		if err != nil {
			return nil, err
		}
		err = f.value.waitFor(ctx, f, n, onProgress)
		g.downloads.leave(n.URL, f)
		var over *overLimit
		switch {
		case err == nil:
			return f.value, nil
		case !errors.As(err, &over):
			return nil, err
		}
		if err := s.refusal(n, over); err != nil {
			return nil, err
		}
		// It was ended for others, before this need was known to it: begin anew.
	}
}

// waitFor adds a need to the download, and waits for its end.
func (d *download) waitFor(ctx context.Context, f *flight[*download], n core.Need, onProgress func(done, total int64)) error {
	d.mu.Lock()
	d.needs = append(d.needs, n)
	var wake chan struct{}
	if onProgress != nil {
		wake = make(chan struct{}, 1)
		d.watchers[wake] = struct{}{}
	}
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		delete(d.watchers, wake)
		d.mu.Unlock()
	}()
	return f.wait(ctx, wake, func() { onProgress(d.progress()) })
}

func (d *download) progress() (done, total int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.received, d.total
}

// advance counts what arrived and tells those who watch.
func (d *download) advance(n int, total int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.received += int64(n)
	d.total = max(0, total)
	for w := range d.watchers {
		select {
		case w <- struct{}{}:
		default: // it has not looked since the last time
		}
	}
}

// ceiling returns the most bytes that any need takes of a type, and whether any
// takes it at all.
func (s *Service) ceiling(d *download, t sniff.Type) (most int64, wanted bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.needs {
		limit, ok := s.limitFor(n, t)
		most, wanted = max(most, limit), wanted || ok
	}
	return most, wanted
}

// receive fetches the file into the spool and reads its facts.
func (s *Service) receive(ctx context.Context, g *group, d *download, address string) (err error) {
	timed, cancel := context.WithTimeoutCause(ctx, s.timeout, errTimeout)
	defer cancel()
	src, err := s.sources.open(timed, address)
	if err != nil {
		return s.timely(timed, d, err)
	}
	defer func() { _ = src.body.Close() }()
	file, err := s.spool.create()
	if err != nil {
		return err
	}
	if err = s.copy(d, src, file); err == nil {
		err = s.examine(d, src, file)
	}
	if err != nil {
		s.spool.abandon(file)
		return s.timely(timed, d, err)
	}
	d.file, err = s.spool.seal(file, g.usage)
	return err
}

// copy streams the file, ending as soon as nobody can want it.
func (s *Service) copy(d *download, src *content, file *os.File) error {
	buf := make([]byte, bufferSize)
	n, err := readHead(src.body, buf[:sniff.HeadSize])
	head := buf[:n]
	d.facts.Type = sniff.Detect(head)
	if src.page != nil && n > 0 && d.facts.HTML() {
		return webPage(head, src.page.Path)
	}
	for {
		d.facts.size += int64(n)
		if n > 0 {
			size := max(d.facts.size, src.size)
			if most, wanted := s.ceiling(d, d.facts.Type); !wanted || size > most {
				return &overLimit{typ: d.facts.Type, size: size, exact: src.size >= d.facts.size}
			}
			if _, writeErr := file.Write(buf[:n]); writeErr != nil {
				return storeFailed(writeErr)
			}
			d.advance(n, src.size)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return cutShort(d.facts.size, src.size, err)
		}
		n, err = src.body.Read(buf)
	}
}

// readHead fills buf as far as the file goes. Only io.EOF means that it is at its
// end: a broken connection ends in io.ErrUnexpectedEOF.
func readHead(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return n, err
}

// examine reads the facts of a complete file.
func (s *Service) examine(d *download, src *content, file *os.File) error {
	switch {
	case d.facts.size == 0:
		return badAddress("the file is empty: it has 0 bytes", nil)
	case src.size >= 0 && d.facts.size != src.size:
		return cutShort(d.facts.size, src.size, io.ErrUnexpectedEOF)
	}
	d.facts.name = fileName(src.name, d.facts.Type)
	if !probe.Readable(d.facts.MIME) {
		return nil
	}
	var err error
	d.facts.image, err = probe.ReadImage(file, d.facts.size, d.facts.MIME)
	switch {
	case errors.Is(err, probe.ErrDamaged):
		return damaged(d.facts.MIME, err)
	case err != nil:
		return storeFailed(err)
	}
	return nil
}

// timely gives an error that the time limit caused its name.
func (s *Service) timely(ctx context.Context, d *download, err error) error {
	if errors.Is(context.Cause(ctx), errTimeout) {
		return tooSlow(s.timeout, d.facts.size, err)
	}
	return err
}

// discard implements result.
func (d *download) discard() {
	if d.file != nil {
		d.file.discard()
	}
}

// asset returns the file as it is.
func (d *download) asset() *core.Asset {
	width, height := d.facts.image.DisplaySize()
	return &core.Asset{
		Kind: d.facts.Kind, MIME: d.facts.MIME, Name: d.facts.name, Size: d.facts.size,
		Width: width, Height: height, Frames: d.facts.image.Frames, Open: d.file.open,
	}
}

// looksLikeLogin tells whether a path is one to which visitors without an account
// are sent.
func looksLikeLogin(p string) bool {
	name := strings.ToLower(path.Base(p))
	for _, word := range []string{"login", "signin", "sign-in", "sign_in"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
