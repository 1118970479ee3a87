package linkedin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/crier-social/crier/core"
)

var postURN = regexp.MustCompile(`urn:li:(share|ugcPost|activity):\d+`)

// Commit publishes the post with one request.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
func (p *publication) Commit(ctx context.Context, s *core.Session) (core.Receipt, error) {
	r, err := p.prepared(s)
	if err != nil {
		return core.Receipt{}, unsent(err)
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return core.Receipt{}, unsent(err)
	}
	s.Report(core.Activity{Stage: core.StagePublish})
	return p.create(ctx, s, token, r)
}

// create sends the request and reads the receipt.
func (p *publication) create(ctx context.Context, s *core.Session, token core.Secret, r resolved) (core.Receipt, error) {
	status, header, err := p.provider.api.CreatePost(ctx, token, p.post(r))
	if err != nil {
		return core.Receipt{}, p.provider.explain(ctx, s.Account, p.author, token, p.blame(err, r))
	}
	urn := createdURN(header)
	if status != http.StatusCreated || urn == "" {
		return core.Receipt{}, unproven("createPost", "post", status)
	}
	return p.receipt(s.Account, r, urn), nil
}

// unproven is the error of a create that was answered as if it had succeeded, by an
// answer that does not prove it: LinkedIn's is 201 and names what it has created. It
// counts as a lost answer.
func unproven(op, what string, status int) *core.Error {
	return &core.Error{
		Kind: core.KindTemporary, Op: name + "." + op, Platform: name, Status: status,
		Message: fmt.Sprintf("LinkedIn's answer, HTTP %d, does not name the %s: it may not have come from LinkedIn itself.", status, what),
	}
}

// receipt describes the post with what is known of it besides its URN.
func (p *publication) receipt(as core.Account, r resolved, urn string) core.Receipt {
	receipt := p.Receipt(as, urn)
	if p.card != nil && r.article == nil {
		receipt.Extra["linkPreviewFailed"] = true
	}
	return receipt
}

// Receipt describes the post by its URN alone, in its author's name.
func (p *publication) Receipt(as core.Account, urn string) core.Receipt {
	receipt := p.provider.receipt(p.author, urn)
	if p.author != as.RemoteID {
		receipt.Author = core.Author{RemoteID: p.author, Kind: accountKind(p.author)}
	}
	return receipt
}

// Receipt describes a post of the account by its URN; without one it has no
// address.
func (p *Provider) Receipt(as core.Account, remoteID string) core.Receipt {
	return p.receipt(as.RemoteID, remoteID)
}

func (p *Provider) receipt(author, remoteID string) core.Receipt {
	r := core.Receipt{RemoteID: remoteID, Extra: map[string]any{"owner": author}}
	if remoteID != "" {
		r.URL = p.postURL(remoteID)
	}
	return r
}

// accessToken returns the account's token. A failure of the place where tokens are
// kept says nothing about the account, and may pass.
func accessToken(ctx context.Context, s *core.Session) (core.Secret, error) {
	token, err := s.Token(ctx)
	if err == nil {
		return token, nil
	}
	if _, ok := errors.AsType[*core.Error](err); ok {
		return "", err
	}
	return "", &core.Error{
		Kind: core.KindTemporary, Op: "linkedin.token", Platform: name,
		Message: "the account's token could not be read", Err: err,
	}
}

// prepared returns what Prepare left in the checkpoint.
func (p *publication) prepared(s *core.Session) (resolved, error) {
	state, err := p.loadProgress(s.Checkpoint)
	if err != nil {
		return resolved{}, err
	}
	r, ok := p.resolved(state)
	if !ok {
		return resolved{}, &core.Error{
			Kind: core.KindInternal, Op: "linkedin.commit", Platform: name, Message: "the post was sent before it was prepared",
		}
	}
	return r, nil
}

// createdURN finds the URN of a created post. LinkedIn names it in one header;
// older versions used another, and the address holds it as well.
func createdURN(h http.Header) string {
	location := h.Get("Location")
	location = location[strings.LastIndexByte(location, '/')+1:]
	return cmp.Or(readURN(h.Get("X-Restli-Id")), readURN(h.Get("X-Linkedin-Id")), readURN(location))
}

// readURN returns the URN of a post as LinkedIn names it, in a header percent-encoded
// at times; empty for anything else.
func readURN(v string) string {
	if decoded, err := url.PathUnescape(v); err == nil {
		v = decoded
	}
	if v = strings.TrimSpace(v); isPost(v) {
		return v
	}
	return ""
}

// isPost tells whether v is the URN of a post and nothing else.
func isPost(v string) bool { return v != "" && postURN.FindString(v) == v }

// unsent marks an error that came before the request.
func unsent(err error) error {
	e := *core.AsError(err)
	e.Unsent = true
	return &e
}
