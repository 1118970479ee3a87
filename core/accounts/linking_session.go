package accounts

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// The life of the address of a link page.
const (
	DefaultOpenFor = 5 * time.Minute
	LeastOpenFor   = time.Minute
	MostOpenFor    = 48 * time.Hour
	// onceOpened is for how long at least what was opened in time can be used.
	onceOpened = time.Hour
)

// linkTokenPrefix begins the secret of an address, so that scanners for leaked secrets can
// tell what it is.
const linkTokenPrefix = "crl_ls_"

const longestRedirect = 2048 // characters

// NewLink says which link page is wanted. The zero value is one of all networks.
type NewLink struct {
	Mode     store.LinkMode // empty: LinkConnect where a network is named, else LinkGrid
	Platform string         // LinkConnect: the network
	Redirect string         // where the page leads when all is done; empty: nowhere
	Allowed  []string       // networks to offer; none: all
	OpenFor  time.Duration  // for how long the address can be opened; 0: DefaultOpenFor
	// EndOthers ends the profile's other link pages.
	EndOthers bool
}

// LinkAddress is the address of a link page. Whoever has it may link and unlink the accounts
// of the profile.
type LinkAddress struct {
	Session store.LinkSession
	Token   core.Secret
	URL     core.Secret // with the token
}

// Create makes the address of a link page for the profile. The fields of its errors are
// those of POST /profiles/link-sessions.
func (l *Linking) Create(ctx context.Context, p core.Profile, n NewLink) (LinkAddress, error) {
	n.Mode = cmp.Or(n.Mode, modeOf(n))
	n.OpenFor = cmp.Or(n.OpenFor, DefaultOpenFor)
	if problems := l.check(p, n); len(problems) > 0 {
		return LinkAddress{}, problems
	}
	now := l.Clock.Now()
	if n.EndOthers {
		if _, err := l.Store.EndLinkSessions(ctx, p.ID, now); err != nil {
			return LinkAddress{}, fmt.Errorf("end the link sessions of profile %s: %w", p.ID, err)
		}
	}
	token := newLinkToken()
	s := store.LinkSession{
		ID: core.NewID(now), TokenHash: hashOf(token), ProfileID: p.ID, Mode: n.Mode, Platform: n.Platform,
		Allowed: slices.Compact(slices.Sorted(slices.Values(n.Allowed))), Redirect: n.Redirect, CreatedAt: now,
		OpenUntil: now.Add(n.OpenFor), ExpiresAt: now.Add(n.OpenFor + onceOpened),
	}
	if err := l.Store.CreateLinkSession(ctx, s); err != nil {
		return LinkAddress{}, fmt.Errorf("create a link session: %w", err)
	}
	l.Log.InfoContext(ctx, "link page opened for a profile", "session", s.ID, "profile", p.ID, "mode", s.Mode, "openUntil", s.OpenUntil)
	return l.address(s, token), nil
}

func modeOf(n NewLink) store.LinkMode {
	if n.Platform != "" {
		return store.LinkConnect
	}
	return store.LinkGrid
}

func (l *Linking) address(s store.LinkSession, token core.Secret) LinkAddress {
	return LinkAddress{Session: s, Token: token, URL: core.Secret(l.PublicURL + openPath + token.Reveal())}
}

// check tells everything that is wrong with a wish.
func (l *Linking) check(p core.Profile, n NewLink) core.Errors {
	var problems core.Errors
	add := func(field, message string) {
		problems = append(problems, &core.Error{Kind: core.KindInvalid, Code: core.CodeParameters, Op: "linking.create", Field: field, Message: message})
	}
	if n.OpenFor < LeastOpenFor || n.OpenFor > MostOpenFor {
		add("expiresIn", fmt.Sprintf("expiresIn must be from %d to %d minutes", int(LeastOpenFor.Minutes()), int(MostOpenFor.Minutes())))
	}
	if why := wrongRedirect(n.Redirect); why != "" {
		add("redirect", "redirect "+why)
	}
	switch n.Mode {
	case store.LinkGrid:
		if n.Platform != "" {
			add("network", `network belongs to mode "connect"; allowedSocial says which networks a page of all of them offers`)
		}
	case store.LinkConnect:
		if n.Platform == "" {
			add("network", `network is missing: mode "connect" links the accounts of one network`)
		}
	default:
		add("mode", `mode must be "grid" or "connect"`)
	}
	if len(problems) == 0 {
		problems = l.checkOffer(p, n)
	}
	return problems
}

// checkOffer refuses a page that would have nothing to offer.
func (l *Linking) checkOffer(p core.Profile, n NewLink) core.Errors {
	s := store.LinkSession{Mode: n.Mode, Platform: n.Platform, Allowed: n.Allowed}
	if n.Platform != "" {
		if _, known := l.Registry.Get(n.Platform); !known {
			return core.Errors{l.Registry.UnknownPlatform("network", n.Platform)}
		}
	}
	linkable := l.Networks()
	if slices.ContainsFunc(linkable, func(ln LinkNetwork) bool { return offers(p, s, ln.Platform) }) {
		return nil
	}
	e := &core.Error{Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Op: "linking.create", Field: "allowedSocial"}
	_, able := l.network(n.Platform)
	switch {
	case len(linkable) == 0 || n.Platform != "" && !able:
		e.Field = ""
		if n.Platform != "" {
			e.Field, e.Platform = "network", n.Platform
		}
		e.Message = "no app is set up on this server through which people can link accounts in a browser"
		e.Help = "The operator sets the client id and secret of an app, and registers " + l.CallbackURL() + " with it as the redirect address. " +
			"Tokens that were granted elsewhere are linked by POST /profiles/social."
	case len(n.Allowed) > 0:
		e.Message = "the page would have nothing to offer: of the networks that can be linked, allowedSocial and the profile's disableSocial leave none"
	default:
		e.Field = "disableSocial"
		e.Message = "the page would have nothing to offer: the profile's disableSocial leaves no network"
	}
	return core.Errors{e}
}

// wrongRedirect tells what is wrong with the address to lead to in the end; "" when nothing is.
func wrongRedirect(address string) string {
	if address == "" {
		return ""
	}
	u, err := url.Parse(address)
	switch {
	case len(address) > longestRedirect:
		return fmt.Sprintf("has more than %d characters", longestRedirect)
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http":
		return "must be an absolute address that begins with https:// or http://"
	case u.User != nil:
		return "must not hold a login"
	}
	return ""
}

func newLinkToken() core.Secret {
	return core.Secret(linkTokenPrefix + randomText())
}

// randomText is 256 random bits as letters, digits, - and _.
func randomText() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Session returns a link page of the profile. One that does not exist, or is another
// profile's, is an error with CodeLinkUnknown.
func (l *Linking) Session(ctx context.Context, profileID, id string) (store.LinkSession, error) {
	s, err := l.Store.GetLinkSession(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && s.ProfileID != profileID:
		return store.LinkSession{}, linkUnknown()
	case err != nil:
		return store.LinkSession{}, fmt.Errorf("get link session %s: %w", id, err)
	}
	return s, nil
}

// Revoke ends a link page of the profile; one that has ended stays as it is.
func (l *Linking) Revoke(ctx context.Context, profileID, id string) (store.LinkSession, error) {
	if _, err := l.Session(ctx, profileID, id); err != nil {
		return store.LinkSession{}, err
	}
	return l.end(ctx, id)
}

// end notes that a session has done what it was made for, or may not do it.
func (l *Linking) end(ctx context.Context, id string) (store.LinkSession, error) {
	s, err := l.Store.UpdateLinkSession(ctx, id, func(s *store.LinkSession) error {
		if s.EndedAt.IsZero() {
			s.EndedAt = l.Clock.Now()
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return store.LinkSession{}, linkUnknown()
	}
	if err != nil {
		return store.LinkSession{}, fmt.Errorf("end link session %s: %w", id, err)
	}
	l.Log.InfoContext(ctx, "link page ended", "session", s.ID, "profile", s.ProfileID)
	return s, nil
}

// relinkOpenFor is for how long the address of a notice can be opened. All that it is good
// for is that the rightful person links the same account again.
const relinkOpenFor = 30 * 24 * time.Hour

// RelinkAddress returns the address on which an account of the profile can be linked again,
// and nothing else done: it leads straight to the network's consent, and ends with success.
// It is the same for the same notice, however often it is asked for. Empty: the account is
// not linked any more, or no app can link it, or the key is gone that the address is sealed
// with: the notice goes out without it, rather than never.
func (l *Linking) RelinkAddress(ctx context.Context, profileID, accountID, noticeID string) (string, error) {
	told, err := l.tellAgain(ctx, noticeID)
	if !errors.Is(err, store.ErrNotFound) {
		return told, err
	}
	a, able, err := l.canRelink(ctx, profileID, accountID)
	if !able || err != nil {
		return "", err
	}
	token := newLinkToken()
	sealed, err := l.Vault.Seal([]byte(token.Reveal()), sealedFor(sealSession, noticeID))
	if err != nil {
		return "", fmt.Errorf("seal the address of link session %s: %w", noticeID, err)
	}
	now := l.Clock.Now()
	s := store.LinkSession{
		ID: noticeID, TokenHash: hashOf(token), Sealed: sealed, ProfileID: profileID, Mode: store.LinkConnect,
		Platform: a.Platform, AccountID: a.ID, CreatedAt: now, OpenUntil: now.Add(relinkOpenFor), ExpiresAt: now.Add(relinkOpenFor + onceOpened),
	}
	err = l.Store.CreateLinkSession(ctx, s)
	if errors.Is(err, store.ErrExists) { // somebody else was faster
		return l.tellAgain(ctx, noticeID)
	}
	if err != nil {
		return "", fmt.Errorf("create link session %s: %w", noticeID, err)
	}
	return l.address(s, token).URL.Reveal(), nil
}

// canRelink tells whether there is an account and a way to link it again in a browser.
func (l *Linking) canRelink(ctx context.Context, profileID, accountID string) (core.Account, bool, error) {
	a, err := l.Accounts.Get(ctx, profileID, accountID)
	if core.KindOf(err) == core.KindNotFound {
		return core.Account{}, false, nil
	}
	if err != nil {
		return core.Account{}, false, err
	}
	p, err := l.Profiles.GetProfile(ctx, profileID)
	if errors.Is(err, store.ErrNotFound) {
		return core.Account{}, false, nil
	}
	if err != nil {
		return core.Account{}, false, fmt.Errorf("get profile %s: %w", profileID, err)
	}
	return a, l.hasAppFor(a) && !slices.Contains(p.DisableSocial, a.Platform), nil
}

// hasAppFor tells whether there is an app to link an account again with.
func (l *Linking) hasAppFor(a core.Account) bool {
	n, _ := l.network(a.Platform)
	_, able := core.LinkAppFor(n.Apps, a)
	return able
}

// tellAgain returns the address of a session that was made to be told more than once, empty
// if it cannot be decrypted any more; store.ErrNotFound when there is no such session.
func (l *Linking) tellAgain(ctx context.Context, id string) (string, error) {
	s, err := l.Store.GetLinkSession(ctx, id)
	if err != nil {
		return "", fmt.Errorf("get link session %s: %w", id, err)
	}
	token, err := l.Vault.Open(s.Sealed, sealedFor(sealSession, id))
	if err != nil {
		l.Log.ErrorContext(ctx, "the address of a link page cannot be decrypted any more", "session", id, "error", err)
		return "", nil
	}
	return l.address(s, core.Secret(token)).URL.Reveal(), nil
}

// validLinkToken tells whether a text can be the secret of an address at all.
func validLinkToken(token string) bool {
	random, ok := strings.CutPrefix(token, linkTokenPrefix)
	raw, err := base64.RawURLEncoding.DecodeString(random)
	return ok && err == nil && len(raw) == 32
}
