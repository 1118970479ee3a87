//go:build interop

package browser_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// node is an entry of the accessibility tree.
type node struct {
	role, name       string
	level            int // of a heading
	focused, checked bool
	backend          cdp.BackendNodeID
}

// tree is the accessibility tree, flat, in the order in which it is read out.
type tree []node

// readTree reads the tree. It fails while one page gives way to the next.
func (b *tab) readTree() (tree, error) {
	answer, err := ask(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return nil, err
	}
	byID := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range answer.Nodes {
		byID[n.NodeID] = n
	}
	var nodes tree
	var add func(n *accessibility.Node)
	add = func(n *accessibility.Node) {
		if n == nil {
			return
		}
		if !n.Ignored {
			nodes = append(nodes, newNode(n))
		}
		for _, id := range n.ChildIDs {
			add(byID[id])
		}
	}
	if len(answer.Nodes) > 0 {
		add(answer.Nodes[0])
	}
	return nodes, nil
}

func newNode(n *accessibility.Node) node {
	made := node{role: text(n.Role), name: text(n.Name), backend: n.BackendDOMNodeID}
	for _, p := range n.Properties {
		switch p.Name {
		case accessibility.PropertyNameLevel:
			_ = json.Unmarshal(p.Value.Value, &made.level) // stays 0, which no heading is
		case accessibility.PropertyNameFocused:
			made.focused = text(p.Value) == "true"
		case accessibility.PropertyNameChecked:
			made.checked = text(p.Value) == "true"
		default: // nothing that matters here
		}
	}
	return made
}

// text is a value of the tree: texts without their quotation marks.
func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value, &s) != nil {
		s = string(v.Value)
	}
	return strings.TrimSpace(s)
}

// title is the first heading of the first level.
func (t tree) title() string {
	i := slices.IndexFunc(t, func(n node) bool { return n.role == "heading" && n.level == 1 })
	if i < 0 {
		return ""
	}
	return t[i].name
}

// root is the page's document, which no other page has.
func (t tree) root() cdp.BackendNodeID {
	if len(t) == 0 {
		return 0
	}
	return t[0].backend
}

// words is all that the page says.
func (t tree) words() string {
	var all []string
	for _, n := range t {
		if n.role == "StaticText" {
			all = append(all, n.name)
		}
	}
	return strings.Join(all, " ")
}

func (t tree) find(role, name string) (node, bool) {
	i := slices.IndexFunc(t, func(n node) bool { return n.role == role && n.name == name })
	if i < 0 {
		return node{}, false
	}
	return t[i], true
}

// controls lists what can be operated.
func (t tree) controls() tree {
	roles := []string{"button", "link", "checkbox", "radio", "textbox", "combobox"}
	return slices.DeleteFunc(slices.Clone(t), func(n node) bool { return !slices.Contains(roles, n.role) })
}

func (t tree) String() string {
	var b strings.Builder
	for _, n := range t {
		if n.role != "InlineTextBox" {
			fmt.Fprintf(&b, "%s %q\n", n.role, n.name)
		}
	}
	return b.String()
}

// await waits for the page with a title, has it checked, and returns its tree. It is not the
// one whose root is given, which may have the same title.
func (b *tab) await(title string, former cdp.BackendNodeID) tree {
	b.t.Helper()
	var last tree
	var failed error
	for begun := time.Now(); time.Since(begun) < patience; <-time.After(20 * time.Millisecond) {
		if b.isLoading() {
			continue
		}
		last, failed = b.readTree()
		if failed == nil && last.title() == title && last.root() != former && !b.isLoading() {
			b.check(last)
			return last
		}
	}
	b.t.Fatalf("the page %q does not come (%v); there is:\n%s", title, failed, last)
	return nil
}

// open goes to an address.
func (b *tab) open(address, title string) tree {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
	return b.await(title, 0)
}

// press operates the control with this role and name, and waits for the page that follows.
func (b *tab) press(role, name, next string) tree {
	b.t.Helper()
	before, err := b.readTree()
	if err != nil {
		b.t.Fatal(err)
	}
	b.operate(role, name)
	return b.await(next, before.root())
}

// tick checks a box, or takes the check off.
func (b *tab) tick(name string) {
	b.t.Helper()
	before := b.control("checkbox", name)
	b.operate("checkbox", name)
	if after := b.control("checkbox", name); after.checked == before.checked {
		b.t.Fatalf("the box %q stays as it was", name)
	}
}

// control finds a control of the page.
func (b *tab) control(role, name string) node {
	b.t.Helper()
	all, err := b.readTree()
	if err != nil {
		b.t.Fatal(err)
	}
	n, ok := all.find(role, name)
	if !ok {
		b.t.Fatalf("the page has no %s %q:\n%s", role, name, all)
	}
	return n
}

func (b *tab) operate(role, name string) {
	b.t.Helper()
	n := b.control(role, name)
	if b.look.keyboard {
		b.reach(role, name)
		key := kb.Enter
		if role == "checkbox" {
			key = " "
		}
		b.do(chromedp.KeyEvent(key))
		return
	}
	call(b, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: n.backend})
	x, y := b.place(n).centre()
	if b.look.phone {
		b.do(chromedp.TapXY(x, y))
		return
	}
	b.do(chromedp.MouseClickXY(x, y))
}

// reach presses Tab until the focus is on the control.
func (b *tab) reach(role, name string) {
	b.t.Helper()
	const most = 60 // more than any of the pages has
	for range most {
		b.do(chromedp.KeyEvent(kb.Tab))
		all, err := b.readTree()
		if err != nil {
			b.t.Fatal(err)
		}
		if slices.ContainsFunc(all, func(n node) bool { return n.focused && n.role == role && n.name == name }) {
			return
		}
	}
	b.t.Fatalf("Tab does not lead to the %s %q", role, name)
}
