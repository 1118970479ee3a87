package crashtest

import (
	"context"
	"net/http"
	"time"

	"github.com/crier-social/crier/core"
)

// Network is one that a run publishes to: what has to be known of it before it is there.
type Network interface {
	// Platform is its name, as in `platforms`.
	Platform() string
	// Accounts are those that posts are for.
	Accounts() []Account
	// Kinds is what its posts show, and how often.
	Kinds() []Weighted[Kind]
	// Options is what a request has to say to it, besides its text and its media, for a post
	// that shows what it is to: a field and its value; an empty field: nothing. about is the
	// address of a page that a link leads to, or the id of the post that another is about.
	Options(k Kind, about string) (field string, value map[string]any)
	// Open starts it.
	Open(o Opening) (Site, error)
}

// Account is one that Crier posts to.
type Account struct {
	Name string
	// Reads means that its token may read the author's posts, so that Crier can look for
	// one whose answer was lost. Otherwise all that it can do is to send the identical
	// request again, for as long as the network refuses duplicates.
	Reads    bool
	Comments bool // its token may comment
	Edits    bool // the network lets the text of a published post be changed
}

// Opening says how a network is started.
type Opening struct {
	URL   string // at which the processes reach it
	Dir   string // an empty folder, which may not exist yet
	Clock core.Clock
	Seed  uint64
	Posts int // that the plan has
	// TakesDuplicates means that it does not look whether a post was there before, where
	// Crier's own protection is looked at.
	TakesDuplicates bool
}

// Site is a network that was started. Its handler answers without any trouble, and for one
// request at a time or many.
type Site interface {
	http.Handler
	// Settings lead the processes to it, as entries of their environment.
	Settings() []string
	// Authors are Network.Accounts as the network knows them, in the same order.
	Authors() []Author
	// Creates tells what a request is to create, for readers to see; false: nothing.
	Creates(r *http.Request, body []byte) (Creation, bool)
	// Effect tells from the answer to such a request what it has done.
	Effect(status int, body []byte) Effect
	// Refuse answers as the network does when it is in trouble.
	Refuse(w http.ResponseWriter, status int)
	// Look reads what is there, and what was. made is what took effect.
	Look(ctx context.Context, made []Made) (View, error)
	// Close ends it.
	Close() error
}

// Author is an account as its network knows it.
type Author struct {
	ID string
	// Grant is what Crier is given to link it, besides the platform: fields of
	// POST /profiles/social.
	Grant map[string]any
}

// Creation is something that a request is to create.
type Creation struct {
	Text    string // which holds the post's, or its comment's
	Comment bool
}

// Effect is what a request has done that was to create something.
type Effect struct {
	Kind EffectKind
	ID   string // of what was created, where the answer tells
}

// EffectKind says whether something was created.
type EffectKind int

// The kinds of effects.
const (
	EffectNone EffectKind = iota // nothing was done
	EffectMade
	// EffectSame: it was there already, and the request could not have created another. A
	// network on which that is so lets a request be sent again at any time.
	EffectSame
)

// Made is something that a request has created.
type Made struct {
	Creation

	Number int // of the post
	ID     string
	At     time.Time
}

// View is what a network shows.
type View struct {
	Posts    []Seen // deleted ones included
	Comments []SeenComment
	Odd      []string // what must not be there
}

// Seen is a post as its network has it.
type Seen struct {
	ID, Author, Text     string
	CreatedAt, DeletedAt time.Time // zero: it is not deleted
	Dated                time.Time // what readers are told for CreatedAt, where that is Crier's to say
	// Shows is what it has besides its text, in the words of showing.
	Shows string
}

// SeenComment is a comment as its network has it.
type SeenComment struct {
	ID, Text string
	Below    string // the post that it is below, where the network tells
}

// networkOf finds whose account a place among those of all networks is, and the account.
func networkOf(networks []Network, place int) (Network, Account) {
	for _, n := range networks {
		accounts := n.Accounts()
		if place < len(accounts) {
			return n, accounts[place]
		}
		place -= len(accounts)
	}
	panic("crashtest: no network has such an account")
}

// accountsOf are the accounts of all networks.
func accountsOf(networks []Network) []Account {
	var all []Account
	for _, n := range networks {
		all = append(all, n.Accounts()...)
	}
	return all
}
