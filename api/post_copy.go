package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// copyPost is POST /post/copy: a new post with the content of another one, whatever became
// of that. Any field of POST /post takes the place of what the other has.
func (a *API) copyPost(c *gin.Context) answer {
	return a.create(c, func(r *creation) error { return r.copied() })
}

// copied finds the post that the body names, and takes its id out of the body.
func (r *creation) copied() error {
	const key = "id"
	f := r.body.fields
	id := f.text(key)
	if id == "" && !f.unreadable(key) {
		f.add(invalid(key, "id is missing: send the id of the post to copy"))
	}
	if len(f.problems) > 0 {
		return f.problems
	}
	o, err := r.Publisher.Get(r.ctx, r.profile.ID, id)
	if errors.Is(err, store.ErrNotFound) {
		return &core.Error{
			Kind: core.KindNotFound, Code: core.CodeHistoryNotFound, Field: key,
			Message: "no post of this profile has this id",
		}
	}
	if err != nil {
		return err
	}
	f.remove(key)
	r.body.original = &o.Post.Request
	r.body.hash = sha256.Sum256(append([]byte("copy\n"), r.body.hash[:]...))
	return nil
}

// inherit gives the request the content of another one, as far as it does not say itself
// what it is to be. When, whether and under which key it goes out is its own.
func (d *decoder) inherit(ctx context.Context, from *core.PostRequest) error {
	if from == nil {
		return nil
	}
	if !d.sent("post", "randomPost") {
		d.request.Text = from.Text
	}
	if !d.sent("mediaUrls", "mediaUrl", "randomMediaUrl") && len(d.request.Media.Default) == 0 {
		d.request.Media = from.Media
	}
	if !d.sent("mentions") {
		d.request.Mentions = from.Mentions
	}
	if !d.sent("firstComment") {
		d.request.FirstComment = from.FirstComment
	}
	if !d.sent("disableComments") {
		d.request.DisableComments = from.DisableComments
	}
	if !d.sent("requiresApproval") {
		d.request.RequiresApproval = from.RequiresApproval
	}
	if !d.sent("notes") {
		d.request.Notes = from.Notes
	}
	return d.inheritOptions(ctx, from.Options)
}

// sent tells whether the body has one of the keys, be it null.
func (f *fields) sent(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		_, there := f.values[key]
		return there
	})
}

// inheritOptions takes over the option blocks of the networks that the post goes to,
// unless it has its own.
func (d *decoder) inheritOptions(ctx context.Context, from map[string]json.RawMessage) error {
	if len(from) == 0 {
		return nil
	}
	accounts, err := d.api.Accounts.List(ctx, d.profileID)
	if err != nil {
		return err
	}
	for name, block := range from {
		_, own := d.request.Options[name]
		named := slices.Contains(d.request.Platforms, name) || slices.Contains(d.request.Platforms, allPlatforms) ||
			slices.ContainsFunc(accounts, func(a core.Account) bool {
				return a.Platform == name && slices.Contains(d.request.AccountIDs, a.ID)
			})
		provider, known := d.api.Registry.Get(name)
		if own || !named || !known || d.sentAnyCase(provider.Info().OptionsKey) {
			continue
		}
		if d.request.Options == nil {
			d.request.Options = map[string]json.RawMessage{}
		}
		d.request.Options[name] = block
	}
	return nil
}
