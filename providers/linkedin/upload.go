package linkedin

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
)

// parallelUploads bounds the uploads of one post: LinkedIn throttles accounts
// that call it from many sides at a time.
const parallelUploads = 3

// uploadMissing uploads every file that LinkedIn does not have. One that fails
// keeps further ones from starting, but those under way are finished, so that
// their bytes need not be sent again.
func (w *preparation) uploadMissing(ctx context.Context) error {
	attachments := w.uploads()
	failures := make([]error, len(attachments))
	var (
		g      errgroup.Group
		failed atomic.Bool
	)
	g.SetLimit(parallelUploads)
	for i, a := range attachments {
		if a.urn != "" || w.has(a.need) {
			continue
		}
		g.Go(func() error {
			if failed.Load() {
				return nil
			}
			failures[i] = w.guard(ctx, a.field, func() error { return w.upload(ctx, a) })
			if failures[i] != nil {
				failed.Store(true)
			}
			return nil
		})
	}
	_ = g.Wait() // the failures are kept in the order of the files
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *preparation) has(n core.Need) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.Uploads[n.Key].URN != ""
}

// startOver is why an upload has to begin anew.
type startOver struct{ reason *core.Error }

func (s *startOver) Error() string { return s.reason.Error() }
func (s *startOver) Unwrap() error { return s.reason }

// maxRestarts is how often the upload of one file is begun anew.
const maxRestarts = 2

// upload sends one file, and remembers that it has.
func (w *preparation) upload(ctx context.Context, a attachment) error {
	for {
		err := w.goOn(ctx, a)
		again, ok := errors.AsType[*startOver](err)
		if !ok {
			return err
		}
		up := w.state.Uploads[a.need.Key]
		if up.Restarts >= maxRestarts {
			return again.reason
		}
		w.session.Log.InfoContext(ctx, "the upload of a file begins anew", "field", a.field, "reason", again.reason)
		if err := w.update(ctx, func(*progress) { up.Video, up.Restarts = nil, up.Restarts+1 }); err != nil {
			return err
		}
	}
}

// goOn begins an upload, or goes on with that of a video. What a file is, its bytes
// tell.
func (w *preparation) goOn(ctx context.Context, a attachment) error {
	if up := w.state.Uploads[a.need.Key]; up.Video != nil {
		return w.continueVideo(ctx, a, up)
	}
	asset, err := w.session.Fetch(ctx, a.need)
	if err != nil {
		return err
	}
	switch asset.Kind {
	case core.MediaImage, core.MediaDocument:
		return w.uploadWhole(ctx, a.need, asset)
	case core.MediaVideo:
		return w.uploadVideo(ctx, a, asset)
	case core.MediaCaptions:
	}
	return &core.Error{
		Kind: core.KindInternal, Op: "linkedin.prepare", Platform: name, Field: a.field,
		Message: "a file that LinkedIn does not take was fetched", Err: errors.New("asset of kind " + string(asset.Kind)),
	}
}

// remember saves that LinkedIn has a file.
func (w *preparation) remember(ctx context.Context, n core.Need, sent upload, changes []string) error {
	return w.update(ctx, func(p *progress) {
		p.setChanges(n, changes)
		before := p.Uploads[n.Key]
		sent.UploadedAt = w.session.Clock.Now()
		sent.Failures, sent.Restarts = before.Failures, before.Restarts
		*before = sent
	})
}

// uploadError names the file that was refused. That the time for it ended says nothing
// about the file.
func uploadError(n core.Need, err error) error {
	if _, own := errors.AsType[*core.Error](err); !own && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return err
	}
	e := *core.AsError(err)
	if e.Kind == core.KindInvalid {
		e.Kind, e.Code = core.KindMedia, core.CodeUpstreamInvalid
	}
	if e.Field == "" {
		e.Field = n.Field
	}
	return &e
}

// checkPlace holds what LinkedIn named as the place for a file of a kind against
// what it can be.
func (p *Provider) checkPlace(n core.Need, kind core.MediaKind, urn string, addresses ...string) error {
	good := kindOf(urn) == kind
	for _, address := range addresses {
		good = good && p.uploadHost(address)
	}
	if good {
		return nil
	}
	return &core.Error{
		Kind: core.KindTemporary, Op: "linkedin.prepare", Platform: name, Field: n.Field,
		Message: "LinkedIn named a place for the " + string(kind) + " that is not on its own servers.",
	}
}

// uploadHost tells whether the token may be sent to an upload address: one of the
// configured API's host, or of LinkedIn's domains over TLS.
func (p *Provider) uploadHost(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	base, err := url.Parse(p.cfg.APIURL)
	if err == nil && u.Scheme == base.Scheme && strings.EqualFold(u.Host, base.Host) {
		return true
	}
	host := strings.ToLower(u.Host) // with a port, if one is given: then it is not LinkedIn's
	if u.Scheme != "https" {
		return false
	}
	for _, domain := range []string{"linkedin.com", "licdn.com"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
