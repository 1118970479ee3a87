package sandbox

import (
	"strconv"
	"strings"
)

const (
	applyMethod = "com.atproto.repo.applyWrites"
	maxWrites   = 200
)

type applyResult struct {
	CID        string `json:"cid,omitempty"`
	URI        string `json:"uri,omitempty"`
	Validation string `json:"validationStatus,omitempty"`
	Type       string `json:"$type"`
}

// applyWrites makes several writes at once, or none.
// https://docs.bsky.app/docs/api/com-atproto-repo-apply-writes
func (s *Sandbox) applyWrites(c *call) (any, *problem) {
	items, _ := c.input["writes"].([]any)
	writes := make([]write, len(items))
	actions := make([]action, len(items))
	for i, item := range items {
		writes[i] = writeOf(item)
		actions[i] = writes[i].action
	}
	if bad := s.writer(c, actions...); bad != nil {
		return nil, bad
	}
	if len(writes) > maxWrites {
		return nil, invalid("Too many writes. Max: " + strconv.Itoa(maxWrites))
	}
	results := make([]applyResult, len(writes))
	for i := range writes {
		w := &writes[i]
		results[i].Type = applyMethod + "#" + string(w.action) + "Result"
		if w.action == actionDelete {
			continue
		}
		if bad := s.prepare(c, w, writes[:i], "writes", i, "record"); bad != nil {
			return nil, bad
		}
		results[i].CID, results[i].URI, results[i].Validation = w.cid, c.who.uri(w.collection, w.rkey), w.validation
	}
	commit, bad := s.apply(c, writes)
	if bad != nil {
		return nil, bad
	}
	return struct {
		Commit  *commitAnswer `json:"commit"`
		Results []applyResult `json:"results"`
	}{commit, results}, nil
}

func writeOf(item any) write {
	m, _ := item.(map[string]any)
	text := func(name string) string { s, _ := m[name].(string); return s }
	value, _ := m["value"].(map[string]any)
	return write{
		action:     action(strings.TrimPrefix(text("$type"), applyMethod+"#")),
		collection: text("collection"), rkey: text("rkey"), value: value,
	}
}
