package core

import (
	"io"
	"log/slog"
	"net/http"
)

// Adapter plugs one network into a server: what can be set of it, and how its Provider is
// made. Nothing outside the adapter knows more of the network.
type Adapter struct {
	// Name is the provider's, as in `platforms`. In capitals it begins the names of the
	// adapter's settings: CRIER_NAME_….
	Name string
	// Settings points to the adapter's settings, which nobody has read yet.
	Settings Settings
}

// Settings are what an operator can set of a network: a pointer to a struct whose exported
// fields have the tags that package config describes. They are strings, ints, time.Durations,
// Secrets, types of package core/setting, and others that can UnmarshalText and have a String.
// They are filled before anything else is asked of them, and one goroutine at a time uses them.
// A server may copy the struct and lead the copy to a sandbox: what both share is not changed.
type Settings interface {
	// Check tells what is wrong with the settings, beyond what their types refuse. The Field
	// of each error is the name in the tag `env`. It makes no call.
	Check() Errors
	// Open makes the provider. It makes no call.
	Open(d AdapterDeps) (Provider, error)
	// Live tells whether the settings lead to the network itself, where posts are seen by
	// everybody, and not to a double of it.
	Live() bool
}

// Completer are Settings of which some have defaults that no tag can name.
type Completer interface {
	// Complete sets those that are not set. It is called once they are read, before all else.
	Complete()
}

// AdapterDeps is what a server gives every adapter to work with; the zero value of each is a
// default.
type AdapterDeps struct {
	// HTTP reaches the network at the addresses of the settings.
	HTTP *http.Client
	// Guarded reaches addresses that strangers have named, such as the server that somebody's
	// account is on: it refuses those that are not public. It keeps connections, and ends no
	// request by itself: each brings a deadline of its own. nil: HTTP, which guards nothing;
	// servers always give one.
	Guarded *http.Client
	Clock   Clock
	Log     *slog.Logger
	// OnEvent is told what happened by itself, OnCall of every request to the network.
	OnEvent func(Event)
	OnCall  func(Call)
	// RedirectURL is where networks send browsers back to. ClientURL is where this server shows
	// the adapter's ClientDocument; both begin with the public address. Empty: there is none.
	RedirectURL, ClientURL string
	// Keys derives secrets of 32 bytes for a purpose from the keys of the server, the one to use
	// for something new in front: the same ones in all its processes, for as long as its keys
	// stay. nil: there are none.
	Keys func(purpose string) [][]byte
}

// ClientDocument is a Linker whose network learns what it has to know of the operator's app
// from a document on this server, at AdapterDeps.ClientURL.
// https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document
type ClientDocument interface {
	// ClientDocument returns the document: a JSON object, without a secret; nil when there is
	// none, with these settings.
	ClientDocument() []byte
}

// Sandboxed are Settings of a network of which there is a sandbox: a double that enforces the
// network's rules, and is open to nobody else.
type Sandboxed interface {
	// OpenSandbox makes a sandbox and leads the settings to it. Its Handler is reached at
	// o.URL.
	OpenSandbox(o SandboxOptions) (Sandbox, error)
	// InSandbox tells whether the author is one whom only sandboxes know. No sandbox has to be
	// open.
	InSandbox(remoteID string) bool
}

// SandboxOptions says where a sandbox is; the zero values of the rest are defaults.
type SandboxOptions struct {
	URL string // base, without a slash at its end
	// Dir is a folder for the sandbox alone, which may not exist yet. What is there outlasts
	// it. Empty: it keeps nothing.
	Dir string
	// RedirectURL is AdapterDeps.RedirectURL of the server that is to use it, and ClientURL its
	// ClientURL.
	RedirectURL, ClientURL string
	Clock                  Clock
	// OnClock is called after somebody has moved the sandbox's clock, which runs ahead of Clock
	// by as much as it was moved.
	OnClock func()
	Log     *slog.Logger
}

// Sandbox is a double of a network.
type Sandbox interface {
	http.Handler
	io.Closer
	// Clock is the sandbox's. It can be read in SandboxOptions.OnClock.
	Clock() Clock
	// Accounts are what can be linked for those who want to try it, the one to be the default
	// first.
	Accounts() []SandboxAccount
}

// SandboxAccount is an author of a sandbox, and what it is reached with.
type SandboxAccount struct {
	RemoteID    string
	Credentials Credentials
}
