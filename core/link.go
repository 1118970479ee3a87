package core

import (
	"context"
	"slices"
	"time"
)

// Linker is a Provider on which people link accounts in their browser, by OAuth 2.0.
// https://www.rfc-editor.org/rfc/rfc6749#section-4.1
type Linker interface {
	// LinkApps lists the operator's apps through which accounts can be linked, the one to
	// offer first in front; none: the operator has configured none.
	LinkApps() []LinkApp
	// Authorize begins a consent, and returns the address of the network's page for it. Of an
	// app without Fields it makes no call, and the answer follows from the request alone; with
	// Fields it may ask the network, and its errors are written for the person as Exchange's
	// are, with the Name of a field as Field: of KindInvalid, KindAuth or
	// KindForbidden where an answer is not right. It is not called for an app that is Direct.
	Authorize(ctx context.Context, r LinkRequest) (Authorization, error)
	// Exchange turns what the network sent the browser back with, or what the person has told
	// an app that is Direct, into a grant: it trades the code for tokens, and asks whose they
	// are and as whom they can post. A refusal, by the person or by the network, is an error
	// whose Message and Help tell that person in plain words what went wrong and what to do; of
	// an answer that is not right it is as Authorize's. Only those with CodeLinkSetup and
	// CodeLinkScope are the operator's to mend, and tell him: the person is shown the page's own
	// words. No error holds the code, a secret answer or a token. A code is good once: Exchange
	// is never repeated.
	Exchange(ctx context.Context, r LinkRequest, back LinkReturn) (Grant, error)
}

// Refresher is a Provider whose tokens can be renewed without a human.
type Refresher interface {
	// Refresh trades the refresh token of c for new credentials. What the network does not
	// tell anew is kept from c, the refresh token and its end included. If it tells what the
	// account is called now, that is the Holder, whose account takes the name. The error is of
	// KindAuth when the grant has ended and only a human can give a new one, with a message
	// that tells the owner why the account is lost, and of KindUnsupported when these tokens
	// can never be renewed, but serve until they end; after any other error it is tried again.
	// It calls the network once; whoever calls it makes sure that nobody else does at the same
	// time.
	Refresh(ctx context.Context, c Credentials) (Credentials, error)
}

// Introspector is a Provider that can tell whether its network still takes an access token.
// https://www.rfc-editor.org/rfc/rfc7662
type Introspector interface {
	// Introspect asks about the access token of c. It changes nothing, and costs nothing of
	// what the network allows for posts. Only what the network itself says of this token ends
	// it. Where it does not answer, or not for this token, the state is TokenUnknown; the error
	// tells why, if there is a reason other than that the token is none of the operator's apps.
	Introspect(ctx context.Context, c Credentials) (TokenState, error)
}

// TokenStanding says whether an access token can be used.
type TokenStanding string

// The standings of an access token.
const (
	TokenUnknown TokenStanding = "" // could not be found out
	TokenActive  TokenStanding = "active"
	TokenEnded   TokenStanding = "ended" // revoked, or expired
)

// TokenState is what a network tells about an access token.
type TokenState struct {
	Standing TokenStanding
	Reason   string // why it has ended, as a clause for the owner: "its authorization was revoked"
}

// LinkApp is one of the operator's apps at a network.
type LinkApp struct {
	Name  string // "share": stable, part of what is stored
	Title string // for people
	// Kinds is what can be linked through it.
	Kinds []AccountKind
	// PKCE tells whether the network takes a code challenge of it.
	// https://www.rfc-editor.org/rfc/rfc7636
	PKCE bool
	// Lasts is for how long, at most, an account that is linked through it can be posted to
	// until a human has to link it again; 0: not known.
	Lasts time.Duration
	// Fields is what the person is asked for before anything else; none: nothing.
	Fields []LinkField
	// Direct tells that Fields are all it takes: the person is not sent to the network. There
	// is no PKCE then.
	Direct bool
}

// LinkAppFor chooses the app to link an account again through: the one that it was linked
// with, else the first that links accounts of its kind; false: none does.
func LinkAppFor(apps []LinkApp, a Account) (LinkApp, bool) {
	apps = slices.DeleteFunc(slices.Clone(apps), func(app LinkApp) bool { return !slices.Contains(app.Kinds, a.Kind) })
	if len(apps) == 0 {
		return LinkApp{}, false
	}
	i := slices.IndexFunc(apps, func(app LinkApp) bool { return app.Name == a.App })
	return apps[max(i, 0)], true
}

// LinkField is something that a person is asked for.
type LinkField struct {
	// Name is the key of the answer, in requests of the API too: "handle", of letters and
	// digits. It is none that a request to link an account has itself, such as "accessToken":
	// a token that is asked for is a "token".
	Name    string
	Label   string // for people: "Handle"
	Help    string // a sentence on what is meant, and where it is found
	Example string // such as what is wanted
	Secret  bool   // it is kept from sight, and told to nobody but the network
	// Identifies tells that an account which is linked again answers it, being known by its
	// Username: LinkRequest.Again has it then, and LinkRequest.Answers need not.
	Identifies bool
}

// LinkRequest is one try to link accounts; Exchange needs the one that Authorize had.
type LinkRequest struct {
	App         string // by LinkApp.Name
	RedirectURL string // where the network sends the browser, exactly as registered with it
	State       string // comes back with the browser
	Verifier    string // of PKCE; empty where LinkApp.PKCE is false
	// Answers are those to LinkApp.Fields, by Name. Only Authorize gets them, and Exchange of
	// an app that is Direct.
	Answers map[string]Secret
	// Again is the account that is to be linked, or linked again, where that is known: at least
	// its Platform and RemoteID; the zero value: whichever there is. Its RemoteID says who it is,
	// also when somebody else has its Username by now. Where an answer leads to the server that
	// other answers are sent to, one that leads to another account is refused before they are.
	// Who gets it is who gets Answers.
	Again Account
	// Kept is what Authorize wanted Exchange to get.
	Kept Secret
}

// Authorization is a consent that was begun.
type Authorization struct {
	URL string // of the network's page, for the person's browser
	// Kept is what Exchange needs besides the request, in the adapter's own form. It is kept as
	// tokens are.
	Kept Secret
}

// LinkReturn is what the network sent the browser back with.
type LinkReturn struct {
	Code        Secret
	Error       string // the network's code of a refusal; empty: there is none
	Description string // its words for that
	// Issuer names who sent the browser back, where that was told.
	// https://www.rfc-editor.org/rfc/rfc9207
	Issuer string
}

// Grant is what a person has consented to.
type Grant struct {
	Credentials Credentials // with App
	// Accounts are the person and the pages that can be posted as, each as complete as
	// Identifier's; the person first. There may be none.
	Accounts []Account
	// Notes tell the person what cannot be linked and why: scopes that were asked for and not
	// granted, pages on which the person has no role that allows posts, pages that could not
	// be listed. Those that are FindingOK only tell: nothing is missing. The Help of one with
	// a Code ends with whom to tell, so that the numbers to tell him can follow.
	Notes []Finding
	// Operator tells the operator what he can do about it, each with a Code. It goes to the
	// log alone.
	Operator []Finding
}
