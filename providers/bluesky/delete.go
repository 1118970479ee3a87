package bluesky

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// Delete deletes a post or a repost. One that is gone already counts as deleted. What says who
// may answer or quote a post goes with it, and before it the first comment: a reply outlives the
// post that it answers.
func (p *Provider) Delete(ctx context.Context, s *core.Session, remoteID string) error {
	did, collection, rkey, ok := api.SplitURI(remoteID)
	if !ok || did != s.Account.RemoteID || collection != api.CollectionPost && collection != api.CollectionRepost {
		return notOwn("bluesky.delete", s.Account.RemoteID)
	}
	server, err := p.server(ctx, s)
	if err != nil {
		return err
	}
	comment, err := firstCommentKey(s.Checkpoint, rkey)
	if err != nil {
		return err
	}
	if comment != "" {
		if err := p.api.DeleteRecord(ctx, server, did, api.CollectionPost, comment); err != nil {
			return err
		}
	}
	if err := p.api.DeleteRecord(ctx, server, did, collection, rkey); err != nil {
		return err
	}
	if collection == api.CollectionPost {
		p.dropGates(ctx, server, did, rkey)
	}
	return nil
}

// firstCommentKey returns the key under which the first comment below a post is, if there is
// one; "": none was prepared.
func firstCommentKey(c core.Checkpoint, rkey string) (string, error) {
	if c == nil {
		return "", nil
	}
	post, err := loadProgress(c)
	if err != nil || post.RKey != rkey || post.Comment == nil {
		return "", err
	}
	comment, err := loadProgress(part{state: post})
	if err != nil {
		return "", err
	}
	return comment.RKey, nil
}

// dropGates deletes what says who may do what with a post that is gone. One that stays does no
// harm, so that a failure is none of the deletion.
func (p *Provider) dropGates(ctx context.Context, server api.Server, did, rkey string) {
	for _, collection := range []string{api.CollectionThreadgate, api.CollectionPostgate} {
		_, err := p.api.GetRecord(ctx, server, did, collection, rkey)
		if err == nil {
			err = p.api.DeleteRecord(ctx, server, did, collection, rkey)
		}
		if err != nil && !isNoRecord(err) {
			p.log.InfoContext(ctx, "a gate of a deleted post stays", "uri", api.URI(did, collection, rkey), "error", err)
		}
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
