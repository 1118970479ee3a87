package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
)

// TestPagesWithoutAStore: while the database does not answer, every page says that it will pass,
// also the one that a network sends the browser back to, and none says that something is gone.
func TestPagesWithoutAStore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	start := b.open(a)
	back := b.consent(b.start(start, a.Session.ID, nil), coretest.Consent{})
	fresh := s.address(accounts.NewLink{})
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{"an address": fresh.URL.Reveal(), "the page of accounts": "/link/" + a.Session.ID, "the way back": back} {
		p := b.get(address)
		if p.status != http.StatusServiceUnavailable || p.header.Get("Retry-After") == "" || !strings.Contains(p.html, "That did not work just now") {
			t.Errorf("%s: status %d, Retry-After %q: %s", name, p.status, p.header.Get("Retry-After"), p.html)
		}
	}
}
