// Package media fetches the files of posts: from public web addresses through the
// guarded client, from the uploads, from the samples. A file is streamed to disk,
// and read from there while it still arrives; its type and facts are read from its
// bytes, and where it does not fit what a network takes, it is changed if that loses
// nothing that matters, or refused with the limit and the measured value.
package media

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/media/imageproc"
	"github.com/crier-social/crier/media/internal/privdir"
)

// The defaults of Config.
const (
	DefaultDisk         = 10e9             // bytes
	DefaultTimeout      = 5 * time.Minute  // for one download
	DefaultVideoTimeout = 30 * time.Minute // for one that is handed out while it arrives
	DefaultStall        = time.Minute
	DefaultDiskPatience = 15 * time.Second
	DefaultPageTimeout  = 10 * time.Second
)

// defaultResumeAfter are the waits before the attempts to go on with a download that
// broke off: about as long as a server needs to start anew.
func defaultResumeAfter() []time.Duration {
	return []time.Duration{
		250 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second,
	}
}

// Config is what a Service is made of.
type Config struct {
	// Dir is the folder in which files are kept while they are needed, and nothing
	// else is. Every process has its own part of it.
	Dir   string
	Guard *netguard.Guard
	// Gallery serves "upload:" addresses; without it there are none.
	Gallery Gallery
	// OwnUpload tells which upload an address of this very server leads to; nil: none
	// does. Such a file is read without a request.
	OwnUpload func(address string) (id string, ok bool)
	// Disk is how many bytes the files of all groups may take together; those who
	// need more wait. 0 is DefaultDisk.
	Disk int64
	// DiskPatience is how long a call of Fetch waits for space; 0 is
	// DefaultDiskPatience.
	DiskPatience time.Duration
	// MaxBytes is the largest file taken, whatever a need allows; 0 is Disk.
	MaxBytes     int64
	Timeout      time.Duration // of one download; 0 is DefaultTimeout
	VideoTimeout time.Duration // of one that is handed out while it arrives; 0 is DefaultVideoTimeout
	// Stall is how long a source may send nothing before the connection is given up;
	// 0 is DefaultStall.
	Stall time.Duration
	// ResumeAfter are the waits before the attempts to go on with a download that broke
	// off; each success begins them anew. nil is half a minute in all.
	ResumeAfter []time.Duration
	// PageTimeout is how long reading a web page may take; 0 is DefaultPageTimeout.
	PageTimeout time.Duration
	// MaxPixels is the largest picture that is converted; 0 is imageproc's default.
	MaxPixels int64
	Clock     core.Clock   // nil: the system's
	Log       *slog.Logger // nil: no log
}

// Service fetches files and keeps them until their group is released, or until
// nobody has used the group for half an hour. It is safe for concurrent use.
type Service struct {
	sources sources
	spool   *spool
	disk    *disk
	images  *imageproc.Processor
	pages   *pages
	clock   core.Clock
	log     *slog.Logger

	maxBytes     int64
	timeout      time.Duration
	videoTimeout time.Duration
	stall        time.Duration
	resumeAfter  []time.Duration

	base   context.Context //nolint:containedctx // the life of the service; callers' contexts end earlier
	cancel context.CancelFunc
	calls  sync.WaitGroup // calls of Fetch and Page, the work that they started, and the sweeping

	mu     sync.Mutex
	closed bool
	groups map[string]*group
}

// group is what was fetched for one post.
type group struct {
	disk      *disk
	usage     *usage // by calls of Fetch, downloads and readers of the files
	tenant    *tenant
	downloads *flights[*download]
	variants  *flights[*variant]
}

// end gives up what is being fetched, and removes the files once nobody reads them.
func (g *group) end() {
	g.downloads.end()
	g.variants.end()
	g.disk.dismiss(g.tenant)
}

// New returns a service, and removes from Dir what dead processes left there.
func New(c Config) (*Service, error) {
	if c.Guard == nil {
		return nil, errors.New("media: no guard")
	}
	c = c.withDefaults()
	dir, err := privdir.Open(c.Dir)
	if err != nil {
		return nil, err
	}
	s := &Service{
		sources: sources{web: newWeb(c.Guard), gallery: c.Gallery, own: c.OwnUpload},
		spool:   &spool{dir: dir, log: c.Log},
		disk:    newDisk(c.Disk, c.DiskPatience, c.Clock),
		images:  imageproc.New(c.MaxPixels),
		clock:   c.Clock, log: c.Log,
		maxBytes: c.MaxBytes, timeout: c.Timeout, videoTimeout: c.VideoTimeout,
		stall: c.Stall, resumeAfter: c.ResumeAfter,
		groups: map[string]*group{},
	}
	s.pages = newPages(s.sources.web, c.PageTimeout, c.Clock, c.Log)
	s.base, s.cancel = context.WithCancel(context.Background())
	s.calls.Go(s.sweep)
	return s, nil
}

func (c Config) withDefaults() Config {
	c.Disk = cmp.Or(max(c.Disk, 0), DefaultDisk)
	c.DiskPatience = cmp.Or(max(c.DiskPatience, 0), DefaultDiskPatience)
	c.MaxBytes = cmp.Or(max(c.MaxBytes, 0), c.Disk)
	c.Timeout = cmp.Or(max(c.Timeout, 0), DefaultTimeout)
	c.VideoTimeout = cmp.Or(max(c.VideoTimeout, 0), DefaultVideoTimeout)
	c.Stall = cmp.Or(max(c.Stall, 0), DefaultStall)
	c.PageTimeout = cmp.Or(max(c.PageTimeout, 0), DefaultPageTimeout)
	if c.ResumeAfter == nil {
		c.ResumeAfter = defaultResumeAfter()
	}
	if c.Clock == nil {
		c.Clock = core.SystemClock{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Close ends all downloads and removes all files. Readers should be closed by then:
// some systems do not remove a file that is being read.
func (s *Service) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.cancel()
	s.calls.Wait()
	return s.spool.dir.Close()
}

// Fetch returns the file behind n.URL, fit for the need. Files of one group are
// fetched once, however many callers ask at the same time; the download goes on as
// long as one of them waits for it. A video whose size its source announces is
// returned as soon as its facts are known: the rest arrives while it is being read,
// until the group is released. Fetch's errors are *core.Error with n.Field, of
// KindMedia or, for kinds that n.Unsupported names, KindUnsupported; of KindTemporary
// where trying again may help; of KindRateLimited when the space for files is taken by
// others; of KindInternal for a defect. onProgress, which may
// be nil, is called from within Fetch; total is 0 while it is unknown.
func (s *Service) Fetch(ctx context.Context, groupID string, n core.Need, onProgress func(done, total int64)) (*core.Asset, error) {
	g, err := s.enter(groupID)
	if err != nil {
		return nil, located(err, n)
	}
	defer s.leave(g)
	asset, err := s.fetch(ctx, g, n, onProgress)
	if err != nil {
		return nil, located(err, n)
	}
	return asset, nil
}

func (s *Service) fetch(ctx context.Context, g *group, n core.Need, onProgress func(done, total int64)) (*core.Asset, error) {
	d, err := s.obtain(ctx, g, n, onProgress)
	if err != nil {
		return nil, err
	}
	change, err := judge(n, d.facts)
	if err != nil {
		return nil, err
	}
	if change == nil {
		return d.asset(), nil
	}
	v, err := s.vary(ctx, g, d, n.URL, *change)
	if err != nil {
		return nil, err
	}
	return v.asset(), nil
}

// enter registers a call, so that Close waits for it, and returns its group, in use.
func (s *Service) enter(groupID string) (*group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, interrupted(context.Canceled)
	}
	s.calls.Add(1)
	g := s.groups[groupID]
	if g == nil {
		g = &group{
			usage:     &usage{clock: s.clock},
			disk:      s.disk,
			tenant:    &tenant{},
			downloads: newFlights[*download](s.base, &s.calls, s.log),
			variants:  newFlights[*variant](s.base, &s.calls, s.log),
		}
		s.groups[groupID] = g
	}
	g.usage.begin()
	return g, nil
}

// leave ends a call that enter registered.
func (s *Service) leave(g *group) {
	g.usage.end()
	s.calls.Done()
}

// Release forgets a group: what is still being fetched for it ends, and its files
// are removed once nobody reads them. Unknown groups are fine.
func (s *Service) Release(groupID string) {
	s.mu.Lock()
	g := s.groups[groupID]
	delete(s.groups, groupID)
	s.mu.Unlock()
	if g != nil {
		g.end()
	}
}

// Authorize tells whether a profile may use the file that a need names: an upload
// belongs to one profile, everything else is open to all. Fetch does not know the
// profile, so this is asked when a post is accepted. The error is of KindMedia with
// n.Field, the same for an upload of another profile as for one that does not exist;
// of KindTemporary when the uploads cannot be read.
func (s *Service) Authorize(ctx context.Context, profileID string, n core.Need) error {
	if err := s.sources.authorize(ctx, profileID, n.URL); err != nil {
		return located(err, n)
	}
	return nil
}

// DiskUsed returns how many bytes the files of all groups take, or are about to.
func (s *Service) DiskUsed() int64 { return s.disk.inUse() }
