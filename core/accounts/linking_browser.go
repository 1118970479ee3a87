package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// What the vault seals for link pages. What was sealed as one thing, or for one record,
// cannot be opened as another.
const (
	sealSession = "link session"
	sealBrowser = "link browser"
	sealState   = "link state"
	sealGrant   = "link grant"
	sealNote    = "link note"
)

func sealedFor(what, id string) []byte { return []byte(what + "\x00" + id) }

// Opened is a link page that was opened in a browser.
type Opened struct {
	SessionID string
	// Cookie is what the browser proves with that it opened the page.
	Cookie core.Secret
	// Until is when the page ends.
	Until time.Time
}

// Open opens a link page by the secret of its address. cookie tells what the browser has of
// an earlier opening: one that is good stays, so that what was begun with it can be ended.
func (l *Linking) Open(ctx context.Context, token core.Secret, cookie func(sessionID string) string) (Opened, error) {
	if !validLinkToken(token.Reveal()) {
		return Opened{}, linkUnknown()
	}
	s, err := l.Store.LinkSessionByToken(ctx, hashOf(token))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Opened{}, linkUnknown()
	case err != nil:
		return Opened{}, fmt.Errorf("find a link session: %w", err)
	}
	o := Opened{SessionID: s.ID, Cookie: core.Secret(cookie(s.ID)), Until: s.ExpiresAt}
	if _, good := l.browserOf(s.ID, o.Cookie.Reveal()); good { // it may go on, whichever way it comes
		return o, l.live(s, s.ExpiresAt)
	}
	if err := l.live(s, s.OpenUntil); err != nil {
		return Opened{}, err
	}
	sealed, err := l.sealText(sealBrowser, s.ID, []byte(randomText()))
	o.Cookie = core.Secret(sealed)
	return o, err
}

// live tells why a session can do nothing: it has ended, or its time is over.
func (l *Linking) live(s store.LinkSession, until time.Time) error {
	switch {
	case !s.EndedAt.IsZero():
		return linkRevoked()
	case !l.Clock.Now().Before(until):
		return linkExpired()
	}
	return nil
}

func (l *Linking) sealText(what, id string, plain []byte) (string, error) {
	sealed, err := l.Vault.Seal(plain, sealedFor(what, id))
	if err != nil {
		return "", fmt.Errorf("seal a %s: %w", what, err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// openText returns what sealText sealed; false when it is not that.
func (l *Linking) openText(what, id, text string) ([]byte, bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, false
	}
	plain, err := l.Vault.Open(sealed, sealedFor(what, id))
	return plain, err == nil
}

// browserOf returns the secret of the browser that a cookie of the session belongs to.
func (l *Linking) browserOf(sessionID, cookie string) (core.Secret, bool) {
	secret, good := l.openText(sealBrowser, sessionID, cookie)
	return core.Secret(secret), good
}

// SealNote returns a note that OpenNote takes for the same session alone, to be kept by the
// browser from one page to the next.
func (l *Linking) SealNote(sessionID string, note []byte) (string, error) {
	return l.sealText(sealNote, sessionID, note)
}

// OpenNote returns a note of SealNote; false when it is not one of the session.
func (l *Linking) OpenNote(sessionID, text string) ([]byte, bool) {
	return l.openText(sealNote, sessionID, text)
}

// Visit is a browser on a link page that it has opened.
type Visit struct {
	Session store.LinkSession
	Profile core.Profile // whose accounts are linked

	linking *Linking
	browser core.Secret
}

// Enter lets a browser go on with a link page. Who does not have the cookie learns nothing,
// not even whether there is such a page.
func (l *Linking) Enter(ctx context.Context, sessionID, cookie string) (*Visit, error) {
	browser, good := l.browserOf(sessionID, cookie)
	if !good {
		return nil, notThisBrowser()
	}
	s, err := l.Store.GetLinkSession(ctx, sessionID)
	switch {
	case errors.Is(err, store.ErrNotFound): // it ended so long ago that it was forgotten
		return nil, linkExpired()
	case err != nil:
		return nil, fmt.Errorf("get link session %s: %w", sessionID, err)
	}
	if err := l.live(s, s.ExpiresAt); err != nil {
		return nil, err
	}
	p, err := l.Profiles.GetProfile(ctx, s.ProfileID)
	switch {
	case errors.Is(err, store.ErrNotFound): // deleted meanwhile
		return nil, linkRevoked()
	case err != nil:
		return nil, fmt.Errorf("get profile %s: %w", s.ProfileID, err)
	}
	return &Visit{Session: s, Profile: p, linking: l, browser: browser}, nil
}

// proof is a value that only who knows the browser's secret can make for a purpose.
func (v *Visit) proof(purpose string, size int) string {
	h := hmac.New(sha256.New, []byte(v.browser.Reveal()))
	h.Write([]byte(purpose))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:size])
}

// FormToken is what every form of the page carries, so that no other page can send one.
func (v *Visit) FormToken() string { return v.proof("form", sha256.Size) }

// CheckForm refuses a form that does not carry FormToken.
func (v *Visit) CheckForm(token string) error {
	if subtle.ConstantTimeCompare([]byte(token), []byte(v.FormToken())) != 1 {
		return badForm()
	}
	return nil
}

// mark is the part of a state that tells browsers apart.
func (v *Visit) mark() string { return v.proof("state", 9) }
