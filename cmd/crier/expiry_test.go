package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	expiryDay  = 24 * time.Hour
	expiryLife = 60 * expiryDay // of the tokens that are handed over
	// expiryDoubt is how far an end may be off that a network tells in seconds from the moment in
	// which it tells it.
	expiryDoubt = time.Minute
)

// The accounts of TestExpiryIsToldOnce: a page that nobody links again in time, and a person
// who does at once. They end an hour apart.
const (
	latePage     = "Crier Demo"
	promptPerson = "John Roe"
)

// expiry is a story of accounts that end.
type expiry struct {
	*processPair
	hook *webhookEndpoint
	box  *mailbox
	end  map[string]time.Time // of the accounts, by name
	ids  map[string]bool      // of hooks and mails: what was told
}

// socialCall is what a webhook is told of an account.
type socialCall struct {
	HookID, Created, Type, Source, DisplayName, RelinkURL string
	RefreshBy                                             time.Time
	DaysRemaining                                         int
	Details                                               struct{ Code int }
}

// TestExpiryIsToldOnce lets a year pass for a server and a worker on one store, which are
// killed again and again: the owner is told 10, 3 and 1 days before the end and at the end,
// once by webhook and once by mail; linking again in between ends that, and sends what waits.
func TestExpiryIsToldOnce(t *testing.T) {
	t.Parallel()
	e := newExpiry(t)
	relink := e.firstWarning()
	e.linkAgainInTime(relink)
	e.warningDespiteKills()
	for _, days := range []int{3, 1} {
		e.startBothAt(e.end[latePage].Add(-time.Duration(days) * expiryDay))
		e.warned(latePage, days)
		if days > 1 {
			e.killBoth()
		}
	}
	post := e.promise("This one waits until the page is linked again", e.end[latePage].Add(time.Hour))
	e.killBoth()
	address := e.over()
	e.waits(post)
	e.linkAgainAtLast(address, post)
	// The year after. Were anything told twice, or of the old end, it would come before this.
	// The token is renewed at the start; the network tells the end in seconds from then.
	e.startBothAt(e.end[promptPerson].Add(-10*expiryDay + 5*time.Second))
	e.warned(promptPerson, 10)
	e.nothingElse()
}

func newExpiry(t *testing.T) *expiry {
	t.Helper()
	box := newMailbox(t)
	s := newServerProcess(t, sandbox.Options{},
		"CRIER_LINKEDIN_COMMUNITY_CLIENT_ID="+sandbox.CommunityClientID, "CRIER_LINKEDIN_COMMUNITY_CLIENT_SECRET="+sandbox.CommunityClientSecret,
		"CRIER_SMTP_URL="+box.url, "CRIER_MAIL_FROM=crier@example.com", "CRIER_MAIL_TO=ops@example.com")
	for _, app := range sandbox.DefaultApps(s.url + "/link/callback") {
		if err := s.network.AddApp(app); err != nil {
			t.Fatal(err)
		}
	}
	e := &expiry{processPair: s.pair(), hook: newWebhookEndpoint(t), box: box, end: map[string]time.Time{}, ids: map[string]bool{}}
	status, err := s.call(http.MethodPost, "/profiles/social", "", map[string]any{
		"platform": "linkedin", "accessToken": sandbox.OtherToken, "expiresIn": int((expiryLife - time.Hour).Seconds()), "id": sandbox.JohnURN,
	}, nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("linking the person: %d %v", status, err)
	}
	s.register(e.hook, "social")
	e.readEnds()
	e.killBoth()
	return e
}

// readEnds reads when the accounts end.
func (e *expiry) readEnds() {
	e.t.Helper()
	var user struct {
		DisplayNames []struct {
			DisplayName     string
			RefreshRequired time.Time
			Status          string
		}
	}
	if status, err := e.call(http.MethodGet, "/user", "", nil, &user); err != nil || status != http.StatusOK || len(user.DisplayNames) != 2 {
		e.t.Fatalf("GET /user: %d %v %+v", status, err, user)
	}
	for _, a := range user.DisplayNames {
		e.end[a.DisplayName] = a.RefreshRequired.Add(time.Millisecond) // what is shown is cut
	}
}

// told is what the webhook is told next.
func (e *expiry) told(name, kind string) socialCall {
	e.t.Helper()
	var c socialCall
	raw := receive(e.t, e.hook.calls, "call of the webhook").raw
	if err := json.Unmarshal(raw, &c); err != nil {
		e.t.Fatal(err)
	}
	if c.DisplayName != name || c.Type != kind {
		e.t.Fatalf("told of %s %s, want %s %s: %s", c.Type, c.DisplayName, kind, name, raw)
	}
	e.once(c.HookID)
	return c
}

// mailed is the next mail, which must say all of it.
func (e *expiry) mailed(words ...string) letter {
	e.t.Helper()
	l := e.box.next()
	if l.to != "ops@example.com" {
		e.t.Errorf("a mail goes to %s", l.to)
	}
	for _, w := range words {
		if !strings.Contains(l.subject, w) {
			e.t.Fatalf("the mail %q does not say %q:\n%s", l.subject, w, l.text)
		}
	}
	e.once(l.id)
	return l
}

// once fails if something is told for the second time.
func (e *expiry) once(id string) {
	e.t.Helper()
	if id == "" || e.ids[id] {
		e.t.Errorf("%q was told before", id)
	}
	e.ids[id] = true
}

// warned holds what is told so many days before an account ends.
func (e *expiry) warned(name string, days int) socialCall {
	e.t.Helper()
	c := e.told(name, "refresh")
	created, err := time.Parse(time.RFC3339, c.Created)
	mark := e.end[name].Add(-time.Duration(days) * expiryDay).Truncate(time.Second)
	if err != nil || created.Before(mark) || created.Sub(mark) > 10*time.Minute || c.DaysRemaining != days || c.Source != "system" ||
		c.RefreshBy.Sub(e.end[name]).Abs() > expiryDoubt {
		e.t.Errorf("%d days before %v, told at %v: %+v", days, e.end[name], created, c)
	}
	l := e.mailed(name, fmt.Sprintf("%d day", days))
	if linkAddress(l.text) == "" || !strings.Contains(l.html, "/link/open/") {
		e.t.Errorf("a mail without an address:\n%s", l.text)
	}
	return c
}

// linkAddress finds the address that links an account again.
func linkAddress(text string) string {
	return regexp.MustCompile(`http://\S+/link/open/[\w-]+`).FindString(text)
}

// firstWarning: 10 days before the one account ends the other one has an hour to go, of which
// nobody is told.
func (e *expiry) firstWarning() (relinkURL string) {
	e.t.Helper()
	e.startBothAt(e.end[promptPerson].Add(-10 * expiryDay))
	return e.warned(promptPerson, 10).RelinkURL
}

func (e *expiry) linkAgainInTime(address string) {
	e.t.Helper()
	page := consent(e.t, address, sandbox.JohnID)
	if !strings.Contains(page, promptPerson) {
		e.t.Errorf("after the consent:\n%s", page)
	}
	e.told(promptPerson, "link")
	before := e.end[promptPerson]
	e.readEnds()
	if e.end[promptPerson].Sub(before) < 300*expiryDay {
		e.t.Errorf("linked again, the account ends at %v", e.end[promptPerson])
	}
	e.killBoth()
}

// warningDespiteKills has both killed while the webhook and the mail server refuse, right
// after they were called, and at other times.
func (e *expiry) warningDespiteKills() {
	e.t.Helper()
	e.hook.refuse.Store(true)
	e.box.refuse.Store(true)
	mark := e.end[latePage].Add(-10 * expiryDay)
	e.startBothAt(mark)
	receive(e.t, e.hook.refused, "first call")
	receive(e.t, e.box.refused, "first mail")
	e.killBoth()
	e.startBothAt(mark.Add(2 * time.Minute))
	e.wait(50 * time.Millisecond)
	e.killBoth()
	e.hook.refuse.Store(false)
	e.box.refuse.Store(false)
	e.startBothAt(mark.Add(15 * time.Minute)) // both are tried again by then
	e.warned(latePage, 10)
	e.killBoth()
}

// promise schedules a post for the page.
func (e *expiry) promise(text string, at time.Time) (id string) {
	e.t.Helper()
	id, status := e.scheduleAt(text, at)
	if status != http.StatusOK {
		e.t.Fatalf("scheduling: %d", status)
	}
	return id
}

// over is after the end of the page's authorization.
func (e *expiry) over() (relinkURL string) {
	e.t.Helper()
	e.startBothAt(e.end[latePage].Add(time.Minute))
	if c := e.told(latePage, "unlink"); c.Source != "system" || c.Details.Code != 349 || c.RelinkURL == "" {
		e.t.Errorf("at the end: %+v", c)
	}
	address := linkAddress(e.mailed(latePage).text)
	if address == "" {
		e.t.Fatal("the mail has no address")
	}
	e.killBoth()
	return address
}

// waits holds that a post that is due waits for its account.
func (e *expiry) waits(post string) {
	e.t.Helper()
	e.startBothAt(e.end[latePage].Add(2 * time.Hour))
	var history struct {
		Status   string
		Progress []struct{ WaitsFor string }
	}
	for deadline := time.Now().Add(patience); ; e.wait(20 * time.Millisecond) {
		status, err := e.call(http.MethodGet, "/history/"+post, "", nil, &history)
		if err == nil && status == http.StatusOK && len(history.Progress) == 1 && history.Progress[0].WaitsFor != "" {
			break
		}
		if time.Now().After(deadline) {
			e.t.Fatalf("the post does not wait: %d %v %+v", status, err, history)
		}
	}
	if n := len(e.network.Posts()); n != 0 {
		e.t.Errorf("%d posts went out", n)
	}
}

func (e *expiry) linkAgainAtLast(address, post string) {
	e.t.Helper()
	consent(e.t, address, sandbox.JaneID)
	e.told(latePage, "link")
	e.await(post, "success")
	if n := len(e.network.Posts()); n != 1 {
		e.t.Errorf("%d posts went out, want one", n)
	}
	e.killBoth()
}

// nothingElse waits until nothing is left to be told, and holds that nothing more came.
func (e *expiry) nothingElse() {
	e.t.Helper()
	var log struct {
		Deliveries []struct{ Channel, Action string }
	}
	for deadline := time.Now().Add(patience); ; e.wait(20 * time.Millisecond) {
		status, err := e.call(http.MethodGet, "/hook/deliveries?state=pending", "", nil, &log)
		if err == nil && status == http.StatusOK && len(log.Deliveries) == 0 {
			break
		}
		if time.Now().After(deadline) {
			e.t.Fatalf("to be told still: %d %v %+v", status, err, log)
		}
	}
	if more := len(e.hook.calls) + len(e.box.mails); more > 0 {
		e.t.Errorf("%d calls and %d mails too many", len(e.hook.calls), len(e.box.mails))
	}
	if want := 8 + 6; len(e.ids) != want { // calls, and mails: of links there are none
		e.t.Errorf("%d calls and mails came, want %d", len(e.ids), want)
	}
}

// receive waits for something.
func receive[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s came", what)
		panic("not reached")
	}
}
