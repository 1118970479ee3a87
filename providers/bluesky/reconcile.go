package bluesky

import (
	"context"
	"encoding/json"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// Reconcile looks under the key that the record was written under.
func (p *publication) Reconcile(ctx context.Context, s *core.Session, _ time.Time) (core.Receipt, bool, error) {
	receipt, _, found, err := p.lookUp(ctx, s)
	return receipt, found, err
}

// lookUp reads the record under the key of the checkpoint, on the server that keeps the account's
// posts: one that has moved since took along what it had.
func (p *publication) lookUp(ctx context.Context, s *core.Session) (core.Receipt, api.Record, bool, error) {
	state, err := loadProgress(s.Checkpoint)
	if err != nil {
		return core.Receipt{}, api.Record{}, false, err
	}
	if state.RKey == "" { // without one, nothing can have been written
		return core.Receipt{}, api.Record{}, false, nil
	}
	server, err := p.provider.server(ctx, s)
	if err != nil {
		return core.Receipt{}, api.Record{}, false, uncertain(unasked(err))
	}
	record, found, err := p.provider.ownRecord(ctx, server, p.author, p.collection(), state.RKey)
	if err != nil || !found {
		return core.Receipt{}, api.Record{}, false, err
	}
	if createdAt(record.Value) != state.CreatedAt { // never to be ours
		return core.Receipt{}, api.Record{}, false, notOurs()
	}
	first := api.Ref{URI: api.URI(p.author, p.collection(), state.RKey), CID: record.CID}
	followers, err := p.findThread(ctx, s, server, state, first)
	if err != nil {
		return core.Receipt{}, api.Record{}, false, err
	}
	return p.receipt(s, append([]api.Ref{first}, followers...)), record, true, nil
}

// notOurs says that what is under the key is another post.
func notOurs() error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid, Op: "bluesky.getRecord", Platform: name,
		Message: "The account has another post, of somebody else's making, under the key of this one, which was not written.",
		Help:    "Send the post again: it gets another key.",
	}
}

// ownRecord reads a record of the account. That there is none is certain only in the words
// of the server that keeps the account's: one that does not know the account proves nothing.
func (p *Provider) ownRecord(ctx context.Context, server api.Server, did, collection, rkey string) (api.Record, bool, error) {
	record, err := p.api.GetRecord(ctx, server, did, collection, rkey)
	switch {
	case err == nil && record.CID == "":
		return api.Record{}, false, uncertain(&core.Error{Kind: core.KindTemporary, Op: "bluesky.getRecord", Message: "the answer names no record."})
	case err == nil:
		return record, true, nil
	case isNoRecord(err):
		return api.Record{}, false, nil
	}
	return api.Record{}, false, uncertain(unasked(err))
}

// isNoRecord tells whether a server that keeps the account says that it has no such record. A
// gateway that knows no server, and a server that does not know the account, do not.
// https://docs.bsky.app/docs/api/com-atproto-repo-get-record
func isNoRecord(err error) bool {
	return err != nil && core.AsError(err).Upstream == api.ErrRecordNotFound
}

// unasked says of an error that the question can be put again: a record is there or is not,
// and any other answer is about who was asked.
func unasked(cause error) error {
	from := core.AsError(cause)
	switch from.Kind {
	case core.KindInvalid, core.KindUnsupported, core.KindForbidden, core.KindNotFound, core.KindMedia, core.KindDuplicate, core.KindUncertain:
		e := *from
		e.Kind, e.Code, e.Err = core.KindTemporary, 0, cause
		return &e
	case core.KindAuth, core.KindRateLimited, core.KindTemporary, core.KindInternal:
	}
	return cause
}

// createdAt is the time that a record shows.
func createdAt(record json.RawMessage) string {
	var r struct {
		CreatedAt string `json:"createdAt"`
	}
	if json.Unmarshal(record, &r) != nil {
		return ""
	}
	return r.CreatedAt
}

// uncertain says that an error left the outcome unknown. One that tells why nobody can be
// asked for this account is left as it is.
func uncertain(cause error) error {
	from := core.AsError(cause)
	if from.Kind == core.KindAuth || from.Kind == core.KindRateLimited || from.Kind == core.KindInternal {
		return cause
	}
	e := *from
	e.Kind, e.Code, e.Help, e.Unsent = core.KindUncertain, core.CodeUncertain, "", false
	e.Platform = name
	e.Message = "Whether the post is published could not be found out: " + from.Message
	e.Err = cause
	return &e
}
