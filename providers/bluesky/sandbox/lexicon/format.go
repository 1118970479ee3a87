package lexicon

import (
	"regexp"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/providers/bluesky/atdata"
)

// format is a kind of strings. https://atproto.com/specs/lexicon#string-formats
type format struct {
	name  string // in messages
	valid func(string) bool
}

var (
	address  = format{"at-uri", func(s string) bool { _, err := syntax.ParseATURI(s); return err == nil }}
	cidText  = format{"CID string", atdata.IsCID}
	datetime = format{"datetime", func(s string) bool { _, err := syntax.ParseDatetime(s); return err == nil }}
	did      = format{"DID", func(s string) bool { _, err := syntax.ParseDID(s); return err == nil }}
	language = format{"language", func(s string) bool { _, err := syntax.ParseLanguage(s); return err == nil }}
	uri      = format{"uri", uriText.MatchString}
	tid      = format{"TID string", func(s string) bool { _, err := syntax.ParseTID(s); return err == nil }}
)

var uriText = regexp.MustCompile(`^\w+:(?://)?[^\s/]\S*$`)

// self is the key of records of which there is one.
type self struct{}

func (self) check(v any, path []any) *Issue {
	if v != "self" {
		return issuef(path, `Expected "self" (got %s)`, Preview(v))
	}
	return nil
}
