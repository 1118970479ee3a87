package bluesky

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/identity"
)

// lookUp finds the account that a person has named, as it is now: whoever has just moved, or
// has mended what kept the account from being linked, tries at once.
func (p *Provider) lookUp(ctx context.Context, answer core.Secret) (identity.Identity, error) {
	who := strings.TrimSpace(answer.Reveal())
	switch {
	case who == "":
		return identity.Identity{}, missing(fieldHandle, "The handle of the account is missing.", "Tell it as the app shows it below the name, such as alice.bsky.social.")
	case strings.Contains(strings.TrimPrefix(who, "@"), "@"):
		return identity.Identity{}, missing(fieldHandle, "An e-mail address does not tell which server the account is on.", "Tell the handle, as the app shows it below the name, such as alice.bsky.social.")
	}
	found, err := p.people.Anew().Lookup(ctx, who)
	if err != nil {
		return identity.Identity{}, notFound(core.AsError(err))
	}
	return found, nil
}

// meant finds the account that is to be linked. One that is linked again is who its DID says: the
// handle that it had may be somebody else's by now, whose server must not get its password.
func (p *Provider) meant(ctx context.Context, r core.LinkRequest) (identity.Identity, error) {
	told, did := r.Answers[fieldHandle], r.Again.RemoteID
	if told == "" && did != "" {
		told = core.Secret(did)
	}
	found, err := p.lookUp(ctx, told)
	if err != nil {
		return identity.Identity{}, err
	}
	if did != "" && found.DID != did {
		return identity.Identity{}, missing(fieldHandle, "The handle "+quotable(hint(found))+" is another account's than the one that is to be linked, which is "+quotable(did)+".",
			"Tell the handle that the account has now. Nothing was sent to the server of the other one.")
	}
	return found, nil
}

// signInDirectly makes a grant of a handle and an app password.
func (p *Provider) signInDirectly(ctx context.Context, r core.LinkRequest) (core.Grant, error) {
	password := core.Secret(strings.TrimSpace(r.Answers[fieldPassword].Reveal()))
	if password == "" && (r.Answers[fieldHandle] != "" || r.Again.RemoteID != "") {
		return core.Grant{}, missing(fieldPassword, "The app password is missing.", helpAppPassword)
	}
	who, err := p.meant(ctx, r)
	if err != nil {
		return core.Grant{}, err
	}
	asked := p.clock.Now()
	s, err := p.api.CreateSession(ctx, api.Server{URL: who.PDS}, who.DID, password)
	if err != nil {
		return core.Grant{}, notSignedIn(hint(who), who.PDS, core.AsError(err))
	}
	if err := unfitSession(hint(who), who.DID, s); err != nil {
		return core.Grant{}, err
	}
	kept, err := binding{PDS: who.PDS}.text()
	if err != nil {
		return core.Grant{}, internal(opCreateSession, err)
	}
	c := inSession(core.Credentials{App: appPassword, Binding: kept}, s, asked)
	var notes []core.Finding
	if slices.Contains(c.Scopes, scopeMain) {
		notes = append(notes, mainPassword())
	}
	return p.grant(ctx, who.DID, who.PDS, c, notes...), nil
}

// inSession puts the tokens of a session into credentials. They tell themselves when they
// end.
func inSession(c core.Credentials, s api.Session, asked time.Time) core.Credentials {
	access, _ := readClaims(s.AccessJWT)
	refresh, _ := readClaims(s.RefreshJWT)
	c.AccessToken, c.IssuedAt, c.ExpiresAt = s.AccessJWT, asked, access.ends()
	if s.RefreshJWT != "" {
		c.RefreshToken, c.RefreshExpiresAt = s.RefreshJWT, refresh.ends()
	}
	if scopes := access.scopes(); len(scopes) > 0 {
		c.Scopes = scopes
	}
	return c
}

// mainPassword tells somebody who has used more than was asked for.
func mainPassword() core.Finding {
	return core.Finding{
		Check: "app password", Status: core.FindingWarning,
		Message: "This is the password of the account itself, which allows everything. It works, and is not kept; what is kept can do as much as it.",
		Help:    helpAppPassword + " Then link the account again with it.",
	}
}
