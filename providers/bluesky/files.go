package bluesky

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// readFiles reads what the files are, so that the preview shows what would be sent and the
// author is told what changes. If one cannot be had, others say so.
func (p *publication) readFiles(ctx context.Context, s *core.Session) error {
	p.files = map[string]upload{}
	for _, a := range p.media {
		if asset, err := s.Fetch(ctx, a.need); err == nil {
			p.learnFile(s, a.need, asset)
		}
	}
	if c := p.exhibit.card; c != nil && c.thumbnail != nil {
		if asset, err := s.Fetch(ctx, *c.thumbnail); err == nil {
			p.learnFile(s, *c.thumbnail, asset)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.readAllCaptions(ctx, s)
}

// readAllCaptions reads the captions, or warns that they are left out.
func (p *publication) readAllCaptions(ctx context.Context, s *core.Session) error {
	var problems core.Errors
	for _, c := range p.captions {
		film, known := p.files[p.media[0].need.Key]
		if known && film.Kind != core.MediaVideo {
			s.Warn(c.leftOut())
			continue
		}
		asset, err := s.Fetch(ctx, c.need)
		if err != nil {
			continue
		}
		content, changes, err := loadCaptions(ctx, c.need, asset)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			problems = append(problems, core.AsErrors(err)...)
			continue
		}
		sent := *asset
		sent.MIME, sent.Size, sent.Changes = mimeVTT, int64(len(content)), changes
		p.learnFile(s, c.need, &sent)
	}
	return problems.OrNil()
}

// learnFile keeps what a file would be sent as, and tells how that differs from the author's.
func (p *publication) learnFile(s *core.Session, n core.Need, asset *core.Asset) {
	p.files[n.Key] = upload{
		Kind: asset.Kind, Width: asset.Width, Height: asset.Height,
		Blob: &api.Blob{Type: "blob", MIMEType: asset.MIME, Size: asset.Size},
	}
	for _, w := range changeWarnings(n, asset.Kind, asset.Changes) {
		s.Warn(w)
	}
}

// foreseenUpload is a file that is still to be sent, as far as it is known.
func (p *publication) foreseenUpload(n core.Need, kind core.MediaKind, placeholder string) *upload {
	up := &upload{Kind: kind, Blob: &api.Blob{Type: "blob"}}
	if read, ok := p.files[n.Key]; ok {
		blob := *read.Blob
		*up, up.Blob = read, &blob
	}
	up.Blob.Ref = api.Link{CID: placeholder}
	return up
}
