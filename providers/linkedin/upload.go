package linkedin

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
)

// parallelUploads bounds the uploads of one post: LinkedIn throttles accounts
// that call it from many sides at a time.
const parallelUploads = 3

// saver keeps uploads that end at the same time from saving over one another, and
// from using the session concurrently.
type saver struct{ sync.Mutex }

// uploadMissing uploads every image that LinkedIn does not have. One that fails
// keeps further ones from starting, but those under way are finished, so that
// their bytes need not be sent again.
func (w *preparation) uploadMissing(ctx context.Context) error {
	needs := w.Needs()
	failures := make([]error, len(needs))
	var (
		g      errgroup.Group
		failed atomic.Bool
	)
	g.SetLimit(parallelUploads)
	for i, n := range needs {
		if w.has(n) {
			continue
		}
		g.Go(func() error {
			if failed.Load() {
				return nil
			}
			if failures[i] = w.guardedUpload(ctx, n); failures[i] != nil {
				failed.Store(true)
			}
			return nil
		})
	}
	_ = g.Wait() // the failures are kept in the order of the images
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

// guardedUpload turns a panic into an error: it happens in a goroutine of its own,
// where nobody else could.
func (w *preparation) guardedUpload(ctx context.Context, n core.Need) (err error) {
	defer func() {
		if r := recover(); r != nil {
			w.session.Log.ErrorContext(ctx, "an upload panicked", "panic", r, "stack", string(debug.Stack()))
			err = &core.Error{
				Kind: core.KindInternal, Op: "linkedin.prepare", Platform: name, Field: n.Field,
				Message: "an internal error occurred", Err: fmt.Errorf("panic: %v", r),
			}
		}
	}()
	return w.upload(ctx, n)
}

func (w *preparation) has(n core.Need) bool {
	w.saving.Lock()
	defer w.saving.Unlock()
	return w.state.Uploads[n.Key].URN != ""
}

// upload sends one image and remembers it.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
func (w *preparation) upload(ctx context.Context, n core.Need) error {
	asset, err := w.session.Fetch(ctx, n)
	if err != nil {
		return err
	}
	place, err := w.provider.api.InitializeImageUpload(ctx, w.token, w.author)
	if err != nil {
		return err
	}
	if !imageURN.MatchString(place.Image) || !w.provider.uploadHost(place.UploadURL) {
		return &core.Error{
			Kind: core.KindTemporary, Op: "linkedin.prepare", Platform: name, Field: n.Field,
			Message: "LinkedIn named a place for the image that is not on its own servers.",
		}
	}
	open := func(ctx context.Context) (io.ReadCloser, error) {
		r, err := asset.Open(ctx)
		if err != nil {
			return nil, err
		}
		return &meter{AssetReader: r, report: func(done int64) { w.reportUpload(n, done, asset.Size) }}, nil
	}
	if err := w.provider.api.PutImage(ctx, w.token, place.UploadURL, asset.MIME, asset.Size, open); err != nil {
		return uploadError(n, err)
	}
	return w.remember(ctx, n, place.Image, asset.Changes)
}

// remember saves that LinkedIn has an image, and how it differs from the file.
func (w *preparation) remember(ctx context.Context, n core.Need, urn string, changes []string) error {
	w.saving.Lock()
	defer w.saving.Unlock()
	w.state.setChanges(n, changes)
	up := w.state.Uploads[n.Key]
	up.URN, up.UploadedAt = urn, w.session.Clock.Now()
	return w.session.Checkpoint.Save(ctx, w.state)
}

func (w *preparation) reportUpload(n core.Need, done, total int64) {
	w.saving.Lock()
	defer w.saving.Unlock()
	w.session.Report(core.Activity{Stage: core.StageUpload, Item: n.Field, Done: done, Total: total})
}

// uploadError names the image that was refused.
func uploadError(n core.Need, err error) error {
	e := *core.AsError(err)
	if e.Kind == core.KindInvalid {
		e.Kind, e.Code = core.KindMedia, core.CodeUpstreamInvalid
	}
	if e.Field == "" {
		e.Field = n.Field
	}
	return &e
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

// meter reports how much has been read.
type meter struct {
	core.AssetReader
	done   int64
	report func(done int64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.AssetReader.Read(p)
	if n > 0 {
		m.done += int64(n)
		m.report(m.done)
	}
	return n, err
}
