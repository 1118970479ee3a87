package bluesky

import (
	"context"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/identity"
	"github.com/crier-social/crier/providers/bluesky/richtext"
)

// maxFound is how many accounts a search finds at most.
const maxFound = 10

var _ core.Directory = (*Provider)(nil)

// Search finds accounts by a handle, the address of a profile or a DID, and by the beginning
// of a name or a handle. Bluesky does not tell people from organizations.
func (p *Provider) Search(ctx context.Context, _ *core.Session, q core.DirectoryQuery) ([]core.DirectoryEntry, error) {
	text := strings.TrimSpace(q.Text)
	if text == "" {
		return nil, invalid("search", "Send whom to look for: a handle, a profile's address, a DID, or the beginning of a name.")
	}
	found := []core.DirectoryEntry{}
	actor, isDID, exact := actorOf(text)
	if exact {
		who, err := p.known.GetProfile(ctx, p.appView(), actor)
		switch {
		case err == nil:
			found = append(found, p.entry(who))
		case !unknownToView(err):
			return nil, p.viewError(err)
		}
	}
	if isDID || strings.Contains(text, "/") {
		return found, nil
	}
	actors, err := p.known.SearchActors(ctx, p.appView(), strings.TrimPrefix(text, "@"), maxFound)
	if err != nil {
		return nil, p.viewError(err)
	}
	for _, who := range actors {
		if len(found) == 0 || who.DID != found[0].ID {
			found = append(found, p.entry(who))
		}
	}
	return found, nil
}

// actorOf returns the handle or DID that a text is, or that the address of a profile has.
func actorOf(text string) (actor string, isDID, ok bool) {
	actor = identity.Tidy(text)
	if did, err := syntax.ParseDID(actor); err == nil {
		return did.String(), true, true
	}
	_, err := syntax.ParseHandle(actor)
	return actor, false, err == nil
}

// entry describes an account as clients know it. One whose handle does not lead back to it is
// mentioned by its DID.
func (p *Provider) entry(who api.Profile) core.DirectoryEntry {
	e := core.DirectoryEntry{
		ID: who.DID, Kind: core.AccountPerson, Name: who.DisplayName, VanityName: who.Handle,
		Description: who.Description, ProfileURL: p.cfg.WebURL + "/profile/" + who.DID, ImageURL: who.Avatar,
	}
	handle, ok := richtext.AsHandle(who.Handle)
	if !ok || handle == syntax.HandleInvalid.String() {
		e.VanityName = ""
		if e.Name == "" {
			e.Name = who.DID
		}
		e.Mention = richtext.MentionMarkup(e.Name, who.DID)
		return e
	}
	if e.Name == "" {
		e.Name = handle
	}
	e.Mention = "@" + handle
	return e
}
