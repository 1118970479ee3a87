package setting

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Scopes is a list of permissions.
type Scopes []string

// UnmarshalText takes a list that is separated by spaces, commas or both. A scope that is
// named twice counts once.
// https://www.rfc-editor.org/rfc/rfc6749#section-3.3
func (s *Scopes) UnmarshalText(text []byte) error {
	var list Scopes
	for _, scope := range strings.FieldsFunc(string(text), func(c rune) bool { return c == ',' || unicode.IsSpace(c) }) {
		if strings.ContainsFunc(scope, func(c rune) bool { return c < '!' || c > '~' || c == '"' || c == '\\' }) {
			return fmt.Errorf("%q is not the name of a permission", scope)
		}
		if !slices.Contains(list, scope) {
			list = append(list, scope)
		}
	}
	*s = list
	return nil
}

// String writes the list as it is sent.
func (s Scopes) String() string { return strings.Join(s, " ") }
