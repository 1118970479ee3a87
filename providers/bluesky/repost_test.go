package bluesky_test

import (
	"context"
	"testing"

	"github.com/crier-social/crier/core"
)

// What has no comments of its own is not called something that it is not.
func TestRepostHasNoCommentsOfItsOwn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, post := f.publish(f.bob, core.Draft{Text: "first"}, nil)
	receipt, _ := f.publish(f.alice, refers("repost", post.URI), nil)
	s := f.session(f.alice)
	for name, do := range map[string]func(context.Context) error{
		"read": func(ctx context.Context) error {
			_, err := f.provider.Comments(ctx, s, receipt.RemoteID)
			return err
		},
		"write": func(ctx context.Context) error {
			return f.provider.CheckComment(s.Account, core.CommentDraft{PostID: receipt.RemoteID, Text: "x"})
		},
		"close": func(ctx context.Context) error {
			return f.provider.SetComments(ctx, s, receipt.RemoteID, false)
		},
	} {
		e := core.AsError(do(t.Context()))
		if e.Kind != core.KindUnsupported || e.Field != "id" || e.Help != "Name the post that it reposts." {
			t.Errorf("%s: %+v", name, e)
		}
	}
}
