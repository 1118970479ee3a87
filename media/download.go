package media

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/internal/filename"
	"github.com/crier-social/crier/media/probe"
	"github.com/crier-social/crier/media/sniff"
)

// facts is what is known of a fetched file.
type facts struct {
	sniff.Type
	name  string
	size  int64       // bytes, of the whole file
	image probe.Image // zero where the format is not one that probe reads
	video probe.Video // likewise
	pages int         // of a document; 0 if unknown
}

// stored is where the bytes of a download are.
type stored interface {
	open(ctx context.Context) (core.AssetReader, error)
	discard()
}

// download is one file of a group. Of a video whose size its source announces, the
// facts are known before all of it is here.
type download struct {
	facts facts  // final once the flight is ready or done
	file  stored // likewise; nil if it failed before

	mu       sync.Mutex
	needs    []core.Need // of all who ever waited: they decide how much is taken
	received int64
	total    int64 // 0: unknown
	watchers map[chan struct{}]struct{}
}

func newDownload(n core.Need) *download {
	return &download{needs: []core.Need{n}, watchers: map[chan struct{}]struct{}{}}
}

// obtain returns the download of a need's address with its facts, made by this call
// or shared with others.
func (s *Service) obtain(ctx context.Context, g *group, n core.Need, onProgress func(done, total int64)) (*download, error) {
	for {
		f, err := g.downloads.join(n.URL,
			func() *download { return newDownload(n) },
			func(ctx context.Context, d *download, ready func()) error { return s.receive(ctx, g, d, n.URL, ready) })
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

// waitFor adds a need to the download, and waits until it can be used.
func (d *download) waitFor(ctx context.Context, f *flight[*download], n core.Need, onProgress func(done, total int64)) error {
	d.mu.Lock()
	d.needs = append(d.needs, n)
	var wake chan struct{}
	if onProgress != nil {
		wake = make(chan struct{}, 1)
		d.watchers[wake] = struct{}{}
		if d.received > 0 {
			wake <- struct{}{} // for what arrived before
		}
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

// advance notes how much has arrived and tells those who watch.
func (d *download) advance(received, total int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.received, d.total = received, max(0, total)
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
		most, wanted = max(most, limit.bytes), wanted || ok
	}
	return most, wanted
}

// affordable ends a download that nobody can want, as soon as that is known.
func (s *Service) affordable(d *download, t sniff.Type, size int64, exact bool) error {
	if most, wanted := s.ceiling(d, t); !wanted || size > most {
		return &overLimit{typ: t, size: size, exact: exact}
	}
	return nil
}

// receive opens the file of an address, reads its facts, and fetches it into the
// spool unless it lies on this server.
func (s *Service) receive(ctx context.Context, g *group, d *download, address string, ready func()) error {
	g.usage.begin()
	defer g.usage.end()
	ctx, limit := s.limited(ctx)
	defer limit.stop()
	src, err := s.sources.open(ctx, address)
	if err != nil {
		return limit.named(err, 0)
	}
	if src.local != nil {
		return s.adopt(ctx, g, d, src)
	}
	t := &transfer{service: s, download: d, src: src, limit: limit, claim: s.disk.claim(g.tenant), usage: g.usage}
	return limit.named(t.run(ctx, ready), t.have())
}

// adopt reads the facts of a file that lies on this server.
func (s *Service) adopt(ctx context.Context, g *group, d *download, src *content) error {
	r, err := src.local(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	head := make([]byte, min(sniff.HeadSize, src.size))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	d.facts = facts{Type: sniff.Detect(head), size: src.size}
	if err := s.affordable(d, d.facts.Type, src.size, true); err != nil {
		return err
	}
	d.advance(src.size, src.size)
	if err := s.examine(d, src.name, r); err != nil {
		return err
	}
	d.file = &localFile{opener: src.local, usage: g.usage}
	return nil
}

// examine completes the facts, of which type and size are known. r may wait for
// bytes that are still arriving.
func (s *Service) examine(d *download, name string, r io.ReaderAt) error {
	f := &d.facts
	if f.size == 0 {
		return badAddress("the file is empty: it has 0 bytes", nil)
	}
	if f.Undetermined {
		f.Type = sniff.Refine(r, f.size, f.Type)
		if err := s.affordable(d, f.Type, f.size, true); err != nil {
			return err
		}
	}
	f.name = filename.Clean(name, f.Type)
	return f.read(r)
}

// read reads what the bytes say of a file of this type.
func (f *facts) read(r io.ReaderAt) (err error) {
	switch {
	case f.Kind == core.MediaImage && probe.Readable(f.MIME):
		f.image, err = probe.ReadImage(r, f.size, f.MIME)
	case f.Kind == core.MediaVideo && probe.VideoReadable(f.MIME):
		f.video, err = probe.ReadVideo(r, f.size, f.MIME)
	case f.Kind == core.MediaDocument && probe.PagesReadable(f.MIME):
		f.pages, err = probe.ReadPages(r, f.size, f.MIME)
	case f.MIME == sniff.SubRip:
		_, err = probe.ReadCaptions(r, f.size)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, probe.ErrDamaged):
		return damaged(f.MIME, err)
	case errors.As(err, new(*core.Error)):
		return err
	}
	return storeFailed(err)
}

// discard implements result.
func (d *download) discard() {
	if d.file != nil {
		d.file.discard()
	}
}

// asset returns the file as it is.
func (d *download) asset() *core.Asset {
	f := d.facts
	a := &core.Asset{
		Kind: f.Kind, MIME: f.MIME, Name: f.name, Size: f.size, Frames: f.image.Frames,
		Duration: f.video.Duration, VideoCodec: f.video.Codec, Pages: f.pages, Open: d.file.open,
	}
	a.Width, a.Height = f.image.DisplaySize()
	if f.Kind == core.MediaVideo {
		a.Width, a.Height = f.video.Width, f.video.Height
	}
	return a
}
