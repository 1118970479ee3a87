package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/crier-social/crier/core"
)

// Batch is the answer to a read of several entities at once, by their URNs. Each is in
// one of the maps, or in none when LinkedIn passes over it.
type Batch[T any] struct {
	Results map[string]T
	Errors  map[string]BatchError
}

// BatchError tells why one entity of several could not be read.
type BatchError struct {
	Status int // as of an answer of its own
	ErrorBody
}

// UnmarshalJSON reads an answer. LinkedIn writes URNs as keys plainly or encoded.
func (b *Batch[T]) UnmarshalJSON(raw []byte) error {
	var wire struct {
		Results  map[string]T               `json:"results"`
		Statuses map[string]int             `json:"statuses"`
		Errors   map[string]json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	b.Results, b.Errors = make(map[string]T, len(wire.Results)), make(map[string]BatchError, len(wire.Errors))
	for key, v := range wire.Results {
		b.Results[plainKey(key)] = v
	}
	for key, body := range wire.Errors {
		var own struct {
			Status int `json:"status"`
		}
		_ = json.Unmarshal(body, &own) // without a status of its own, that of the list remains
		if status, there := wire.Statuses[key]; there {
			own.Status = status
		}
		b.Errors[plainKey(key)] = BatchError{own.Status, ParseError(http.Header{}, body)}
	}
	return nil
}

// plainKey undoes the encoding of a key, which no URN looks like by itself.
func plainKey(key string) string {
	if plain, err := url.PathUnescape(key); err == nil {
		return plain
	}
	return key
}

// batchGet reads several entities of a collection. Apps of the development tier are
// refused with 403.
func batchGet[T any](ctx context.Context, c *Client, op, collection string, token core.Secret, urns []string, more ...Param) (Batch[T], error) {
	ids := make(List, len(urns))
	for i, urn := range urns {
		ids[i] = String(urn)
	}
	var out Batch[T]
	query := Query(append([]Param{{"ids", ids}}, more...)...)
	err := c.get(ctx, op, collection+"?"+query, methodBatchGet, token, &out)
	return out, err
}
