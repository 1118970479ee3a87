package web_test

import (
	"bytes"
	"errors"
	"html"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/api/web"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
	"github.com/crier-social/crier/core/vault"
)

// network is the one whose accounts are linked in browsers. Of appless the server has no app,
// and may have accounts from when it had.
const network, appless = "scripted", "appless"

// site is the pages over HTTP, on a real store, in front of a scripted network.
type site struct {
	t        *testing.T
	url      string
	clock    *coretest.Clock
	store    store.Store
	network  *coretest.Provider
	accounts *accounts.Manager
	linking  *accounts.Linking
	profile  core.Profile
	log      *logBuffer
	routes   map[string]int // calls of Observe
	mu       sync.Mutex
}

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newSite(t *testing.T, change ...func(*coretest.Config)) *site {
	t.Helper()
	s := &site{t: t, clock: coretest.NewClock(coretest.Epoch()), log: &logBuffer{}, routes: map[string]int{}}
	config := coretest.Config{Clock: s.clock}
	for _, f := range change {
		f(&config)
	}
	s.network = coretest.NewProvider(config)
	s.network.AddMember(coretest.Member{Token: "joe", RemoteID: "joe", Name: "Joe Other"})
	registry, err := core.NewRegistry(s.network, coretest.NewProvider(coretest.Config{Name: appless, Clock: s.clock, Apps: []core.LinkApp{}}))
	if err != nil {
		t.Fatal(err)
	}
	s.openStore()
	ring, err := vault.New(vault.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var pages http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { pages.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s.url = server.URL
	s.accounts = accounts.New(accounts.Config{Store: s.store, Registry: registry, Vault: ring, Clock: s.clock, Log: log})
	s.linking = accounts.NewLinking(accounts.LinkingConfig{
		Accounts: s.accounts, Store: s.store, Profiles: s.store, Registry: registry, Vault: ring, Clock: s.clock, Log: log, PublicURL: s.url,
	})
	w, err := web.New(web.Config{Linking: s.linking, Clock: s.clock, Log: log, PublicURL: s.url, Observe: s.observe})
	if err != nil {
		t.Fatal(err)
	}
	pages = w.Handler()
	return s
}

func (s *site) observe(route, method string, _ int, _ time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.routes[method+" "+route]++
}

func (s *site) openStore() {
	s.t.Helper()
	s.store = dbtest.Open(s.t, s.clock)
	primary := coretest.Profile()
	s.profile = core.Profile{
		ID: core.NewID(s.clock.Now()), Title: "Acme & Söhne", RefID: strings.Repeat("a", 40), CreatedAt: s.clock.Now(),
	}
	ctx := s.t.Context()
	if err := errors.Join(s.store.CreateProfile(ctx, primary, []byte("1")), s.store.CreateProfile(ctx, s.profile, []byte("2"))); err != nil {
		s.t.Fatal(err)
	}
}

// change changes the profile.
func (s *site) change(fn func(*core.Profile)) {
	s.t.Helper()
	var err error
	s.profile, err = s.store.UpdateProfile(s.t.Context(), s.profile.ID, func(p *core.Profile) error { fn(p); return nil })
	if err != nil {
		s.t.Fatal(err)
	}
}

// address makes the address of a link page.
func (s *site) address(n accounts.NewLink) accounts.LinkAddress {
	s.t.Helper()
	a, err := s.linking.Create(s.t.Context(), s.profile, n)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// linked lists the accounts of the profile.
func (s *site) linked() []core.Account {
	s.t.Helper()
	list, err := s.accounts.List(s.t.Context(), s.profile.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// names lists what is linked.
func (s *site) names() string {
	s.t.Helper()
	var names []string
	for _, a := range s.linked() {
		names = append(names, a.DisplayName)
	}
	return strings.Join(names, ", ")
}

// browser is one browser: it has cookies, and follows no redirect by itself.
type browser struct {
	*site
	client *http.Client
}

func (s *site) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// page is an answer.
type page struct {
	t        *testing.T
	status   int
	header   http.Header
	html     string
	location string
	url      string
}

func (b *browser) do(method, address string, form url.Values) *page {
	b.t.Helper()
	if !strings.HasPrefix(address, "http") {
		address = b.site.url + address
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	p := &page{b.t, response.StatusCode, response.Header, string(content), response.Header.Get("Location"), address}
	p.check()
	return p
}

func (b *browser) get(address string) *page { b.t.Helper(); return b.do(http.MethodGet, address, nil) }

// follow gets a page, and those that it leads to on this site.
func (b *browser) follow(address string) *page {
	b.t.Helper()
	p := b.get(address)
	for range 5 {
		if p.status != http.StatusSeeOther || !strings.HasPrefix(p.location, "/") {
			return p
		}
		p = b.get(p.location)
	}
	b.t.Fatalf("%s leads round in circles", address)
	return nil
}

// open opens a link page.
func (b *browser) open(a accounts.LinkAddress) *page {
	b.t.Helper()
	return b.follow(a.URL.Reveal())
}

// press sends the form of a page that leads to path, with more fields.
func (b *browser) press(p *page, path string, more url.Values) *page {
	b.t.Helper()
	form := url.Values{"form": {p.formToken()}}
	maps.Copy(form, more)
	return b.do(http.MethodPost, path, form)
}

// start begins a consent from the page of a session, and returns the address of the
// network's page.
func (b *browser) start(p *page, session string, more url.Values) string {
	b.t.Helper()
	if more == nil {
		more = url.Values{"platform": {network}}
	}
	sent := b.press(p, "/link/"+session+"/start", more).want(http.StatusSeeOther)
	return sent.location
}

// consent plays the network's page, and returns where it sends the browser.
func (b *browser) consent(address string, c coretest.Consent) string {
	b.t.Helper()
	back, err := b.network.Consent(address, c)
	if err != nil {
		b.t.Fatal(err)
	}
	return back.String()
}

// link links what a member consents to, as far as there is no choice to make.
func (b *browser) link(session string, c coretest.Consent) *page {
	b.t.Helper()
	return b.follow(b.consent(b.start(b.get("/link/"+session), session, nil), c))
}

func (p *page) want(status int) *page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s: status %d, want %d:\n%s", p.url, p.status, status, p.text())
	}
	return p
}

// has fails unless the page says all of it.
func (p *page) has(words ...string) *page {
	p.t.Helper()
	text := p.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			p.t.Errorf("%s does not say %q:\n%s", p.url, w, text)
		}
	}
	return p
}

// hasNot fails if the page says any of it.
func (p *page) hasNot(words ...string) *page {
	p.t.Helper()
	for _, w := range words {
		if strings.Contains(p.html, w) {
			p.t.Errorf("%s says %q:\n%s", p.url, w, p.text())
		}
	}
	return p
}

var (
	tags      = regexp.MustCompile(`<[^>]*>`)
	spaces    = regexp.MustCompile(`\s+`)
	formToken = regexp.MustCompile(`name="form" value="([^"]+)"`)
)

// text is what the page says, title included.
func (p *page) text() string {
	return spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(p.html, " ")), " ")
}

func (p *page) formToken() string {
	p.t.Helper()
	found := formToken.FindStringSubmatch(p.html)
	if found == nil {
		p.t.Fatalf("%s has no form:\n%s", p.url, p.text())
	}
	return html.UnescapeString(found[1])
}

// check holds what every page has to keep to.
func (p *page) check() {
	p.t.Helper()
	policy := p.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, part) {
			p.t.Errorf("%s: the policy %q lacks %s", p.url, policy, part)
		}
	}
	if p.header.Get("Referrer-Policy") != "no-referrer" || p.header.Get("X-Request-Id") == "" || p.header.Get("X-Content-Type-Options") != "nosniff" {
		p.t.Errorf("%s: headers %v", p.url, p.header)
	}
	if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
		return
	}
	if p.header.Get("Cache-Control") != "no-store" {
		p.t.Errorf("%s may be kept: %q", p.url, p.header.Get("Cache-Control"))
	}
	for what, n := range map[string]int{
		`<html lang="en">`: 1, "<h1": 1, "<main": 1, "<title>": 1, "<title></title>": 0, "<script": 0, " style=": 0, " onclick": 0, "http://www.w3": 0, "<no value>": 0, "ZgotmplZ": 0,
	} {
		if got := strings.Count(p.html, what); got != n {
			p.t.Errorf("%s has %s %d times, want %d:\n%s", p.url, what, got, n, p.html)
		}
	}
	labelled(p)
}

// labelled fails where a box or a field has no label, or two elements have one id.
func labelled(p *page) {
	p.t.Helper()
	ids := map[string]int{}
	for _, found := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(p.html, -1) {
		if ids[found[1]]++; ids[found[1]] > 1 {
			p.t.Errorf("%s has the id %s twice", p.url, found[1])
		}
	}
	inputs := regexp.MustCompile(`<input [^>]*>`).FindAllString(p.html, -1)
	labels := 0
	for _, input := range inputs {
		if strings.Contains(input, `type="hidden"`) {
			continue
		}
		labels++
		id := regexp.MustCompile(` id="([^"]+)"`).FindStringSubmatch(input)
		if id == nil || strings.Count(p.html, `<label for="`+id[1]+`"`) != 1 {
			p.t.Errorf("%s has %s without a label", p.url, input)
		}
	}
	if n := strings.Count(p.html, "<label "); n != labels {
		p.t.Errorf("%s has %d labels for %d boxes and fields", p.url, n, labels)
	}
	for _, described := range regexp.MustCompile(`aria-describedby="([^"]+)"`).FindAllStringSubmatch(p.html, -1) {
		for id := range strings.FieldsSeq(described[1]) {
			if ids[id] == 0 {
				p.t.Errorf("%s has something described by %s, which is not there", p.url, id)
			}
		}
	}
}
