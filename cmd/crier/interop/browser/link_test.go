//go:build interop

package browser_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/cmd/crier/interop/internal/programtest"
)

// The pages, by their headings.
const (
	linkPage    = "Link your accounts"
	signInPage  = "Sign in to continue to Sandbox Pages"
	consentPage = "Sandbox Pages would like to:"
	choicePage  = "Choose what to link"
	donePage    = "All done"

	alertPage = linkPage + ", with an alert"
)

// The accounts, which the sandbox has.
const (
	person = "Jane Doe"
	site   = "Crier Demo"
)

// linkPages is the button of the app that links pages, too.
const linkPages = "Link Your profile and your pages"

const day = 24 * time.Hour

func TestLinkingInABrowser(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	binary := programtest.Build(t)
	for name, l := range map[string]look{
		"desktop, light":                 {width: 1280, height: 800, pictures: map[string]string{choicePage: "link-choice", consentPage: "link-consent", linkPage: "link-page", alertPage: "link-alert"}},
		"desktop, dark, by keyboard":     {width: 1280, height: 800, dark: true, keyboard: true},
		"phone, dark, without scripts":   {width: 360, height: 740, phone: true, dark: true, noScript: true, pictures: map[string]string{alertPage: "link-alert-dark"}},
		"phone, light":                   {width: 390, height: 844, phone: true},
		"desktop, light, no scripts":     {width: 1280, height: 800, noScript: true},
		"320 pixels wide, with keyboard": {width: 320, height: 256, keyboard: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVisit(t, browser, binary, l)
			v.link()
			v.server.MoveClock(t, (365-31)*day)
			v.wantNoAlert()
			v.server.MoveClock(t, 2*day)
			v.refresh()
			v.unlink()
			v.end()
		})
	}
}

// visit is somebody with a browser, who links the accounts of a new profile.
type visit struct {
	t      *testing.T
	server *programtest.Server // asked on behalf of the profile
	b      *tab
}

func newVisit(t *testing.T, browser context.Context, binary string, l look) *visit {
	t.Helper()
	server := programtest.Start(t, binary)
	var made struct{ ProfileKey string }
	server.Call(t, http.MethodPost, "/profiles", map[string]any{"title": "Acme Ltd"}, &made)
	return &visit{t: t, server: server.As(made.ProfileKey), b: newTab(t, browser, server.URL, l)}
}

// open opens a new link page.
func (v *visit) open() tree {
	v.t.Helper()
	var session struct{ URL string }
	v.server.Call(v.t, http.MethodPost, "/profiles/link-sessions", map[string]any{}, &session)
	return v.b.open(session.URL, linkPage)
}

// account is an account as GET /user shows it.
type account struct {
	DisplayName string
	AccountID   string
	Status      string
	Days        int `json:"refreshDaysRemaining"`
}

// accounts lists what is linked, by name.
func (v *visit) accounts() map[string]account {
	v.t.Helper()
	var user struct{ DisplayNames []account }
	v.server.Call(v.t, http.MethodGet, "/user", nil, &user)
	found := map[string]account{}
	for _, a := range user.DisplayNames {
		found[a.DisplayName] = a
	}
	return found
}

// link cancels at first, and then links a person and a page.
func (v *visit) link() {
	v.t.Helper()
	page := v.open()
	v.b.wantWords(page, "Acme Ltd publishes in your name", "No account is linked yet.")
	v.b.wantNo(page, "attention")
	v.skip()
	v.b.press("button", linkPages, signInPage)
	v.b.press("button", "Sign in as "+person, consentPage)
	page = v.b.press("button", "Cancel", linkPage)
	v.b.wantWords(page, "Nothing was allowed", "You did not allow the access on LinkedIn.", "Start again and choose Allow.", "No account is linked yet.")
	if v.accounts()[person].AccountID != "" {
		v.t.Error("an account is linked, though nothing was allowed")
	}

	v.b.press("button", linkPages, consentPage)
	v.b.picture(consentPage)
	v.b.press("button", "Allow", choicePage)
	v.b.tick(v.box(person))
	v.b.tick(v.box(site))
	v.b.picture(choicePage)
	page = v.b.press("button", "Link what is checked", linkPage)
	v.b.wantWords(page, "2 accounts are linked", person, site)
	v.b.wantNo(page, "attention")
	v.b.wantNo(v.open(), "2 accounts are linked "+site) // which was told once
	v.b.picture(linkPage)
	for name, a := range v.accounts() {
		if a.Status != "active" || a.Days < 364 {
			v.t.Errorf("%s: %+v", name, a)
		}
	}
}

// skip takes the way of the keyboard past what every page begins with.
func (v *visit) skip() {
	v.t.Helper()
	if !v.b.look.keyboard {
		return
	}
	v.b.do(chromedp.KeyEvent(kb.Tab))
	if !v.b.control("link", skip).focused {
		v.t.Error("the first Tab does not lead to the link to the content")
	}
	if p := v.b.place(v.b.control("link", skip)); p.top < 0 || p.right-p.left < smallestTarget || p.bottom-p.top < smallestTarget {
		v.t.Errorf("the link to the content does not show when the focus is on it: %+v", p)
	}
}

// box is the name of the check box of an account.
func (v *visit) box(name string) string {
	v.t.Helper()
	all, err := v.b.readTree()
	if err != nil {
		v.t.Fatal(err)
	}
	for _, n := range all.controls() {
		if n.role == "checkbox" && strings.HasPrefix(n.name, name) {
			return n.name
		}
	}
	v.t.Fatalf("there is no box of %s:\n%s", name, all)
	return ""
}

// wantNoAlert looks 31 days before the end.
func (v *visit) wantNoAlert() {
	v.t.Helper()
	page := v.open()
	v.b.wantWords(page, "2 accounts are linked.")
	v.b.wantNo(page, "attention", "Refresh")
}

// refresh looks 29 days before the end, and links the page again.
func (v *visit) refresh() {
	v.t.Helper()
	before := v.accounts()
	page := v.open()
	v.b.wantWords(page, "2 accounts need your attention", "in 29 days. Refresh it before", "Ends in 29 days")
	v.b.picture(alertPage)
	// Who is signed in, and has a token with these scopes that is good, is not asked again.
	page = v.b.press("button", "Refresh "+site, linkPage)
	v.b.wantWords(page, "2 accounts are linked again", site, person) // whose authorization is one and the same
	v.b.wantNo(page, "attention", "Refresh")
	after := v.accounts()
	if before[site].Days != 29 || before[person].Days != 29 || after[site].Days < 364 || after[person].Days < 364 {
		v.t.Errorf("days: before %+v, after %+v", before, after)
	}
	ids := func(list map[string]account) map[string]string {
		m := map[string]string{}
		for name, a := range list {
			m[name] = a.AccountID
		}
		return m
	}
	if diff := cmp.Diff(ids(before), ids(after)); diff != "" {
		v.t.Errorf("account ids (-before +after):\n%s", diff)
	}
}

// unlink unlinks the person, after a second thought.
func (v *visit) unlink() {
	v.t.Helper()
	confirm := "Unlink " + person + "?"
	page := v.b.press("link", "Unlink "+person, confirm)
	v.b.wantWords(page, "Nothing more can be posted to it from here")
	v.b.press("link", "Keep it", linkPage)
	if v.accounts()[person].AccountID == "" {
		v.t.Fatal("what was to be kept is unlinked")
	}
	v.b.press("link", "Unlink "+person, confirm)
	page = v.b.press("button", "Unlink "+person, linkPage)
	v.b.wantWords(page, "1 account is linked.")
	left := v.accounts()
	if len(left) != 1 || left[site].AccountID == "" {
		v.t.Errorf("linked still: %+v", left)
	}
}

// end leaves the page.
func (v *visit) end() {
	v.t.Helper()
	v.b.press("link", "Done", donePage)
}
