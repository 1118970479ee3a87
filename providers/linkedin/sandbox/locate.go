package sandbox

import (
	"errors"
	"net/http"
	"strings"
)

// place is where a request goes, its keys as they stand in the path.
type place struct {
	name   string // of the resource: "posts", "socialActions.comments"
	parent string // key of the entity that the resource belongs to; empty for none
	key    string // of the entity; empty: the collection
}

// locate finds the resource of a path: "/rest/name", "/rest/name/key", and the same
// below an entity, "/rest/name/key/sub/key".
func (s *Sandbox) locate(path string) (resource, place, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/rest/"), "/")
	at := place{name: parts[0]}
	res, known := s.resources[at.name]
	if known && len(parts) > 2 {
		res, known = res.of[parts[2]]
		at = place{name: at.name + "." + parts[2], parent: parts[1]}
		known = known && at.parent != ""
		parts = parts[2:]
	}
	if len(parts) == 2 {
		at.key = parts[1]
		known = known && at.key != "" && !res.single
	}
	return res, at, known && len(parts) <= 2
}

// decodeKeys decodes the keys in the path. A URN must be encoded as a whole.
func (c *call) decodeKeys(res resource, at place) *problem {
	syntax := &problem{Status: http.StatusBadRequest, Message: "Syntax exception in path variables"}
	var err error
	if at.parent != "" {
		if c.parent, err = c.decodeKey(at.parent); err != nil {
			return syntax
		}
	}
	switch {
	case at.key == "":
	case res.record:
		v, err := parseValue(at.key)
		if !c.protocol || err != nil || v.kind != kindRecord {
			return syntax
		}
		c.keys = v.record
	default:
		if c.key, err = c.decodeKey(at.key); err != nil {
			return syntax
		}
	}
	return nil
}

// decodeKey decodes a simple key by the protocol that the client speaks.
func (c *call) decodeKey(raw string) (string, error) {
	if !c.protocol {
		return percentDecode(raw)
	}
	v, err := parseValue(raw)
	if err == nil && v.kind != kindString {
		err = errNotSimple
	}
	return v.str, err
}

var errNotSimple = errors.New("a key that is a list or a record")
