package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// uploads keeps files in memory.
type uploads struct {
	mu    sync.Mutex
	files map[string]upload
	saved func(id string) // called after each Save, if set
	err   error           // what Save fails with, if set
}

type upload struct {
	owner, name string
	data        []byte
}

func newUploads() *uploads { return &uploads{files: map[string]upload{}} }

func (u *uploads) Save(_ context.Context, owner, name string, r io.Reader, limit int64) (string, error) {
	if u.err != nil {
		return "", u.err
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return "", err
	}
	if int64(len(data)) > limit {
		return "", &core.Error{Kind: core.KindMedia, Code: core.CodeMediaTooLarge, Message: "too large"}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	id := core.NewID(time.Now())
	u.files[id] = upload{owner, name, data}
	if u.saved != nil {
		u.saved(id)
	}
	return id, nil
}

func (u *uploads) Owned(_ context.Context, owner, id string) (bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.files[id].owner == owner, nil
}

func (u *uploads) Delete(_ context.Context, owner, id string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.files[id].owner == owner {
		delete(u.files, id)
	}
	return nil
}

func (u *uploads) names() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var out []string
	for _, f := range u.files {
		out = append(out, f.name)
	}
	slices.Sort(out)
	return out
}

// logBuffer collects the log.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// find returns a string of the first line that has the message; "" when there is none.
func (b *logBuffer) find(message, key string) string {
	for line := range strings.Lines(b.String()) {
		var entry map[string]any
		if json.Unmarshal([]byte(line), &entry) == nil && entry["msg"] == message {
			s, _ := entry[key].(string)
			return s
		}
	}
	return ""
}

// observations are the calls of the metrics hook.
type observations struct {
	mu   sync.Mutex
	list []observation
}

type observation struct {
	Route, Method string
	Status        int
}

func (o *observations) add(route, method string, status int, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, observation{route, method, status})
}

func (o *observations) has(want observation) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Contains(o.list, want)
}
