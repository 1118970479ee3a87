package bluesky

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/richtext"
)

// planLanguages reads the languages of the text, each once.
func (o blockOptions) planLanguages() ([]string, core.Errors) {
	var langs []string
	var problems core.Errors
	for i, v := range o.Languages {
		lang, e := readLanguage(fmt.Sprintf("%s[%d]", languagesField, i), v)
		switch {
		case e != nil:
			problems = append(problems, e)
		case !slices.Contains(langs, lang):
			langs = append(langs, lang)
		}
	}
	if len(langs) > maxLanguages {
		problems = append(problems, invalid(languagesField, fmt.Sprintf("%s names %d languages; Bluesky takes %d.", languagesField, len(langs), maxLanguages)))
	}
	return langs, problems
}

// readLanguage reads the name of a language.
// https://www.rfc-editor.org/info/bcp47
func readLanguage(field, v string) (string, *core.Error) {
	tag, err := language.Raw.Parse(strings.TrimSpace(v))
	if err != nil || tag.IsRoot() {
		return "", invalid(field, fmt.Sprintf("%s is %q, which names no language: send one such as \"en\", \"pt-BR\" or \"zh-Hant\".", field, v))
	}
	return tag.String(), nil
}

// planTags reads the hashtags that are not in the text, each once and without its #.
func (o blockOptions) planTags() ([]string, core.Errors) {
	var tags []string
	var problems core.Errors
	for i, v := range o.Tags {
		v = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(strings.ToValidUTF8(v, "\ufffd")), "#＃"))
		field := fmt.Sprintf("%s[%d]", tagsField, i)
		switch n := richtext.Graphemes(v); {
		case v == "":
			problems = append(problems, invalid(field, field+" is empty."))
		case n > maxTagLength || len(v) > maxTagBytes:
			problems = append(problems, invalid(field, fmt.Sprintf("%s has %d characters and %d bytes; Bluesky takes %d and %d.", field, n, len(v), maxTagLength, maxTagBytes)))
		case !slices.Contains(tags, v):
			tags = append(tags, v)
		}
	}
	if len(tags) > maxTags {
		problems = append(problems, invalid(tagsField, fmt.Sprintf("%s has %d entries; Bluesky takes %d.", tagsField, len(tags), maxTags)))
	}
	return tags, problems
}
