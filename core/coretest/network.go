package coretest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// Op is a class of calls to the scripted network.
type Op string

// The operations. OpPrepare is no call: a behaviour for it takes the place of
// the beginning of Prepare.
const (
	OpPrepare   Op = "prepare"
	OpIdentify  Op = "identify"
	OpPreflight Op = "preflight"
	OpUpload    Op = "upload"
	OpPoll      Op = "poll"
	OpCommit    Op = "commit"
	OpReconcile Op = "reconcile"
	OpDelete    Op = "delete"
	OpFollowUp  Op = "followUp"
	OpFound     Op = "findFollowUp"
	OpInspect   Op = "inspect"
	OpAuthorize Op = "authorize"
	OpExchange  Op = "exchange"
	OpRefresh   Op = "refresh"

	OpIntrospect Op = "introspect"
)

// Writes tells whether calls of the class change something on the network.
func (o Op) Writes() bool { return o == OpUpload || o == OpCommit || o == OpDelete || o == OpFollowUp }

// Call is one call that reached the network.
type Call struct {
	Op      Op
	Author  string // remote id of the account that called
	Item    string // the need's key of an upload or poll, the remote id of a deletion, the app of a grant
	Bytes   int64  // of media, carried by the call
	Applied bool   // took effect, or was answered from what the network knows
}

// Post is one publication on the network's timeline.
type Post struct {
	RemoteID  string
	Author    string // remote id
	Text      string
	Media     []Media
	Thumbnail *Media
	Comments  []string // the author's own, in order
	Closed    bool     // nobody may comment
	Key       string   // by which the author named it; empty: none
	At        time.Time
}

// Media is one file of a post, as the network has it.
type Media struct {
	AssetID string
	MIME    string
	Size    int64
	AltText string
}

// Member is a person on the scripted network. Every member may post as himself
// and as any page.
type Member struct {
	Token    core.Secret
	RemoteID string
	Name     string
	// Handle and Password are what he answers when an app asks for them; empty: nobody is
	// called that, or no password is right.
	Handle   string
	Password core.Secret
}

// The first member, who is always there, and the pages.
const (
	MemberToken core.Secret = "scripted-token-of-ada"
	MemberID                = "person-1"
	PagePrefix              = "page-" // begins the remote id of every page
	PageID                  = PagePrefix + "1"
)

// Network is a small social network in memory.
type Network struct {
	clock           core.Clock
	polls           int
	unreadable      bool
	duplicateWindow time.Duration
	lives           lives

	mu       sync.Mutex
	members  map[core.Secret]Member
	scripts  map[Op][]Behaviour
	standing map[Op]Behaviour
	calls    []Call
	assets   map[string]*asset
	posts    []Post
	serial   int
	codes    map[core.Secret]*consented
	asked    map[string]asked
	grants   map[core.Secret]*grant // by refresh token
	issued   map[core.Secret]issued // by access token
	revoked  map[core.Secret]bool   // access tokens that were good
}

// asset is an uploaded file that the network is still processing for polls calls.
type asset struct {
	media Media
	owner string
	polls int
}

// Next scripts the coming calls of a class, one behaviour for each.
func (n *Network) Next(op Op, behaviours ...Behaviour) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.scripts[op] = append(n.scripts[op], behaviours...)
}

// Always scripts every call of a class that Next has no behaviour for; nil ends it.
func (n *Network) Always(op Op, b Behaviour) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.standing[op] = b
}

// Heal forgets every script.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.scripts)
	clear(n.standing)
}

// AddMember lets a person join, or replaces the one with the same token.
func (n *Network) AddMember(m Member) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.members[m.Token] = m
}

// Revoke makes a token worthless.
func (n *Network) Revoke(token core.Secret) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.members, token)
	if _, ok := n.issued[token]; ok {
		n.revoked[token] = true
	}
	delete(n.issued, token)
}

// Publish puts a post on the timeline as if it came from somewhere else, and
// returns its remote id.
func (n *Network) Publish(author, text string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.append(Post{Author: author, Text: text})
}

// Timeline returns the posts that are not deleted, oldest first.
func (n *Network) Timeline() []Post {
	n.mu.Lock()
	defer n.mu.Unlock()
	posts := slices.Clone(n.posts)
	for i := range posts {
		posts[i].Media = slices.Clone(posts[i].Media)
		posts[i].Comments = slices.Clone(posts[i].Comments)
	}
	return posts
}

// Calls returns the calls that reached the network, in the order of arrival; of
// certain classes if any are named.
func (n *Network) Calls(ops ...Op) []Call {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []Call
	for _, c := range n.calls {
		if len(ops) == 0 || slices.Contains(ops, c.Op) {
			out = append(out, c)
		}
	}
	return out
}

// call records a call and lets it meet its behaviour. apply runs with the
// network locked, for a caller whose token is good.
func (n *Network) call(ctx context.Context, b bearer, c Call, apply func() error) error {
	return n.send(ctx, c, func() error {
		if err := n.authorize(b, c.Author); err != nil {
			return err
		}
		return apply()
	})
}

// send is call for whoever shows no token.
func (n *Network) send(ctx context.Context, c Call, apply func() error) error {
	if ctx.Err() != nil {
		return &unreachable{cause: context.Cause(ctx)}
	}
	behave, index := n.arrive(c)
	return numbered(index, behave(ctx, func() error {
		n.mu.Lock()
		defer n.mu.Unlock()
		err := apply()
		n.calls[index].Applied = err == nil
		return err
	}))
}

// arrive records a call and takes the behaviour that is meant for it.
func (n *Network) arrive(c Call) (Behaviour, int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls = append(n.calls, c)
	return n.script(c.Op), len(n.calls) - 1
}

// script takes the next behaviour of a class, with n.mu held.
func (n *Network) script(op Op) Behaviour {
	if queue := n.scripts[op]; len(queue) > 0 {
		n.scripts[op] = queue[1:]
		return queue[0]
	}
	if b := n.standing[op]; b != nil {
		return b
	}
	return Succeed
}

// enter meets the behaviour of an Op that is no call.
func (n *Network) enter(ctx context.Context, op Op) error {
	n.mu.Lock()
	behave, serial := n.script(op), len(n.calls)
	n.mu.Unlock()
	return numbered(serial, behave(ctx, func() error { return nil }))
}

// authorize checks who calls, with n.mu held.
func (n *Network) authorize(b bearer, author string) error {
	m, ok := n.holder(b)
	if !ok {
		return &refusal{status: 401, code: "TOKEN", message: "the token is not known"}
	}
	if author != "" && author != m.RemoteID && !strings.HasPrefix(author, PagePrefix) {
		return &refusal{status: 403, code: "AUTHOR", message: "the member may not act as " + author}
	}
	return nil
}

// upload stores a file and returns its asset id, with n.mu held.
func (n *Network) upload(owner string, m Media) string {
	n.serial++
	m.AssetID = fmt.Sprintf("asset-%d", n.serial)
	n.assets[m.AssetID] = &asset{media: m, owner: owner, polls: n.polls}
	return m.AssetID
}

// ready asks whether a file is processed, with n.mu held. Every question brings
// that closer.
func (n *Network) ready(assetID string) (bool, error) {
	a, ok := n.assets[assetID]
	if !ok {
		return false, &refusal{status: 404, code: "ASSET", message: "there is no asset " + assetID}
	}
	if a.polls > 0 {
		a.polls--
		return false, nil
	}
	return true, nil
}

// publish makes a post visible, with n.mu held.
func (n *Network) publish(p Post) (string, error) {
	if remoteID, there := n.findKey(p.Author, p.Key); there {
		return remoteID, nil
	}
	all := p.Media
	if p.Thumbnail != nil {
		all = append(slices.Clone(all), *p.Thumbnail)
	}
	for _, m := range all {
		a, ok := n.assets[m.AssetID]
		if !ok || a.owner != p.Author || a.polls > 0 {
			return "", &refusal{status: 400, code: "ASSET", message: "the asset " + m.AssetID + " cannot be used"}
		}
	}
	if original, ok := n.duplicate(p); ok {
		return "", &refusal{status: 409, code: "DUPLICATE", message: "this was just posted", remoteID: original}
	}
	return n.append(p), nil
}

func (n *Network) append(p Post) string {
	n.serial++
	p.RemoteID, p.At = fmt.Sprintf("post-%d", n.serial), n.clock.Now()
	n.posts = append(n.posts, p)
	return p.RemoteID
}

func (n *Network) duplicate(p Post) (string, bool) {
	for _, have := range n.posts {
		if have.Author == p.Author && have.Text == p.Text && n.clock.Now().Sub(have.At) < n.duplicateWindow {
			return have.RemoteID, true
		}
	}
	return "", false
}

// find lists the posts with a content, newest first, with n.mu held.
func (n *Network) find(author, text string, media int, since time.Time) []string {
	var alike []string
	for _, p := range slices.Backward(n.posts) {
		if p.Author == author && p.Text == text && len(p.Media) == media && !p.At.Before(since) {
			alike = append(alike, p.RemoteID)
		}
	}
	return alike
}

// findKey looks for a post by its key, with n.mu held. No post has the empty one.
func (n *Network) findKey(author, key string) (string, bool) {
	i := slices.IndexFunc(n.posts, func(p Post) bool { return key != "" && p.Author == author && p.Key == key })
	if i < 0 {
		return "", false
	}
	return n.posts[i].RemoteID, true
}

// remove deletes a post, with n.mu held.
func (n *Network) remove(author, remoteID string) error {
	i := slices.IndexFunc(n.posts, func(p Post) bool { return p.RemoteID == remoteID })
	switch {
	case i < 0:
		return &refusal{status: 404, code: "POST", message: "there is no post " + remoteID}
	case n.posts[i].Author != author:
		return &refusal{status: 403, code: "AUTHOR", message: "the post is another's"}
	}
	n.posts = slices.Delete(n.posts, i, i+1)
	return nil
}
