package linkedin

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// request is the comment on a subject.
func (said statement) request(actor string, on subject) api.NewComment {
	in := api.NewComment{Actor: actor, Object: on.thread, Message: messageOf(said.text), Parent: on.parent}
	if said.image != "" {
		in.Content = []api.CommentContent{{Entity: api.CommentEntity{Image: said.image}}}
	}
	return in
}

// sendComment writes the comment that was prepared, with exactly one request.
func (p *publication) sendComment(ctx context.Context, s *core.Session, on subject) (api.Comment, error) {
	said, err := p.settledComment(s)
	if err != nil {
		return api.Comment{}, unsent(err)
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return api.Comment{}, unsent(err)
	}
	in := said.request(p.author, on)
	made, status, err := p.provider.api.CreateComment(ctx, token, on.urn, in)
	if err != nil {
		return api.Comment{}, p.provider.explain(ctx, s.Account, p.author, token, p.comment.fields.blame(err))
	}
	if status != http.StatusCreated || made.ID == "" && made.Name() == "" {
		return api.Comment{}, unproven("createComment", "comment", status)
	}
	return complete(made, in), nil
}

// complete fills in what LinkedIn's answer leaves out.
func complete(made api.Comment, in api.NewComment) api.Comment {
	made.Actor = cmp.Or(made.Actor, in.Actor)
	made.Object = cmp.Or(made.Object, in.Object)
	made.Parent = cmp.Or(made.Parent, in.Parent)
	made.Message.Text = cmp.Or(made.Message.Text, in.Message.Text)
	return made
}

// blame adds to a refusal of a comment which part of the request it is about.
func (f commentFields) blame(err error) error {
	from := core.AsError(err)
	e := *from
	switch {
	case from.Kind == core.KindMedia:
		e.Field = f.media + "[0]"
	case from.Kind != core.KindInvalid:
	case strings.Contains(from.Field, "mediaUrls"):
		e.Field = f.media + "[0]"
	default:
		e.Field = f.text
	}
	return &e
}

const (
	// activityWait is how long to wait when LinkedIn does not know the activity of a new
	// post yet, which lasts up to about a minute.
	activityWait = 8 * time.Second

	helpOpenComments = "Open them on LinkedIn or with PATCH /post and \"disableComments\": false."
)

// commentError recognises what can go wrong with comments alone; nil for anything else.
func (a refusal) commentError() *core.Error {
	switch {
	case a.op != "createComment" && a.op != "updateSocialMetadata":
		return nil
	case strings.Contains(a.low, "unable to obtain activity"):
		return &core.Error{
			Kind: core.KindTemporary, RetryAfter: activityWait, Unsent: true,
			Message: "LinkedIn does not know the new post well enough yet to take a comment.",
		}
	case a.op == "createComment" && a.status == 403 && strings.Contains(a.low, "comment") &&
		(strings.Contains(a.low, "disabled") || strings.Contains(a.low, "closed")):
		return &core.Error{Kind: core.KindForbidden, Message: "The comments of the post are closed" + a.quote(), Help: helpOpenComments}
	}
	return nil
}
