package bluesky

import (
	"context"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// Delete deletes a post or a repost. One that is gone already counts as deleted. What says who
// may answer or quote a post goes with it, and before it the first comment and the posts that follow
// in its thread, the last first: a reply outlives the post that it answers. Their keys are those of the
// checkpoint that the post was published with.
func (p *Provider) Delete(ctx context.Context, s *core.Session, remoteID string) error {
	did, collection, rkey, ok := api.SplitURI(remoteID)
	if !ok || did != s.Account.RemoteID || collection != api.CollectionPost && collection != api.CollectionRepost {
		return notOwn("bluesky.delete", s.Account.RemoteID)
	}
	server, err := p.server(ctx, s)
	if err != nil {
		return err
	}
	below, err := keysBelow(s.Checkpoint, rkey)
	if err != nil {
		return err
	}
	for _, key := range slices.Backward(below) {
		if err := p.api.DeleteRecord(ctx, server, did, api.CollectionPost, key); err != nil {
			return err
		}
	}
	if err := p.api.DeleteRecord(ctx, server, did, collection, rkey); err != nil {
		return err
	}
	if collection == api.CollectionPost {
		p.dropGates(ctx, server, did, rkey, below)
	}
	return nil
}

// keysBelow returns the keys under which the account's own posts below a post are: those that follow
// in its thread, and behind them the first comment, as far as there are any.
func keysBelow(c core.Checkpoint, rkey string) ([]string, error) {
	if c == nil {
		return nil, nil
	}
	post, err := loadProgress(c)
	if err != nil || post.RKey != rkey {
		return nil, err
	}
	var keys []string
	for _, n := range post.Thread {
		keys = append(keys, n.RKey)
	}
	comment, err := loadProgress(part{state: post})
	if err != nil || comment.RKey == "" {
		return keys, err
	}
	return append(keys, comment.RKey), nil
}

// dropGates deletes what says who may do what with a post that is gone. The posts below it may be
// quoted or not as the first one, whose gate goes last: it tells a repetition of the others.
func (p *Provider) dropGates(ctx context.Context, server api.Server, did, rkey string, below []string) {
	p.dropGate(ctx, server, did, api.CollectionThreadgate, rkey)
	p.dropGate(ctx, server, did, api.CollectionPostgate, append(below, rkey)...)
}

// dropGate deletes the records of a collection, if there is one under the last of the keys. One that
// stays does no harm, so that a failure is none of the deletion.
func (p *Provider) dropGate(ctx context.Context, server api.Server, did, collection string, keys ...string) {
	_, err := p.api.GetRecord(ctx, server, did, collection, keys[len(keys)-1])
	for _, key := range keys {
		if err == nil {
			err = p.api.DeleteRecord(ctx, server, did, collection, key)
		}
	}
	if err != nil && !isNoRecord(err) {
		p.log.InfoContext(ctx, "a gate of a deleted post stays", "uri", api.URI(did, collection, keys[len(keys)-1]), "error", err)
	}
}

// ownPost takes the name of a post of the account apart.
func ownPost(account, remoteID string) (did, rkey string, err error) {
	did, collection, rkey, ok := api.SplitURI(remoteID)
	if isRepostURI(remoteID) && did == account {
		return "", "", notAPost("id", remoteID)
	}
	if !ok || did != account || collection != api.CollectionPost {
		return "", "", notOwn("", account)
	}
	return did, rkey, nil
}

func notOwn(op, account string) *core.Error {
	e := invalid("id", "Not a post of this account on Bluesky: its name has the form "+api.URI(account, api.CollectionPost, "…"))
	e.Op = op
	return e
}
