package coretest

import (
	"cmp"
	"context"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
)

// publication is one draft on its way to the scripted network.
type publication struct {
	provider *Provider
	account  core.Account
	text     string
	options  options
	needs    []core.Need
	comment  *core.FirstComment
	closed   bool
}

// progress is what the checkpoint keeps.
type progress struct {
	Assets map[string]Media `json:"assets"`        // that are uploaded, by the need's key
	Key    string           `json:"key,omitempty"` // of the post, on a network that knows keys
}

func load(s *core.Session) (progress, error) {
	state := progress{}
	if _, err := s.Checkpoint.Load(&state); err != nil {
		return state, err
	}
	if state.Assets == nil {
		state.Assets = map[string]Media{}
	}
	return state, nil
}

// Needs lists the pictures and the thumbnail.
func (p *publication) Needs() []core.Need { return slices.Clone(p.needs) }

// Preview shows the post.
func (p *publication) Preview() core.Preview {
	media := make([]any, 0, len(p.needs))
	for i, n := range p.needs {
		if n.Key != thumbnailKey {
			media = append(media, map[string]any{"url": n.URL, "altText": p.altText(i)})
		}
	}
	return core.Preview{
		Text: p.text, Length: utf8.RuneCountInString(p.text), Limit: MaxText,
		Request: map[string]any{
			"author": p.account.RemoteID, "text": p.text, "media": media, "thumbnail": p.options.Thumbnail,
			"delay": p.options.Delay, "warn": p.options.Warn,
		},
	}
}

// altText returns the description of the i-th picture.
func (p *publication) altText(i int) string {
	if i < len(p.options.AltText) {
		return p.options.AltText[i]
	}
	return ""
}

// Preflight asks whether the account may post.
func (p *publication) Preflight(ctx context.Context, s *core.Session) error {
	return p.call(ctx, s, Call{Op: OpPreflight}, func() error { return nil })
}

// Prepare uploads what is not uploaded, then asks whether it is processed.
func (p *publication) Prepare(ctx context.Context, s *core.Session) (core.Progress, error) {
	if err := p.provider.translate(OpPrepare, p.provider.enter(ctx, OpPrepare)); err != nil {
		return core.Progress{}, err
	}
	if p.options.Warn != "" {
		s.Warn(core.Warning{Field: p.provider.Info().OptionsKey + ".warn", Message: p.options.Warn})
	}
	state, err := load(s)
	if err != nil {
		return core.Progress{}, err
	}
	if p.Repeatable() && state.Key == "" {
		state.Key = core.NewID(s.Clock.Now())
		if err := s.Checkpoint.Save(ctx, state); err != nil {
			return core.Progress{}, err
		}
	}
	for i, n := range p.needs {
		if _, done := state.Assets[n.Key]; done {
			continue
		}
		if state.Assets[n.Key], err = p.upload(ctx, s, n, i); err != nil {
			return core.Progress{}, err
		}
		if err := s.Checkpoint.Save(ctx, state); err != nil {
			return core.Progress{}, err
		}
	}
	return p.processed(ctx, s, state)
}

// upload reads the file and hands it to the network.
func (p *publication) upload(ctx context.Context, s *core.Session, n core.Need, i int) (Media, error) {
	file, err := s.Fetch(ctx, n)
	if err != nil {
		return Media{}, err
	}
	reader, err := file.Open(ctx)
	if err != nil {
		return Media{}, err
	}
	defer func() { _ = reader.Close() }() // nothing was written that closing could lose
	size, err := io.Copy(io.Discard, reader)
	if err != nil {
		return Media{}, p.provider.translate(OpUpload, err)
	}
	m := Media{MIME: file.MIME, Size: size}
	if n.Key != thumbnailKey {
		m.AltText = p.altText(i)
	}
	err = p.call(ctx, s, Call{Op: OpUpload, Item: n.Key, Bytes: size}, func() error {
		m.AssetID = p.provider.upload(p.account.RemoteID, m)
		return nil
	})
	if err != nil {
		return Media{}, err
	}
	s.Report(core.Activity{Stage: core.StageUpload, Item: n.Field, Done: size, Total: size})
	return m, nil
}

// processed asks once for every file.
func (p *publication) processed(ctx context.Context, s *core.Session, state progress) (core.Progress, error) {
	for _, n := range p.needs {
		ready := false
		err := p.call(ctx, s, Call{Op: OpPoll, Item: n.Key}, func() (err error) {
			ready, err = p.provider.ready(state.Assets[n.Key].AssetID)
			return err
		})
		if err != nil {
			return core.Progress{}, err
		}
		if !ready {
			s.Report(core.Activity{Stage: core.StageProcessing, Item: n.Field})
			after := time.Duration(cmp.Or(p.options.Delay, 1)) * time.Second
			return core.Progress{After: after, Note: "the network is processing " + n.Field}, nil
		}
	}
	return core.Progress{Ready: true}, nil
}

// Commit publishes.
func (p *publication) Commit(ctx context.Context, s *core.Session) (core.Receipt, error) {
	state, err := load(s)
	if err != nil {
		return core.Receipt{}, err
	}
	post := Post{Author: p.account.RemoteID, Text: p.text, Key: state.Key}
	for _, n := range p.needs {
		m := state.Assets[n.Key]
		if n.Key == thumbnailKey {
			post.Thumbnail = &m
			continue
		}
		post.Media = append(post.Media, m)
	}
	s.Report(core.Activity{Stage: core.StagePublish})
	var remoteID string
	err = p.call(ctx, s, Call{Op: OpCommit}, func() (err error) {
		remoteID, err = p.provider.publish(post)
		return err
	})
	if err != nil {
		return core.Receipt{}, err
	}
	return p.receipt(remoteID), nil
}

// Repeatable tells whether the network takes a post once under its key.
func (p *publication) Repeatable() bool { return p.provider.repeatable }

// reconcileSlack allows for clocks that differ.
const reconcileSlack = time.Minute

// Reconcile looks for the post by author and key, or by author and content. What the network
// does not have it will not get either: a call takes effect while it is made, or never.
func (p *publication) Reconcile(ctx context.Context, s *core.Session, since time.Time) (core.Receipt, bool, error) {
	var alike []string
	state, err := load(s)
	if err != nil {
		return core.Receipt{}, false, err
	}
	err = p.call(ctx, s, Call{Op: OpReconcile}, func() error {
		if p.provider.unreadable {
			return &core.Error{
				Kind: core.KindUncertain, Op: p.provider.name + ".reconcile", Platform: p.provider.name,
				Message: "the network does not let its posts be read",
			}
		}
		if p.Repeatable() {
			if remoteID, found := p.provider.findKey(p.account.RemoteID, state.Key); found {
				alike = []string{remoteID}
			}
			return nil
		}
		pictures := slices.DeleteFunc(p.Needs(), func(n core.Need) bool { return n.Key == thumbnailKey })
		alike = p.provider.find(p.account.RemoteID, p.text, len(pictures), since.Add(-reconcileSlack))
		return nil
	})
	if err != nil {
		return core.Receipt{}, false, err
	}
	for _, remoteID := range alike {
		taken, err := s.IsTaken(ctx, remoteID)
		if err != nil {
			return core.Receipt{}, false, err
		}
		if !taken {
			return p.receipt(remoteID), true, nil
		}
	}
	return core.Receipt{}, false, nil
}

func (p *publication) receipt(remoteID string) core.Receipt {
	return core.Receipt{
		RemoteID: remoteID,
		URL:      p.provider.Info().Website + "/posts/" + remoteID,
		Extra:    map[string]any{"author": p.account.RemoteID},
	}
}

// call makes one call as the account.
func (p *publication) call(ctx context.Context, s *core.Session, c Call, apply func() error) error {
	shown, err := bearerOf(ctx, s)
	if err != nil {
		return err
	}
	c.Author = p.account.RemoteID
	return p.provider.call(ctx, shown, c, apply)
}

var (
	_ core.Publication = (*publication)(nil)
	_ core.Preflighter = (*publication)(nil)
	_ core.Reconciler  = (*publication)(nil)
	_ core.Repeatable  = (*publication)(nil)
	_ core.Previewer   = (*publication)(nil)
	_ core.Finisher    = (*publication)(nil)
)
