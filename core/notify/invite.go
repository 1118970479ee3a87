package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Invitation is a mail with the address of a link page.
type Invitation struct {
	ProfileID string
	SessionID string // the same invitation is not sent twice
	Title     string // whose accounts are to be linked; empty: nothing that tells the receivers anything
	URL       core.Secret
	OpenUntil time.Time // until when the address can be opened

	To, BCC []string // addresses
	// What the sender says of himself; each may be empty.
	Company, ContactEmail, TermsURL, PrivacyURL string
}

// invitation is an Invitation as its messages keep it.
type invitation struct {
	SessionID    string    `json:"sessionId"`
	Title        string    `json:"title,omitempty"`
	Sealed       []byte    `json:"sealed"` // the address
	OpenUntil    time.Time `json:"openUntil"`
	To           []string  `json:"to"` // as the mail shows them
	Company      string    `json:"company,omitempty"`
	ContactEmail string    `json:"contactEmail,omitempty"`
	TermsURL     string    `json:"termsUrl,omitempty"`
	PrivacyURL   string    `json:"privacyUrl,omitempty"`
}

// SendsMail tells whether there is a mail server.
func (n *Notifier) SendsMail() bool { return n.mail != nil }

// Invite puts an invitation into the outbox; see SendsMail.
func (n *Notifier) Invite(ctx context.Context, i Invitation) error {
	p, ok := n.mail.(*postman)
	if !ok {
		return errors.New("notify: there is no mail server")
	}
	sealed, err := n.vault.Seal([]byte(i.URL.Reveal()), boundToInvitation(i.SessionID))
	if err != nil {
		return fmt.Errorf("seal the address of an invitation: %w", err)
	}
	messages, err := p.invitations(i, sealed)
	if err != nil {
		return err
	}
	return n.putOut(ctx, messages)
}

// invitations makes one mail for each receiver.
func (p *postman) invitations(i Invitation, sealed []byte) ([]store.Message, error) {
	l := letter{Kind: letterInvitation, ProfileID: i.ProfileID, Invitation: &invitation{
		SessionID: i.SessionID, Title: i.Title, Sealed: sealed, OpenUntil: i.OpenUntil, To: i.To,
		Company: i.Company, ContactEmail: i.ContactEmail, TermsURL: i.TermsURL, PrivacyURL: i.PrivacyURL,
	}}
	var messages []store.Message
	for _, to := range slices.Concat(i.To, i.BCC) {
		if slices.ContainsFunc(messages, func(m store.Message) bool { return strings.EqualFold(m.To[0], to) }) {
			continue
		}
		m, err := p.message(i.SessionID, len(messages), to, l)
		if err != nil {
			return nil, err
		}
		p.complete(&m, i.ProfileID, ActionInvitation)
		messages = append(messages, m)
	}
	return messages, nil
}

// boundToInvitation ties a sealed address to its link page.
func boundToInvitation(sessionID string) []byte { return []byte("invitation\x00" + sessionID) }
