package crashtest

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
)

// The answers to a change.
const (
	changed   = "changed"
	unchanged = "unchanged"
	// undecided: it was answered that it is too late, but an earlier request, which was not
	// answered, may have been in time; or the network was in trouble until patience ended.
	undecided = "undecided"
)

// change does what the plan has the author do about the accepted post.
func (a *author) change(ctx context.Context) {
	if a.story.post.Change != ChangeNone {
		wait(a.story.post.ChangeAfter)
	}
	switch a.story.post.Change {
	case ChangeNone:
	case ChangeCancel:
		a.remove(ctx)
	case ChangeText:
		a.rewrite(ctx)
	case ChangePause:
		a.pause(ctx)
	case ChangeTime:
		a.move(ctx)
	}
}

// rewrite gives the post another text.
func (a *author) rewrite(ctx context.Context) {
	s := a.story
	switch was, will := s.post.Text(), s.post.NewText(); a.patch(ctx, map[string]any{"post": will}) {
	case changed:
		s.texts = []string{will}
	case undecided:
		s.texts = []string{was, will}
	}
}

// pause holds the post for a while.
func (a *author) pause(ctx context.Context) {
	if a.patch(ctx, map[string]any{"scheduledPause": true}) == changed {
		a.story.heldFrom = a.clock.Now()
	}
	wait(a.story.post.ChangeAfter)
	a.story.heldUntil = a.clock.Now()
	if a.patch(ctx, map[string]any{"scheduledPause": false}) == unchanged && !a.story.heldFrom.IsZero() {
		a.wonder("a post that was held could not be released")
	}
}

// move puts the post off.
func (a *author) move(ctx context.Context) {
	due := a.clock.Now().Add(a.story.post.Ahead).Truncate(time.Millisecond)
	if a.patch(ctx, map[string]any{"scheduleDate": apiTime(due)}) == changed {
		a.story.due = due
	}
}

// patch asks for a change until that is answered.
func (a *author) patch(ctx context.Context, what map[string]any) string {
	what["id"] = a.story.id
	otherwise := unchanged
	for began := time.Now(); ctx.Err() == nil; wait(knock) {
		var answer told
		status, err := a.do(ctx, call{method: http.MethodPatch, path: "/post", body: what}, &answer)
		switch {
		case err != nil:
			if !neverSent(err) {
				otherwise = undecided
			}
			continue
		case status == http.StatusOK:
			return changed
		case hasCode(answer, core.CodeNotChangeable), hasCode(answer, core.CodeProcessing):
			return otherwise
		case hasCode(answer, core.CodeUnsupported) && !a.edits():
			return otherwise
		case status < http.StatusInternalServerError && status != http.StatusTooManyRequests:
			a.wonder("PATCH /post %v: %d %s", what, status, answer)
			return undecided
		}
		if otherwise = undecided; time.Since(began) > patience {
			return otherwise
		}
	}
	return undecided
}

// edits tells whether each network that the post is for lets it be changed once it is published.
func (a *author) edits() bool {
	return !slices.ContainsFunc(a.story.post.places(), func(place int) bool { return !a.outlets[place].Edits })
}

// apiTime writes a time as the API reads it.
func apiTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
