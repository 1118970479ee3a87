package appview

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/crier-social/crier/providers/bluesky/atdata"
)

// maxAnswer is the largest answer that is read, in bytes.
const maxAnswer = 16 << 20

// serverSource reads from a Personal Data Server.
type serverSource struct {
	client *http.Client
	base   string
}

// FromServer reads the repositories of a Personal Data Server at an address, without a slash at
// its end, each time anew.
func FromServer(client *http.Client, base string) Source { return serverSource{client, base} }

func (s serverSource) get(ctx context.Context, method string, params url.Values, out any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/xrpc/"+method+"?"+params.Encode(), nil)
	if err != nil {
		return err
	}
	res, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d: %.200s", method, res.StatusCode, raw)
	}
	return json.Unmarshal(raw, out)
}

// Repos implements Source.
func (s serverSource) Repos(ctx context.Context) ([]Repo, error) {
	var out []Repo
	for cursor := ""; ; {
		var page struct {
			Cursor string
			Repos  []struct {
				DID    string
				Active *bool
				Status string
			}
		}
		if err := s.get(ctx, "com.atproto.sync.listRepos", withCursor(url.Values{"limit": {"1000"}}, cursor), &page); err != nil {
			return nil, err
		}
		for _, repo := range page.Repos {
			one := Repo{DID: repo.DID}
			if repo.Active != nil && !*repo.Active {
				one.Status = repo.Status
			} else if err := s.describe(ctx, &one); err != nil {
				return nil, err
			}
			out = append(out, one)
		}
		if cursor = page.Cursor; cursor == "" || len(page.Repos) == 0 {
			return out, nil
		}
	}
}

func (s serverSource) describe(ctx context.Context, repo *Repo) error {
	var about struct{ Handle string }
	err := s.get(ctx, "com.atproto.repo.describeRepo", url.Values{"repo": {repo.DID}}, &about)
	repo.Handle = about.Handle
	return err
}

func withCursor(params url.Values, cursor string) url.Values {
	if cursor != "" {
		params.Set("cursor", cursor)
	}
	return params
}

// Records implements Source.
func (s serverSource) Records(ctx context.Context, did, collection string) ([]Record, error) {
	var out []Record
	for cursor := ""; ; {
		var page struct {
			Cursor  string
			Records []struct {
				URI, CID string
				Value    json.RawMessage
			}
		}
		params := withCursor(url.Values{"repo": {did}, "collection": {collection}, "limit": {"100"}}, cursor)
		if err := s.get(ctx, "com.atproto.repo.listRecords", params, &page); err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			v, err := atdata.Parse(r.Value)
			value, isObject := v.(map[string]any)
			if err != nil || !isObject {
				return nil, fmt.Errorf("%s: no record: %w", r.URI, err)
			}
			out = append(out, Record{URI: r.URI, CID: r.CID, Value: value})
		}
		if cursor = page.Cursor; cursor == "" || len(page.Records) == 0 {
			return out, nil
		}
	}
}

// BlobsOf is Options.Blob for a Personal Data Server at an address.
func BlobsOf(base string) func(did, cid string) string {
	base = strings.TrimSuffix(base, "/")
	return func(did, cid string) string {
		return base + "/xrpc/com.atproto.sync.getBlob?" + url.Values{"did": {did}, "cid": {cid}}.Encode()
	}
}

func timeOf(v any) time.Time {
	text, _ := v.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}
