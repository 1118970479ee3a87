// Package record is the form in which stores keep records, whatever database they are in:
// JSON, and beside it times as numbers and what else is searched.
package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/crier-social/crier/core/store"
)

// encoder is a JSON encoder with the buffer that it writes to.
type encoder struct {
	buf  bytes.Buffer
	json *json.Encoder
}

// Encoders keeps encoders for the next record. The zero value is ready, and may be used
// concurrently.
type Encoders struct{ pool sync.Pool }

// Encode returns the record as JSON.
func (p *Encoders) Encode(record any) (string, error) {
	e, ok := p.pool.Get().(*encoder)
	if !ok {
		e = &encoder{}
		e.json = json.NewEncoder(&e.buf)
		e.json.SetEscapeHTML(false)
	}
	e.buf.Reset()
	if err := e.json.Encode(record); err != nil {
		return "", fmt.Errorf("store: encode %T: %w", record, err)
	}
	body := string(bytes.TrimSuffix(e.buf.Bytes(), []byte("\n")))
	p.pool.Put(e)
	return body, nil
}

// Decode reads what Encode wrote.
func Decode(body string, record any) error {
	if err := json.Unmarshal([]byte(body), record); err != nil {
		return fmt.Errorf("store: decode %T: %w", record, err)
	}
	return nil
}

// Micros is the form in which times are searched. It holds for every time, the zero time
// included.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// FromMicros is the inverse of Micros.
func FromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }

// PlatformsOf returns the networks under which the post is found: those that it
// goes to, and those that were asked for, which is all that a refused post has.
func PlatformsOf(n store.NewPost) []string {
	names := slices.Clone(n.Post.Request.Platforms)
	for _, d := range n.Deliveries {
		names = append(names, d.Platform)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
