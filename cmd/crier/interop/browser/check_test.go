//go:build interop

package browser_test

import (
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// smallestTarget is how wide and high something to press has to be, in CSS pixels: WCAG 2.2,
// success criterion 2.5.8, https://www.w3.org/TR/WCAG22/#target-size-minimum.
const smallestTarget = 24

// box is where something is on the page, in CSS pixels.
type box struct{ left, top, right, bottom float64 }

func (b box) centre() (x, y float64) { return (b.left + b.right) / 2, (b.top + b.bottom) / 2 }

// place is the border box of a node.
func (b *tab) place(n node) box {
	b.t.Helper()
	model := call(b, dom.GetBoxModel, dom.GetBoxModelParams{BackendNodeID: n.backend}).Model
	q := model.Border // four corners, clockwise from the upper left one
	return box{left: q[0], top: q[1], right: q[4], bottom: q[5]}
}

// check holds a page of Crier to what each has to keep to for those who do not see it, have a
// small screen, or press with a finger.
func (b *tab) check(all tree) {
	b.t.Helper()
	address, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		b.t.Fatal(err)
	}
	if !strings.HasPrefix(address, b.own) {
		return
	}
	b.checkOutline(all)
	for _, n := range all.controls() {
		if n.name == "" {
			b.t.Errorf("%q has a %s without a name", all.title(), n.role)
		}
		if p := b.place(n); n.role != "checkbox" && !isSkip(n) && (p.right-p.left < smallestTarget || p.bottom-p.top < smallestTarget) {
			b.t.Errorf("%q: the %s %q is %.0f × %.0f pixels large", all.title(), n.role, n.name, p.right-p.left, p.bottom-p.top)
		}
	}
	metrics := call(b, page.GetLayoutMetrics, cdp.Empty{})
	if wide := metrics.CSSContentSize.Width; wide > float64(b.look.width) {
		b.t.Errorf("%q is %.0f pixels wide, in a window of %d", all.title(), wide, b.look.width)
	}
	root := call(b, dom.GetDocument, dom.GetDocumentParams{}).Root
	html := call(b, dom.GetOuterHTML, dom.GetOuterHTMLParams{BackendNodeID: root.BackendNodeID}).OuterHTML
	if !strings.Contains(html, `<html lang="en">`) || strings.Contains(html, "<script") {
		b.t.Errorf("%q has no language, or has a script:\n%s", all.title(), html)
	}
}

// checkOutline looks at headings and landmarks.
func (b *tab) checkOutline(all tree) {
	b.t.Helper()
	count, level := map[string]int{}, 0
	for _, n := range all {
		count[n.role]++
		if n.role != "heading" {
			continue
		}
		if n.level > level+1 {
			b.t.Errorf("%q: the heading %q is of level %d, after one of level %d", all.title(), n.name, n.level, level)
		}
		if level = n.level; level == 1 {
			count["title"]++
		}
		if n.name == "" {
			b.t.Errorf("%q has an empty heading", all.title())
		}
	}
	for role, want := range map[string]int{"title": 1, "main": 1, "RootWebArea": 1} {
		if count[role] != want {
			b.t.Errorf("%q has %s %d times, want %d:\n%s", all.title(), role, count[role], want, all)
		}
	}
	if len(all) > 0 && all[0].name == "" {
		b.t.Errorf("the page %q has no title", all.title())
	}
}

// isSkip tells whether this is the link to the content, which shows when the focus is on it.
func isSkip(n node) bool { return n.role == "link" && n.name == skip }

const skip = "Skip to the content"

// wantWords fails unless the page says all of it.
func (b *tab) wantWords(all tree, words ...string) {
	b.t.Helper()
	said := all.words()
	for _, w := range words {
		if !strings.Contains(said, w) {
			b.t.Errorf("%q does not say %q:\n%s", all.title(), w, said)
		}
	}
}

// wantNo fails if the page says any of it.
func (b *tab) wantNo(all tree, words ...string) {
	b.t.Helper()
	said := all.words()
	for _, w := range words {
		if strings.Contains(said, w) {
			b.t.Errorf("%q says %q:\n%s", all.title(), w, said)
		}
	}
}
