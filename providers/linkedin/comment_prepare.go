package linkedin

import (
	"context"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// uploads lists every file that is uploaded: those of the post, and that of the comment
// below it.
func (p *publication) uploads() []attachment {
	files := p.attachments()
	if p.comment == nil || p.comment.image == nil {
		return files
	}
	return append(slices.Clip(files), *p.comment.image)
}

// openComment tells whether LinkedIn has to be asked whom the comment mentions.
func (p *publication) openComment() bool { return p.comment != nil && p.comment.words.open() }

// settleComment looks up whom the comment mentions, once and for all attempts.
func (w *preparation) settleComment(ctx context.Context) (core.Progress, error) {
	if !w.openComment() {
		return core.Progress{Ready: true}, nil
	}
	return w.settle(ctx, settling{
		slot:   func(state *progress) *preparedText { return &state.Comment },
		lookUp: w.commentResolution,
		check:  func(text littletext.Text) error { return w.comment.check(text).OrNil() },
	})
}

func (w *preparation) commentResolution(ctx context.Context) (resolution, error) {
	if w.comment.lookedUp != nil {
		return *w.comment.lookedUp, nil
	}
	return w.lookUpComment(ctx, w.session)
}

// lookUpComment finds out whom the comment mentions.
func (p *publication) lookUpComment(ctx context.Context, s *core.Session) (resolution, error) {
	words := p.comment.words
	words.author = p.author
	return p.provider.resolve(ctx, s, words)
}

// statement is a comment as it is sent.
type statement struct {
	text  littletext.Text
	image string // URN; empty: none
}

// settledComment returns the comment as Prepare left it in the checkpoint.
func (p *publication) settledComment(s *core.Session) (statement, error) {
	state, err := p.loadProgress(s.Checkpoint)
	if err != nil {
		return statement{}, err
	}
	said, complete := statement{text: p.comment.text}, true
	if p.openComment() {
		said.text, complete = littletext.Decode(state.Comment.Commentary), state.Comment.Commentary != ""
	}
	if image := p.comment.image; image != nil {
		if said.image = image.urn; said.image == "" {
			said.image = state.Uploads[image.need.Key].URN
		}
		complete = complete && said.image != ""
	}
	if !complete {
		return statement{}, &core.Error{
			Kind: core.KindInternal, Op: "linkedin.comment", Platform: name, Message: "the comment was sent before it was prepared",
		}
	}
	return said, nil
}
