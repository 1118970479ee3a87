package bluesky

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// Delete deletes a post or a repost. One that is gone already counts as deleted.
func (p *Provider) Delete(ctx context.Context, s *core.Session, remoteID string) error {
	did, collection, rkey, ok := api.SplitURI(remoteID)
	if !ok || did != s.Account.RemoteID || collection != api.CollectionPost && collection != api.CollectionRepost {
		return notOwn("bluesky.delete", s.Account.RemoteID)
	}
	server, err := p.server(ctx, s)
	if err != nil {
		return err
	}
	return p.api.DeleteRecord(ctx, server, did, collection, rkey)
}

// ownPost takes the name of a post of the account apart.
func ownPost(account, remoteID string) (did, rkey string, err error) {
	did, collection, rkey, ok := api.SplitURI(remoteID)
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
