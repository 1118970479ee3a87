package lexicon

import "github.com/bluesky-social/indigo/atproto/syntax"

var (
	identifier = format{"AT identifier", func(s string) bool { _, err := syntax.ParseAtIdentifier(s); return err == nil }}
	nsid       = format{"NSID", func(s string) bool { _, err := syntax.ParseNSID(s); return err == nil }}
	recordKey  = format{"record key", func(s string) bool { _, err := syntax.ParseRecordKey(s); return err == nil }}
	handle     = format{"handle", func(s string) bool { _, err := syntax.ParseHandle(s); return err == nil }}
)

// flag is a boolean.
type flag struct{}

func (flag) check(v any, path []any) *Issue {
	if _, isFlag := v.(bool); !isFlag {
		return unexpected(path, v, "boolean")
	}
	return nil
}

// nullable is what may be null.
type nullable struct{ of schema }

func (s nullable) check(v any, path []any) *Issue {
	if v == nil {
		return nil
	}
	return s.of.check(v, path)
}

// closed is a union of what is listed.
type closed struct {
	names []string // in the order of messages
	of    union
}

func (s closed) check(v any, path []any) *Issue {
	m, _ := v.(map[string]any)
	name, isText := m["$type"].(string)
	if _, known := s.of[name]; isText && !known {
		return issuef(append(path, "$type"), "Expected %s (got %s)", OneOf(s.names...), Preview(name))
	}
	return s.of.check(v, path)
}

const applyWrites = "com.atproto.repo.applyWrites"

var (
	repo       = must("repo", text{format: identifier})
	collection = must("collection", text{format: nsid})
	rkey       = text{format: recordKey}
	validate   = may("validate", flag{})
	swapCommit = may("swapCommit", text{format: cidText})
)

// inputs are the bodies of methods that have one.
var inputs = map[string]schema{
	"com.atproto.server.createSession":     object{must("identifier", text{}), must("password", text{})},
	"com.atproto.server.createAccount":     object{may("email", text{}), must("handle", text{format: handle}), may("password", text{})},
	"com.atproto.server.createAppPassword": object{must("name", text{}), may("privileged", flag{})},
	"com.atproto.server.revokeAppPassword": object{must("name", text{})},
	"com.atproto.server.deactivateAccount": object{may("deleteAfter", text{format: datetime})},
	"com.atproto.repo.createRecord": object{
		repo, collection, may("rkey", rkey), validate, must("record", object{}), swapCommit,
	},
	"com.atproto.repo.putRecord": object{
		repo, collection, must("rkey", rkey), validate, must("record", object{}),
		may("swapRecord", nullable{text{format: cidText}}), swapCommit,
	},
	"com.atproto.repo.deleteRecord": object{
		repo, collection, must("rkey", rkey), may("swapRecord", text{format: cidText}), swapCommit,
	},
	applyWrites: object{repo, validate, must("writes", list{of: closed{
		names: []string{applyWrites + "#create", applyWrites + "#update", applyWrites + "#delete"},
		of: union{
			applyWrites + "#create": object{collection, may("rkey", rkey), must("value", object{})},
			applyWrites + "#update": object{collection, must("rkey", rkey), must("value", object{})},
			applyWrites + "#delete": object{collection, must("rkey", rkey)},
		},
	}}), swapCommit},
}

// HasInput tells whether a method has a JSON body.
func HasInput(method string) bool {
	_, has := inputs[method]
	return has
}

// CheckInput checks the JSON body of a method.
func CheckInput(method string, v any) error {
	if bad := inputs[method].check(v, nil); bad != nil {
		return bad
	}
	return nil
}
