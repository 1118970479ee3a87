package sandbox

import (
	"context"
	"strings"

	"github.com/crier-social/crier/providers/bluesky/sandbox/appview"
)

// ownSource are the sandbox's own repositories.
type ownSource struct{ s *Sandbox }

// Repos implements appview.Source.
func (o ownSource) Repos(context.Context) ([]appview.Repo, error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	out := make([]appview.Repo, len(o.s.order))
	for i, a := range o.s.order {
		out[i] = appview.Repo{DID: a.did, Handle: a.handle, Created: a.created}
		if !a.active() {
			out[i].Status = string(a.status)
		}
	}
	return out, nil
}

// Records implements appview.Source. Records are never changed once they are written.
func (o ownSource) Records(_ context.Context, did, collection string) ([]appview.Record, error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	a := o.s.accounts[did]
	if a == nil {
		return nil, nil
	}
	var out []appview.Record
	for _, r := range a.records[collection] {
		out = append(out, appview.Record{URI: a.uri(collection, r.rkey), CID: r.cid, Value: r.value, Indexed: r.indexed})
	}
	return out, nil
}

// view is the AppView of the sandbox, for clients that reach it at an address.
func (s *Sandbox) view(base string) *appview.AppView {
	return appview.New(ownSource{s}, appview.Options{Blob: appview.BlobsOf(base), Figures: s.extraFigures})
}

func (s *Sandbox) extraFigures(uri string) appview.Figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.figures[uri]
}

// serveAppView answers a method that needs no account.
func (s *Sandbox) serveAppView(c *call) (any, *problem) {
	out, bad := s.view(c.base).Answer(c.http.Context(), methodName(c), c.params)
	if bad != nil {
		return nil, &problem{status: bad.Status, name: bad.Name, message: bad.Message}
	}
	return out, nil
}

func methodName(c *call) string { return strings.TrimPrefix(c.http.URL.Path, xrpcPrefix) }

// Figures are counts of a post.
type Figures = appview.Figures

// SetFigures sets counts of a post beside those of the records that there are.
func (s *Sandbox) SetFigures(uri string, f Figures) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, r := s.locate(uri); r == nil {
		return errNoRecord(uri)
	}
	s.figures[uri] = f
	return nil
}
