package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/store"
)

// Linking gives out the addresses of pages on which people link accounts.
// *accounts.Linking is one.
type Linking interface {
	Create(ctx context.Context, p core.Profile, n accounts.NewLink) (accounts.LinkAddress, error)
	Session(ctx context.Context, profileID, id string) (store.LinkSession, error)
	Revoke(ctx context.Context, profileID, id string) (store.LinkSession, error)
}

// Inviter mails the address of a link page.
type Inviter interface {
	Invite(ctx context.Context, i Invitation) error
}

// Invitation is a mail with the address of a link page.
type Invitation struct {
	ProfileID string
	SessionID string // the same invitation is not sent twice
	Title     string // of the profile
	URL       core.Secret
	OpenUntil time.Time // until when the address can be opened

	To, BCC []string // addresses
	// What the sender says of himself; each may be empty.
	Company, ContactEmail, TermsURL, PrivacyURL string
}

// linkSessionAnswer is the answer to POST /profiles/link-sessions.
type linkSessionAnswer struct {
	Status    string    `json:"status"`
	SessionID string    `json:"sessionId"`
	URL       string    `json:"url"`
	ExpiresAt string    `json:"expiresAt"` // until when the address can be opened
	EmailSent bool      `json:"emailSent"`
	Title     string    `json:"title"`
	Warnings  []warning `json:"warnings,omitempty"`
}

// linkTokenAnswer is the answer to POST /profiles/generateJWT.
type linkTokenAnswer struct {
	Status    string    `json:"status"`
	Title     string    `json:"title"`
	Token     string    `json:"token"`
	URL       string    `json:"url"`
	EmailSent bool      `json:"emailSent"`
	ExpiresIn string    `json:"expiresIn"`
	Warnings  []warning `json:"warnings,omitempty"`
}

// linkSessionView is what a link page can still be used for.
type linkSessionView struct {
	Status     string           `json:"status"`
	SessionID  string           `json:"sessionId"`
	Title      string           `json:"title"`
	State      linkSessionState `json:"state"`
	Mode       store.LinkMode   `json:"mode"`
	Network    string           `json:"network,omitempty"`
	AccountID  string           `json:"accountId,omitempty"` // that it links again, and nothing else
	Allowed    []string         `json:"allowedSocial,omitempty"`
	Redirect   string           `json:"redirect,omitempty"`
	Created    string           `json:"created"`
	ExpiresAt  string           `json:"expiresAt"`  // until when the address can be opened
	PageEndsAt string           `json:"pageEndsAt"` // until when what was opened can be used
	EndedAt    string           `json:"endedAt,omitempty"`
}

// linkSessionState says what a link page can still be used for.
type linkSessionState string

// The states of a link page.
const (
	linkOpen    linkSessionState = "open"    // its address can be opened
	linkClosing linkSessionState = "closing" // only those who opened it in time can go on
	linkExpired linkSessionState = "expired"
	linkEnded   linkSessionState = "ended" // revoked, or it has done what it was made for
)

func stateOf(s store.LinkSession, now time.Time) linkSessionState {
	switch {
	case !s.EndedAt.IsZero():
		return linkEnded
	case now.Before(s.OpenUntil):
		return linkOpen
	case now.Before(s.ExpiresAt):
		return linkClosing
	}
	return linkExpired
}

// withLinking is a handler that needs link pages.
func (a *API) withLinking(h handler) handler {
	return func(c *gin.Context) answer {
		if a.Linking == nil {
			return fail("link", unsupported("", "this server has no pages on which people link accounts"))
		}
		return h(c)
	}
}

// createLinkSession is POST /profiles/link-sessions.
func (a *API) createLinkSession(c *gin.Context) answer {
	const action = "link"
	f, err := a.readForProfile(c)
	if err != nil {
		return fail(action, err)
	}
	w := a.linkWish(f)
	w.Mode, w.Platform = store.LinkMode(f.text("mode")), f.text("network")
	if raw, sent := f.raw("origin"); sent && !blank(raw) {
		w.warnings = append(w.warnings, originWarning("origin"))
	}
	address, sent, err := a.makeAddress(c, w)
	if err != nil {
		return fail(action, err)
	}
	return ok(linkSessionAnswer{
		Status: statusSuccess, SessionID: address.Session.ID, URL: address.URL.Reveal(), ExpiresAt: stamp(address.Session.OpenUntil),
		EmailSent: sent, Title: profileOf(c).Title, Warnings: w.warned(),
	})
}

// generateJWT is POST /profiles/generateJWT, the former name of the same.
func (a *API) generateJWT(c *gin.Context) answer {
	const action = "JWT"
	f, err := a.readForProfile(c)
	if err != nil {
		return fail(action, err)
	}
	w := a.linkWish(f)
	// What signed the token of that service: here the token is random.
	for _, key := range []string{"privateKey", "verify", "base64"} {
		f.raw(key)
	}
	address, sent, err := a.makeAddress(c, w)
	if err != nil {
		return fail(action, addressErrors(err))
	}
	s := address.Session
	return ok(linkTokenAnswer{
		Status: statusSuccess, Title: profileOf(c).Title, Token: address.Token.Reveal(), URL: address.URL.Reveal(), EmailSent: sent,
		ExpiresIn: fmt.Sprintf("%dm", int(s.OpenUntil.Sub(s.CreatedAt).Minutes())), Warnings: w.warned(),
	})
}

// addressErrors gives mistakes in a request the number that clients of generateJWT know.
func addressErrors(err error) error {
	var list core.Errors
	for _, e := range visible(err) {
		shown := *e
		switch core.CodeOf(e) {
		case core.CodeParameters, core.CodeLinkSetup, core.CodeUnknownPlatform:
			shown.Code = core.CodeLinkAddress
		default:
		}
		list = append(list, &shown)
	}
	return list
}

// makeAddress makes the address of a link page, and mails it if that is wished.
func (a *API) makeAddress(c *gin.Context, w *linkWish) (_ accounts.LinkAddress, sent bool, err error) {
	if len(w.fields.problems) > 0 {
		return accounts.LinkAddress{}, false, w.fields.problems
	}
	if w.invitation != nil && a.Inviter == nil {
		return accounts.LinkAddress{}, false, &core.Error{
			Kind: core.KindUnsupported, Code: core.CodeNoMail, Field: "email", Message: "this server sends no mail, so that it cannot send the address",
		}
	}
	ctx, profile := c.Request.Context(), profileOf(c)
	address, err := a.Linking.Create(ctx, profile, w.NewLink)
	if err != nil || w.invitation == nil {
		return address, false, err
	}
	i := *w.invitation
	i.ProfileID, i.SessionID, i.Title = profile.ID, address.Session.ID, profile.ShownTitle()
	i.URL, i.OpenUntil = address.URL, address.Session.OpenUntil
	return address, true, a.Inviter.Invite(ctx, i)
}

// getLinkSession is GET /profiles/link-sessions/:id.
func (a *API) getLinkSession(c *gin.Context) answer {
	s, err := a.Linking.Session(c.Request.Context(), profileOf(c).ID, c.Param("id"))
	if err != nil {
		return fail("link", unknownSession(err))
	}
	return ok(a.linkSessionView(c, s))
}

// deleteLinkSession is DELETE /profiles/link-sessions/:id: it revokes the page.
func (a *API) deleteLinkSession(c *gin.Context) answer {
	s, err := a.Linking.Revoke(c.Request.Context(), profileOf(c).ID, c.Param("id"))
	if err != nil {
		return fail("link", unknownSession(err))
	}
	return ok(a.linkSessionView(c, s))
}

// unknownSession says it to who calls the API, not to who opens an address.
func unknownSession(err error) error {
	if core.CodeOf(visible(err)[0]) != core.CodeLinkUnknown {
		return err
	}
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeLinkUnknown, Message: "this profile has no link session with this id, or has it no longer",
		Help: "POST /profiles/link-sessions makes one.", Err: err,
	}
}

func (a *API) linkSessionView(c *gin.Context, s store.LinkSession) linkSessionView {
	v := linkSessionView{
		Status: statusSuccess, SessionID: s.ID, Title: profileOf(c).Title, State: stateOf(s, a.Clock.Now()), Mode: s.Mode,
		Network: s.Platform, AccountID: s.AccountID, Allowed: s.Allowed, Redirect: s.Redirect,
		Created: stamp(s.CreatedAt), ExpiresAt: stamp(s.OpenUntil), PageEndsAt: stamp(s.ExpiresAt),
	}
	if !s.EndedAt.IsZero() {
		v.EndedAt = stamp(s.EndedAt)
	}
	return v
}

// linkSessionRoutes are the routes of link pages.
func (a *API) linkSessionRoutes() []route {
	return []route{
		{http.MethodPost, "/profiles/link-sessions", true, a.withLinking(a.createLinkSession)},
		{http.MethodGet, "/profiles/link-sessions/:id", true, a.withLinking(a.getLinkSession)},
		{http.MethodDelete, "/profiles/link-sessions/:id", true, a.withLinking(a.deleteLinkSession)},
		{http.MethodPost, "/profiles/generateJWT", true, a.withLinking(a.generateJWT)},
	}
}
