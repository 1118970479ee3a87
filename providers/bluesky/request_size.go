package bluesky

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// maxRequestBytes is how long a request that writes records may be. The reference server reads
// 150 KiB of one; the difference is for keys, and for files that are still to be uploaded.
// https://github.com/bluesky-social/atproto/blob/main/packages/pds/src/index.ts
const maxRequestBytes = 140_000

// checkRequest refuses posts that the account's server does not read in one request: they are
// within the limits of each, but not together.
func (p *publication) checkRequest(posts series) *core.Error {
	r, _ := p.records(p.foreseen(posts), longCID)
	raw, err := json.Marshal(r.writes())
	if err != nil {
		return &core.Error{Kind: core.KindInternal, Op: "bluesky.plan", Platform: name, Message: "the records have no form as JSON", Err: err}
	}
	if len(raw) <= maxRequestBytes {
		return nil
	}
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeTextTooLong, Platform: name, Field: textField,
		Message: fmt.Sprintf("With its links, mentions and options the text becomes a request of %d bytes, and all of it is written by one, which may have %d.", len(raw), maxRequestBytes),
		Help:    "Shorten the text and its addresses, or make several posts of it; of a thread, each post has the tags.",
	}
}

// checkWhole is checkRequest with all that Preflight has found out.
func (p *publication) checkWhole(context.Context, *core.Session) error {
	posts, _ := p.split(p.text)
	if e := p.checkRequest(posts); e != nil {
		return e
	}
	return nil
}

// longCID stands for a CID, and is as long as one.
func longCID(api.Post) (string, bool) { return strings.Repeat("b", 59), true }
