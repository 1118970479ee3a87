package linkedin

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

const (
	// duplicateWindow is for how long LinkedIn refuses the same content again.
	// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/ugc-post-api
	duplicateWindow = 10 * time.Minute
	// resendWindow is how long after a lost create the same request may be sent
	// once more: well inside duplicateWindow, whatever the clocks say.
	resendWindow = 8 * time.Minute
	// readDelay is how old a create must be before its absence from the author's
	// posts proves that it had no effect.
	readDelay = time.Minute
	// clockSkew is how much earlier than expected a post may have been created.
	clockSkew = time.Minute

	readPageSize = 50
	maxReadPages = 10
)

// Reconcile finds out whether a lost create took effect. A token that may read
// the author's posts answers it. Another sends the same request again, as long as
// LinkedIn refuses duplicates: the refusal names the post that exists.
func (p *publication) Reconcile(ctx context.Context, s *core.Session, since time.Time) (core.Receipt, bool, error) {
	r, err := p.prepared(s)
	if err != nil {
		return core.Receipt{}, false, uncertain(err)
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return core.Receipt{}, false, uncertain(err)
	}
	// A slow answer tells no more than what was so when it was asked for.
	age := s.Clock.Now().Sub(since)                                                // model: LOOK_AGE
	urn, found, err := p.findPost(ctx, s, token, p.post(r), since.Add(-clockSkew)) // model: READ_BACK
	switch core.KindOf(err) {
	case "":
	case core.KindForbidden, core.KindNotFound: // some apps are told that there is no such resource
		return p.resend(ctx, s, token, r, since)
	default:
		return core.Receipt{}, false, uncertain(err)
	}
	if found {
		if urn == "" {
			s.Warn(core.Warning{Message: "LinkedIn shows the post without its id; it can be found on the author's page."})
		}
		return p.receipt(s.Account, r, urn), true, nil
	}
	if age < readDelay { // model: ABSENT
		return core.Receipt{}, false, unknown("LinkedIn does not show the post yet; it may still appear.", readDelay-age)
	}
	return core.Receipt{}, false, nil
}

// findPost looks for the author's post with the same content that was created after the
// time: of several the first one, since what another delivery sent came later, and none
// that is known to be another's. Its URN is empty if LinkedIn shows the post without a
// usable one.
func (p *publication) findPost(ctx context.Context, s *core.Session, token core.Secret, want api.Post, after time.Time) (urn string, found bool, err error) {
	for page := range maxReadPages {
		posts, err := p.provider.api.PostsByAuthor(ctx, token, p.author, page*readPageSize, readPageSize)
		if err != nil {
			return "", false, err
		}
		older := false
		for _, post := range posts.Elements {
			created := time.UnixMilli(post.CreatedAt)
			older = older || created.Before(after)
			if created.Before(after) || !sameContent(post, want) {
				continue
			}
			taken, err := s.IsTaken(ctx, readURN(post.ID))
			if err != nil {
				return "", false, err
			}
			if !taken {
				urn, found = readURN(post.ID), true
			}
		}
		if older || !posts.More() {
			return urn, found, nil
		}
	}
	if found {
		return urn, true, nil
	}
	return "", false, unknown(fmt.Sprintf("The author has more than %d newer posts; the one in question was not among them.", maxReadPages*readPageSize), 0)
}

// sameContent tells whether readers see, or will see, the same in two posts.
func sameContent(got, want api.Post) bool {
	return !hidden(got) && (got.Author == "" || got.Author == want.Author) &&
		visibleWords(got.Commentary) == visibleWords(want.Commentary) &&
		sameReshare(got.Reshare, want.Reshare) && slices.Equal(marks(got.Content), marks(want.Content))
}

// sameReshare tells whether two posts repost the same.
func sameReshare(got, want *api.Reshare) bool {
	if got == nil || want == nil {
		return got == want
	}
	return got.Parent == want.Parent
}

// hidden tells whether readers do not see a post and never will. One whose
// publication LinkedIn has only accepted counts as seen: so does a create that was
// answered.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
func hidden(p api.Post) bool {
	return p.LifecycleState == api.LifecycleDraft || p.LifecycleState == api.LifecyclePublishFailed
}

// visibleWords returns what a reader sees without regard to white space and to the
// width of a hashtag's sign, which LinkedIn may change.
func visibleWords(commentary string) string {
	visible := strings.ReplaceAll(littletext.Decode(commentary).Visible(), "＃", "#")
	return strings.Join(strings.Fields(visible), " ")
}

// marks returns what tells the content of a post from that of others, as far as LinkedIn
// does not change it.
func marks(c *api.Content) []string {
	switch {
	case c == nil:
		return nil
	case c.Media != nil:
		return []string{c.Media.ID}
	case c.MultiImage != nil:
		urns := make([]string, len(c.MultiImage.Images))
		for i, img := range c.MultiImage.Images {
			urns[i] = img.ID
		}
		return urns
	case c.Article != nil:
		return []string{"article", destination(c.Article.Source)}
	case c.Poll != nil:
		texts := []string{"poll", strings.Join(strings.Fields(c.Poll.Question), " ")}
		for _, o := range c.Poll.Options {
			texts = append(texts, strings.Join(strings.Fields(o.Text), " "))
		}
		return texts
	}
	return nil
}

// destination is where an address leads, without regard to how it is written.
func destination(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.ToLower(u.Hostname()) + strings.TrimRight(u.Path, "/") + "?" + u.RawQuery
}

// resend sends the identical create once more, for a token that cannot read.
func (p *publication) resend(ctx context.Context, s *core.Session, token core.Secret, r resolved, since time.Time) (core.Receipt, bool, error) {
	if age := s.Clock.Now().Sub(since); age > resendWindow {
		return core.Receipt{}, false, unknown(fmt.Sprintf(
			"The token cannot read the author's posts, and after %s LinkedIn would no longer recognise the post as sent before.", resendWindow), 0)
	}
	receipt, err := p.create(ctx, s, token, r) // model: RESEND
	if err == nil {
		return receipt, true, nil
	}
	e := core.AsError(err)
	switch e.Kind { //nolint:exhaustive // every other kind says nothing about the first request
	case core.KindDuplicate:
		if e.RemoteID != "" {
			receipt := p.receipt(s.Account, r, e.RemoteID)
			receipt.Inferred = true // a deleted post may be named as well
			return receipt, true, nil
		}
	case core.KindInvalid, core.KindMedia:
		// The same content was refused for what it is: so was the first request.
		return core.Receipt{}, false, err
	}
	return core.Receipt{}, false, uncertain(err)
}

// uncertain says that an error left the outcome unknown.
func uncertain(cause error) *core.Error {
	from := core.AsError(cause)
	e := *from
	e.Kind, e.Code, e.Help, e.Unsent = core.KindUncertain, core.CodeUncertain, "", false
	e.Platform = name
	e.Message = "Whether LinkedIn published the post could not be found out: " + from.Message
	e.Err = cause
	return &e
}

func unknown(message string, again time.Duration) *core.Error {
	return &core.Error{
		Kind: core.KindUncertain, Code: core.CodeUncertain, Op: "linkedin.reconcile", Platform: name,
		Message: message, RetryAfter: again,
	}
}
