package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// call is one request to the API, as far as it has been understood.
type call struct {
	http     *http.Request
	base     string // address of the sandbox as the client sees it
	now      time.Time
	token    Token
	grant    string // of a call to the token endpoint: which way it took
	protocol bool   // X-Restli-Protocol-Version 2.0.0: lists and records are parsed
	resource string
	method   restMethod
	parent   string           // key of the entity that a sub-resource belongs to, decoded
	key      string           // of the entity, decoded
	keys     map[string]value // the same, where the key is a record
	query    string           // raw, out of a tunnel too
	params   map[string]value // decoded query, without q, action and fields
	fields   []string         // projection
	body     []byte
	rejected *time.Duration // of a post that is being created: how long it lasts
	notes    []string       // advice for the journal
	transfer *Transfer      // of a request to an upload address
}

// reply is what a call is answered with.
type reply struct {
	status int
	header http.Header
	body   any // nil: no body
}

func ok(body any) *reply { return &reply{status: http.StatusOK, body: body} }

func noContent() *reply { return &reply{status: http.StatusNoContent} }

// text returns a parameter that is a string.
func (c *call) text(name string) (string, *problem) {
	v, present := c.params[name]
	if !present {
		return "", invalidParam(name, "Parameter %s is required", name)
	}
	if v.kind != kindString {
		return "", invalidParam(name, "Parameter %s is not a string", name)
	}
	return v.str, nil
}

// textOr is text with a default.
func (c *call) textOr(name, fallback string) (string, *problem) {
	if _, present := c.params[name]; !present {
		return fallback, nil
	}
	return c.text(name)
}

// oneOf returns a parameter that is one of a few words, the first being the default.
func (c *call) oneOf(name string, words ...string) (string, *problem) {
	s, bad := c.textOr(name, words[0])
	if bad != nil {
		return "", bad
	}
	if slices.Contains(words, s) {
		return s, nil
	}
	return "", invalidParam(name, "Invalid value for param; wrong type or other syntax error")
}

// number returns a parameter, which has to be within limits.
func (c *call) number(name string, fallback, low, high int) (int, *problem) {
	s, bad := c.textOr(name, strconv.Itoa(fallback))
	if bad != nil {
		return 0, bad
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, invalidParam(name, "Parameter %s must be a number from %d to %d", name, low, high)
	}
	return n, nil
}

// ids returns the list of keys of a BATCH_GET.
func (c *call) ids() ([]string, *problem) {
	v, present := c.params["ids"]
	if !present || v.kind != kindList {
		return nil, invalidParam("ids", "Parameter ids must be List(...), its structure raw and each key encoded")
	}
	out := make([]string, len(v.list))
	for i, item := range v.list {
		if item.kind != kindString {
			return nil, invalidParam("ids", "Each of ids must be a simple key")
		}
		out[i] = item.str
	}
	return out, nil
}

// note records advice that the real API would not give.
func (c *call) note(text string) { c.notes = append(c.notes, text) }
