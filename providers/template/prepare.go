package template

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/template/api"
)

// Prepare does all that can be repeated: it uploads, and saves each step, so that another
// process can go on after a crash without doing it again.

// progress is what Prepare remembers between attempts.
type progress struct {
	Images map[string]string `json:"images,omitempty"` // the network's ids, by the need's key
	// Key names the post to the network: a request that arrives twice makes one post.
	Key string `json:"key"`
}

// Prepare uploads the pictures, one after the other.
func (p *publication) Prepare(ctx context.Context, s *core.Session) (core.Progress, error) {
	var done progress
	if _, err := s.Checkpoint.Load(&done); err != nil {
		return core.Progress{}, err
	}
	if done.Key == "" {
		done = progress{Images: map[string]string{}, Key: core.NewID(s.Clock.Now())}
		if err := s.Checkpoint.Save(ctx, done); err != nil {
			return core.Progress{}, err
		}
	}
	for _, image := range p.images {
		if done.Images[image.need.Key] != "" {
			continue
		}
		id, err := p.upload(ctx, s, image.need)
		if err != nil {
			return core.Progress{}, err
		}
		if done.Images == nil {
			done.Images = map[string]string{}
		}
		done.Images[image.need.Key] = id
		if err := s.Checkpoint.Save(ctx, done); err != nil {
			return core.Progress{}, err
		}
	}
	return core.Progress{Ready: true}, nil
}

func (p *publication) upload(ctx context.Context, s *core.Session, n core.Need) (string, error) {
	asset, err := s.Fetch(ctx, n)
	if err != nil {
		return "", err
	}
	token, err := s.Token(ctx)
	if err != nil {
		return "", err
	}
	s.Report(core.Activity{Stage: core.StageUpload, Item: n.Field, Total: asset.Size})
	return p.provider.api.UploadImage(ctx, token, asset)
}

// post is the request that publishes.
func (p *publication) post(done progress) api.Post {
	out := api.Post{Text: p.text}
	for _, image := range p.images {
		out.Images = append(out.Images, api.Image{ID: done.Images[image.need.Key], Alt: image.alt})
	}
	return out
}
