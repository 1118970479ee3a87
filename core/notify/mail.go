package notify

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// ActionInvitation is the action of mails that invite somebody to a link page. Webhooks
// cannot be registered for it.
const ActionInvitation core.NoticeAction = "invitation"

// MailConfig is how a Notifier sends mail.
type MailConfig struct {
	Server MailServer
	From   mail.Address
	// Operator are the addresses that are told of accounts whose profiles have none, and of
	// every lost authorization.
	Operator []string
	// RelinkGrace is how long after its time a scheduled post waits for its account.
	RelinkGrace time.Duration
	// Hostname is how this machine introduces itself; default localhost.
	Hostname string
	// Roots are the authorities that sign the server's certificate; nil: the system's.
	Roots *x509.CertPool
	// Timeout bounds each step of the exchange with the server; default 1 min.
	Timeout time.Duration
}

// defaultMailTimeout is for how long a server is waited for that examines a mail before it
// takes it. Giving up too early sends the mail twice.
const defaultMailTimeout = time.Minute

// postman is the mailer of a Notifier.
type postman struct {
	*Notifier
	from     mail.Address
	operator []string
	grace    time.Duration
	line     mailLine
	forms    forms
}

func newPostman(n *Notifier, c MailConfig) (*postman, error) {
	if c.Server.Host == "" || c.From.Address == "" {
		return nil, errors.New("notify: mail takes a server and a sender")
	}
	f, err := parseForms()
	if err != nil {
		return nil, err
	}
	return &postman{
		Notifier: n, from: c.From, operator: c.Operator, grace: c.RelinkGrace, forms: f,
		line: mailLine{server: c.Server, helo: cmp.Or(c.Hostname, "localhost"), roots: c.Roots, timeout: cmp.Or(c.Timeout, defaultMailTimeout)},
	}, nil
}

// letterKind says what a mail is about.
type letterKind string

const (
	letterRefresh    letterKind = "refresh"    // an account has to be linked again
	letterLost       letterKind = "lost"       // its authorization is gone
	letterInvitation letterKind = "invitation" // to a link page
)

// letter is what a mail is made from, as its message keeps it.
type letter struct {
	Kind      letterKind `json:"kind"`
	ProfileID string     `json:"profileId"` // that it is about
	// ToOperator tells that it goes to the operator of the server.
	ToOperator bool `json:"toOperator,omitempty"`

	NoticeID   string             `json:"noticeId,omitempty"`
	Social     *core.SocialNotice `json:"social,omitempty"`
	Invitation *invitation        `json:"invitation,omitempty"`
}

// kindOf tells which mail a notice makes; empty: none.
func kindOf(n core.Notice) letterKind {
	switch {
	case n.Social == nil:
		return ""
	case n.Social.Type == core.SocialRefresh:
		return letterRefresh
	case n.Social.Type == core.SocialUnlink && n.Social.Source == core.SocialBySystem:
		return letterLost
	}
	return ""
}

// wants implements mailer.
func (p *postman) wants(_ context.Context, profile core.Profile, action core.NoticeAction) (bool, error) {
	return action == core.NoticeSocial && (profile.Email != "" || len(p.operator) > 0), nil
}

// messages implements mailer: one mail for each receiver, so that an address that is refused
// keeps no other from its mail. Those of the operator are in the log of the primary profile:
// a customer does not see the operator's addresses.
func (p *postman) messages(ctx context.Context, profile core.Profile, n core.Notice) ([]store.Message, error) {
	kind := kindOf(n)
	if kind == "" {
		return nil, nil
	}
	l := letter{Kind: kind, ProfileID: profile.ID, NoticeID: n.ID, Social: n.Social}
	var made []store.Message
	add := func(profileID, to string, toOperator bool) error {
		if slices.ContainsFunc(made, func(m store.Message) bool { return strings.EqualFold(m.To[0], to) }) {
			return nil
		}
		l.ToOperator = toOperator
		m, err := p.message(n.ID, len(made), to, l)
		m.ProfileID = profileID
		made = append(made, m)
		return err
	}
	if profile.Email != "" {
		if err := add(profile.ID, profile.Email, false); err != nil {
			return nil, err
		}
	}
	if kind != letterLost && profile.Email != "" || len(p.operator) == 0 {
		return made, nil
	}
	primary, err := p.store.PrimaryProfile(ctx)
	if err != nil {
		return nil, fmt.Errorf("primary profile: %w", err)
	}
	for _, to := range p.operator {
		if err := add(primary.ID, to, true); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// message makes the mail with this number of what id names.
func (p *postman) message(id string, number int, to string, l letter) (store.Message, error) {
	body, err := json.Marshal(l)
	if err != nil {
		return store.Message{}, fmt.Errorf("encoding a mail: %w", err)
	}
	id += "-mail"
	if number > 0 {
		id += "-" + strconv.Itoa(number+1)
	}
	return store.Message{ID: id, Channel: store.ChannelMail, To: []string{to}, Body: body}, nil
}

// errStale says that what a mail was to tell is not so any more.
var errStale = errors.New("notify: the mail is out of date")

// sameEnd is by how much the end of an authorization may differ from what it was and still
// be the same: networks tell it in seconds from now.
const sameEnd = time.Hour

// checkStale returns the account that a letter tells of; errStale when an account is gone or was linked again since the notice.
func (p *postman) checkStale(ctx context.Context, l letter) (core.Account, error) {
	if l.Social == nil {
		return core.Account{}, nil
	}
	a, err := p.store.GetAccount(ctx, l.Social.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		return core.Account{}, errStale
	}
	if err != nil {
		return core.Account{}, fmt.Errorf("account %s: %w", l.Social.AccountID, err)
	}
	lost := a.Status == core.AccountRelinkRequired
	switch l.Kind {
	case letterLost:
		if !lost {
			return core.Account{}, errStale
		}
	case letterRefresh:
		// Where it is lost by now, another mail says so.
		if ends := a.EndsAt(); lost || ends.IsZero() || ends.Sub(l.Social.RefreshBy) > sameEnd || !l.Social.RefreshBy.After(p.clock.Now()) {
			return core.Account{}, errStale
		}
	case letterInvitation:
	}
	return a, nil
}
