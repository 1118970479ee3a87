package api

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// The collections of records that the adapter writes.
const (
	CollectionPost       = "app.bsky.feed.post"
	CollectionRepost     = "app.bsky.feed.repost"
	CollectionThreadgate = "app.bsky.feed.threadgate"
	CollectionPostgate   = "app.bsky.feed.postgate"
)

// Ref names one version of a record.
// https://atproto.com/lexicons/com-atproto#comatprotorepostrongref
type Ref struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

// URI returns the address of a record.
// https://atproto.com/specs/at-uri-scheme
func URI(repo, collection, rkey string) string { return "at://" + repo + "/" + collection + "/" + rkey }

// SplitURI takes the address of a record apart.
func SplitURI(uri string) (repo, collection, rkey string, ok bool) {
	rest, ok := strings.CutPrefix(uri, "at://")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}

// Record is a record with its name.
type Record struct {
	Ref

	Value json.RawMessage `json:"value"`
}

// GetRecord reads a record.
// https://docs.bsky.app/docs/api/com-atproto-repo-get-record
func (c *Client) GetRecord(ctx context.Context, s Server, repo, collection, rkey string) (Record, error) {
	var r Record
	params := url.Values{"repo": {repo}, "collection": {collection}, "rkey": {rkey}}
	err := c.query(ctx, s, "com.atproto.repo.getRecord", params, &r)
	return r, err
}

// RecordPage is a page of the records of a collection.
type RecordPage struct {
	Records []Record `json:"records"`
	Cursor  string   `json:"cursor"` // empty: the last page
}

// ListRecords reads a page of a collection, the newest record first; reverse: the oldest.
// https://docs.bsky.app/docs/api/com-atproto-repo-list-records
func (c *Client) ListRecords(ctx context.Context, s Server, repo, collection, cursor string, limit int, reverse bool) (RecordPage, error) {
	params := url.Values{"repo": {repo}, "collection": {collection}, "limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		params.Set("cursor", cursor)
	}
	if reverse {
		params.Set("reverse", "true")
	}
	var page RecordPage
	err := c.query(ctx, s, "com.atproto.repo.listRecords", params, &page)
	return page, err
}

// recordKey names a record of a repository.
type recordKey struct {
	Repo       string `json:"repo"`
	Collection string `json:"collection"`
	RKey       string `json:"rkey"`
}

// CreateRecord writes a record under a key that has none. Written again, it is the same
// record and nothing happens; another one there is refused with ErrInvalidSwap.
// https://docs.bsky.app/docs/api/com-atproto-repo-put-record
func (c *Client) CreateRecord(ctx context.Context, s Server, repo, collection, rkey string, record any) (Ref, error) {
	in := struct {
		recordKey

		Record     any     `json:"record"`
		SwapRecord *string `json:"swapRecord"` // null: there is to be none
	}{recordKey: recordKey{repo, collection, rkey}, Record: record}
	var out Ref
	err := c.procedure(ctx, s, "com.atproto.repo.putRecord", in, &out)
	return out, err
}

// PutRecord writes a record, in the place of one that has the key. It is repeated where
// the answer is lost.
func (c *Client) PutRecord(ctx context.Context, s Server, repo, collection, rkey string, record any) (Ref, error) {
	in := struct {
		recordKey

		Record any `json:"record"`
	}{recordKey{repo, collection, rkey}, record}
	var out Ref
	err := c.idempotent(ctx, s, "com.atproto.repo.putRecord", in, &out)
	return out, err
}

// DeleteRecord deletes a record. Deleting what is not there succeeds.
// https://docs.bsky.app/docs/api/com-atproto-repo-delete-record
func (c *Client) DeleteRecord(ctx context.Context, s Server, repo, collection, rkey string) error {
	return c.idempotent(ctx, s, "com.atproto.repo.deleteRecord", recordKey{repo, collection, rkey}, nil)
}

// Write is one of several records that are written together.
type Write struct {
	Type       string `json:"$type"`
	Collection string `json:"collection"`
	RKey       string `json:"rkey"`
	Value      any    `json:"value"`
}

// Create is the Write of a new record.
func Create(collection, rkey string, value any) Write {
	return Write{"com.atproto.repo.applyWrites#create", collection, rkey, value}
}

// ApplyWrites writes all the records, or none. It returns their names, in the same order.
// https://docs.bsky.app/docs/api/com-atproto-repo-apply-writes
func (c *Client) ApplyWrites(ctx context.Context, s Server, repo string, writes ...Write) ([]Ref, error) {
	in := struct {
		Repo   string  `json:"repo"`
		Writes []Write `json:"writes"`
	}{repo, writes}
	var out struct {
		Results []Ref `json:"results"`
	}
	err := c.procedure(ctx, s, "com.atproto.repo.applyWrites", in, &out)
	return out.Results, err
}
