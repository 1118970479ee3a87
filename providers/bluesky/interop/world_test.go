package interop_test

import (
	"net/http"
	"testing"
	"time"
)

// world is a network to ask: a genuine server, or the sandbox.
type world struct {
	pds, plc   string // addresses, without a slash at the end
	alice, bob account

	client *http.Client
	// advance moves the clock of the server ahead.
	advance func(t *testing.T, by time.Duration)
	// consent signs in at the page that asks for it, and consents or declines. It returns the
	// address that the browser is sent to.
	consent func(t *testing.T, page string, who account, agrees bool) string
}

// account is one that the server has.
type account struct {
	did, handle, password, appPassword string
}

// conversation is a series of questions about one subject. Those that follow may depend on
// what was answered before.
type conversation struct {
	name string
	run  func(*asker)
}

// conversations are all of them, in their order: the last moves the clock.
func conversations() []conversation {
	return []conversation{
		{"identity", askWhoIsWho},
		{"oauth", askAboutConsent},
		{"records", askAboutRecords},
		{"posts", askAboutPosts},
		{"blobs", askAboutBlobs},
		{"limits", askAboutLimits},
		{"sessions", askAboutSessions},
	}
}

// exception is an answer that differs from the genuine server's.
type exception struct {
	why string
	// status and name of the error that is answered instead; 0: only the words differ.
	status int
	name   string
}

// hold has every conversation with a network and compares the answers with testdata. Exceptions
// are by question.
func hold(t *testing.T, w world, exceptions map[string]exception, update bool) {
	for _, c := range conversations() {
		t.Run(c.name, func(t *testing.T) {
			a := &asker{t: t, w: w, exceptions: exceptions}
			c.run(a)
			a.compare(c.name, update)
		})
	}
	for question := range exceptions {
		if !asked(t, question) {
			t.Errorf("there is an exception for %q, which nobody asks", question)
		}
	}
}
