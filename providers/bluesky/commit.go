package bluesky

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// Commit writes the record, and those that say who may do what with it, with one request.
// Under its key there is nothing, or this very record: written again, it is the same.
func (p *publication) Commit(ctx context.Context, s *core.Session) (core.Receipt, error) {
	r, err := p.prepared(s)
	if err != nil {
		return core.Receipt{}, unsent(err)
	}
	server, err := p.provider.server(ctx, s)
	if err != nil {
		return core.Receipt{}, unsent(err)
	}
	s.Report(core.Activity{Stage: core.StagePublish})
	posts, err := p.write(ctx, server, r)
	if err != nil {
		return core.Receipt{}, p.blame(s, err)
	}
	if !p.allNamed(r, posts) {
		return core.Receipt{}, &core.Error{
			Kind: core.KindTemporary, Op: "bluesky.putRecord", Platform: name, Status: http.StatusOK,
			Message: "The answer does not name the post: it may not have come from the account's server.",
		}
	}
	if !r.chain.holds(posts) {
		s.Warn(tornThread())
	}
	return p.receipt(s, posts), nil
}

// allNamed tells whether an answer names the posts that were written.
func (p *publication) allNamed(r records, posts []api.Ref) bool {
	if len(posts) != 1+len(r.chain.followers) || posts[0].URI != api.URI(p.author, r.collection, r.rkey) || posts[0].CID == "" {
		return false
	}
	for i, f := range r.chain.followers {
		if posts[i+1].URI != f.uri || posts[i+1].CID == "" {
			return false
		}
	}
	return true
}

// Repeatable tells that the records have keys that Prepare has saved. One that is there is
// written again without an effect; with those that go with it, it is refused with a 500, which
// leaves open what became of it.
func (*publication) Repeatable() bool { return true }

// write writes the records, and returns the names of the posts.
func (p *publication) write(ctx context.Context, server api.Server, r records) ([]api.Ref, error) {
	writes := r.writes()
	if len(writes) == 1 {
		ref, err := p.provider.api.CreateRecord(ctx, server, p.author, r.collection, r.rkey, r.main)
		return []api.Ref{ref}, err
	}
	refs, err := p.provider.api.ApplyWrites(ctx, server, p.author, writes...)
	if err != nil || len(refs) != len(writes) {
		return nil, err
	}
	return refs[:1+len(r.chain.followers)], nil
}

// prepared returns what Prepare left in the checkpoint.
func (p *publication) prepared(s *core.Session) (records, error) {
	state, err := loadProgress(s.Checkpoint)
	if err != nil {
		return records{}, err
	}
	r, ok := p.records(state, recordCID)
	if !ok {
		return records{}, &core.Error{
			Kind: core.KindInternal, Op: "bluesky.commit", Platform: name, Message: "the post was sent before it was prepared",
		}
	}
	return r, nil
}

// receipt describes the post with what is known of it besides its name.
func (p *publication) receipt(s *core.Session, posts []api.Ref) core.Receipt {
	receipt := p.Receipt(s.Account, posts[0].URI)
	receipt.Extra = map[string]any{"cid": posts[0].CID}
	if len(posts) > 1 {
		receipt.Extra["thread"] = p.provider.threadResult(posts[1:])
	}
	for _, ref := range posts[1:] {
		receipt.Parts = append(receipt.Parts, ref.URI)
	}
	if p.exhibit.repost == nil {
		return receipt
	}
	if state, err := loadProgress(s.Checkpoint); err == nil { // otherwise it leads to the account
		receipt.URL = cmp.Or(p.provider.postURL(state.Posts[repostField].URI), receipt.URL)
	}
	return receipt
}

// Receipt describes the post by its name alone. A repost has no page: its address is that
// of what it reposts.
func (p *publication) Receipt(as core.Account, remoteID string) core.Receipt {
	receipt := p.provider.Receipt(as, remoteID)
	if t := p.exhibit.repost; t != nil && t.uri != "" {
		receipt.URL = p.provider.postURL(t.uri)
	}
	return receipt
}

// Receipt describes a post of the account by its name.
func (p *Provider) Receipt(_ core.Account, remoteID string) core.Receipt {
	return core.Receipt{RemoteID: remoteID, URL: p.postURL(remoteID)}
}

// postURL returns where a post can be looked at, or whose it is where it has no page; empty
// if neither is known.
func (p *Provider) postURL(uri string) string {
	did, collection, rkey, ok := api.SplitURI(uri)
	switch {
	case !ok:
		return ""
	case collection == api.CollectionPost:
		return p.cfg.WebURL + "/profile/" + did + "/post/" + rkey
	}
	return p.cfg.WebURL + "/profile/" + did
}

// lostAgain is when to send a file again that the server has not any more.
const lostAgain = time.Second

// blame finds out which part of the request a refusal is about.
func (p *publication) blame(s *core.Session, err error) error {
	e := *core.AsError(err)
	switch {
	case e.Upstream == api.ErrBlobNotFound:
		p.forgetFiles(s)
		e.RetryAfter = lostAgain
	case e.Upstream == api.ErrInvalidSwap:
		// It may be this very post: written by an earlier try after all, before its files were
		// sent anew. Reconcile tells.
		e.Kind, e.Code = core.KindUncertain, core.CodeUncertain
		e.Message = "The account has a post under the key of this one already."
	case e.Kind == core.KindInvalid && e.Field == "":
		e.Field = blamed(e.Message)
	}
	return &e
}

// forgetFiles has the files of the post be sent again.
func (p *publication) forgetFiles(s *core.Session) {
	state, err := loadProgress(s.Checkpoint)
	if err != nil {
		return // they are sent again when they are older
	}
	for _, up := range state.Uploads {
		if up.Blob != nil {
			p.provider.lost.Put(lostKey(p.author, *up.Blob), struct{}{}, blobLife)
		}
	}
}

// lostKey names a file of an account.
func lostKey(did string, b api.Blob) string { return did + " " + b.Ref.CID }

// isLost tells whether the server was found not to have a file that had been sent to it.
func (p *Provider) isLost(did string, up *upload) bool {
	if up.Blob == nil {
		return false
	}
	_, lost := p.lost.Get(lostKey(did, *up.Blob))
	return lost
}

// recordPath is how a server names the place in a record that it refuses, in newer words and
// in older ones.
var recordPath = regexp.MustCompile(`(?:\$\.(?:writes\[\d+\]\.)?record\.|Record/)([A-Za-z0-9_./\[\]]+)`)

// blamed names the field that a refusal is about, by the place in the record that it names.
func blamed(message string) string {
	m := recordPath.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	for _, known := range []struct{ sign, field string }{
		{"external", linkField},
		{"alt", altTextField},
		{"captions", captionsField},
		{"embed", mediaField},
		{"langs", languagesField},
		{"tags", tagsField},
		{"labels", labelsField},
		{"reply", replyField},
		{"facets", textField},
		{"text", textField},
	} {
		if strings.Contains(m[1], known.sign) {
			return known.field
		}
	}
	return ""
}

// unsent marks an error that came before the request, or one after which it may be repeated.
func unsent(err error) error {
	if err == nil {
		return nil
	}
	if _, own := errors.AsType[*core.Error](err); !own && errors.Is(err, context.Canceled) {
		return err
	}
	e := *core.AsError(err)
	e.Unsent = true
	return &e
}
