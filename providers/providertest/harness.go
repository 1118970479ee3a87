package providertest

import (
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// Harness describes one adapter to the suite.
type Harness struct {
	// New opens a network that nothing was published on, with the adapter in
	// front of it, which logs to log. It is called many times, also concurrently.
	New func(t testing.TB, log *slog.Logger) *Instance

	// Text is a draft of text alone. Checks append a few characters to it, to
	// tell posts apart.
	Text core.Draft
	// Media is a draft with text and as many pictures as the network takes, and
	// with an option block that names every further file that one can name.
	Media core.Draft
	// AltText is what the options of Media describe its files as, in their order, up to the last
	// that is described; empty: the network has no such descriptions.
	AltText []string
	// Few is a draft with two or three pictures, for the checks that prepare it
	// again and again with failures at every place; Media when it has none.
	Few core.Draft
	// Variants are drafts with other media than Few's, for the same checks: one for
	// each other way in which the adapter uploads.
	Variants []Variant
	// Nested lists the addresses that Media's options name and that have to be
	// fetched.
	Nested []string
	// Files are the files behind all addresses of the drafts.
	Files []coretest.File

	// Rejected are drafts that Plan has to refuse: one for every limit and rule.
	// The limits of Info, an empty draft and unknown options are checked anyway.
	Rejected []Rejection
	// Golden are drafts whose plan is compared with a file: together they use
	// every key of the option block.
	Golden []Golden
	// GoldenDir holds the golden files: "testdata/plan".
	GoldenDir string
	// Update writes the golden files instead of comparing.
	Update bool

	// Abilities are the optional interfaces that the adapter has.
	Abilities []Ability
	// Uploads is how many files the adapter uploads at a time; 0 means one.
	Uploads int
	// Strangers tells that others than the settings name addresses that the adapter calls, such
	// as the servers of accounts.
	Strangers bool
	// NoRequestID tells that the network's answers name no request by which its owner could
	// find it.
	NoRequestID bool
}

// Instance is an adapter in front of a network of its own.
type Instance struct {
	Provider core.Provider
	// Unreachable is the same adapter, configured with an address at which
	// nobody listens: every connection is refused.
	Unreachable core.Provider
	Network     Network
	// Author and Other are two accounts that may publish on the network.
	Author, Other Author
	// Clock is the network's and the adapter's, where they have one: the suite
	// moves it while it waits. It may be nil.
	Clock *coretest.Clock
	// Clients are those that the adapter calls the network with. Needed where Strangers name
	// addresses.
	Clients *Clients
	// Linking is needed of a Linker.
	Linking *Linking
}

// Linking is a network's side of linking accounts in a browser.
type Linking struct {
	// RedirectURL is where the network may send browsers back to.
	RedirectURL string
	// Consent plays the member at an address of Authorize, who allows the access or denies
	// it, and returns the address that the browser is sent back to.
	Consent func(address string, allow bool) (*url.URL, error)
	// Return reads that address.
	Return func(back *url.URL) (state string, r core.LinkReturn)
	// Revoke ends all that the member has granted.
	Revoke func()
	// Renews is the app, by name, whose tokens a Refresher renews.
	Renews string
	// Secrets are those of the apps.
	Secrets []core.Secret
	// Documented is the adapter with settings with which it has a ClientDocument; nil: the
	// Provider has one.
	Documented core.ClientDocument
	// Answers are the member's to the fields of an app, by its name. Needed where an app has
	// Fields.
	Answers func(app string) map[string]core.Secret
	// Wrong is an answer to one field of an app that the network refuses beside the other
	// Answers. Needed where an app has Fields.
	Wrong func(app, field string) core.Secret
}

// Author is an account and what it is reached with.
type Author struct {
	Account core.Account
	Token   core.Secret
	// Binding is what the token is bound to, in the adapter's form; empty: it needs nothing.
	Binding core.Secret
}

// credentials are what the author shows.
func (a Author) credentials() core.Credentials {
	return core.Credentials{AccessToken: a.Token, Binding: a.Binding}
}

// Variant is a draft that is prepared again and again with failures at every place.
type Variant struct {
	Name  string
	Draft core.Draft
	// Uploads is how many uploads may be under way, or done and not saved yet, at a
	// time; 0 means one.
	Uploads int
}

// Rejection is a draft that Plan refuses.
type Rejection struct {
	Name  string
	Draft core.Draft
	Field string // of one of the problems
	// Kind and Code are those of the problem; empty: KindInvalid or
	// KindUnsupported, with any code.
	Kind core.Kind
	Code core.Code
}

// Golden is a draft whose plan is kept in the file <Name>.json.
type Golden struct {
	Name  string
	Draft core.Draft
}

// Ability is an optional interface of an adapter.
type Ability string

// The abilities, named after the interfaces of package core.
const (
	Preflighter Ability = "Preflighter"
	Reconciler  Ability = "Reconciler"
	Repeatable  Ability = "Repeatable"
	Previewer   Ability = "Previewer"
	Identifier  Ability = "Identifier"
	Linker      Ability = "Linker"
	Refresher   Ability = "Refresher"
	Deleter     Ability = "Deleter"
	Finisher    Ability = "Finisher"
	Inspector   Ability = "Inspector"
	Editor      Ability = "Editor"
	Discussion  Ability = "Discussion"
	Analyst     Ability = "Analyst"
	Archive     Ability = "Archive"
	Directory   Ability = "Directory"
	Catalog     Ability = "Catalog"
	Physician   Ability = "Physician"
	// ClientDocument describes the operator's app to a network that reads it from this server.
	ClientDocument Ability = "ClientDocument"
	// Introspector tells whether a token was revoked.
	Introspector Ability = "Introspector"
	// CommentSwitch closes and opens the comments of a post.
	CommentSwitch Ability = "CommentSwitch"
	// RepeatableComments takes a comment once, under its name.
	RepeatableComments Ability = "RepeatableComments"
)

// Network is the double of a social network, seen from its side of the wire.
type Network interface {
	// Calls returns every call that arrived, in order.
	Calls() []Call
	// Posts returns what can be seen on the network, oldest first.
	Posts() []Post
	// Fail makes the calls of a class meet the fault until Heal. A class has one
	// fault at a time.
	Fail(class Class, f Fault)
	// Heal ends all faults.
	Heal()
}

// Class is what a call is for.
type Class string

// The classes of calls.
const (
	ClassRead     Class = "read"     // changes nothing
	ClassAnnounce Class = "announce" // prepares an upload, without media
	ClassUpload   Class = "upload"   // carries media
	ClassCommit   Class = "commit"   // makes a post visible
	ClassDelete   Class = "delete"   // removes a post
	ClassGrant    Class = "grant"    // trades a code, answers or a refresh token for tokens
	ClassOther    Class = "other"    // changes anything else, or begins a consent
)

// Call is one call that arrived at the network.
type Call struct {
	Class   Class
	Name    string // for messages: "POST /posts"
	Applied bool   // the network did what was asked for
}

// Post is a post as a reader of the network sees it.
type Post struct {
	RemoteID string
	Author   string // remote id
	Text     string
	Media    int // pictures and other files that are shown
	// Alt is how they are described to those who do not see them, in their order.
	Alt []string
}

// Fault is what calls of a class meet.
type Fault struct {
	// Skip is how many calls of the class, counted from Fail, pass unharmed first.
	Skip int
	Mode Mode
	// Status is that of the answer of Refuse, and of Mislead, where 0 means 200. RetryAfter
	// belongs to Refuse: how long the network tells to wait, announced in its way; 0: not at
	// all.
	Status     int
	RetryAfter time.Duration
	// Met, if set, is called when a call meets the fault.
	Met func()
}

// Mode is the way in which a call fails.
type Mode string

// The modes.
const (
	Refuse    Mode = "refuse"     // answered with a status, without being applied
	CutBefore Mode = "cut before" // connection cut after the request arrived; not applied
	CutAfter  Mode = "cut after"  // applied; connection cut instead of an answer
	Stall     Mode = "stall"      // not applied, and not answered while the caller waits
	// Mislead is a web page by somebody in between, for signing in for instance; the network
	// does not apply the call.
	Mislead Mode = "mislead"
)
