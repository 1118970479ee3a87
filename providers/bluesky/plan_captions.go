package bluesky

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/options"
)

// captions is a file of captions of the video.
type captions struct {
	need core.Need
	lang string
}

// leftOut tells that the file of the post is no video.
func (c captions) leftOut() core.Warning {
	return core.Warning{Code: core.CodeParameters, Field: c.need.Field, Message: c.need.Field + " goes with a video; the file is none, so it is left out."}
}

// captionsOptions is an entry of blueSkyOptions.captions.
type captionsOptions struct {
	URL      string `json:"url"`
	Language string `json:"language"`
}

const defaultLanguage = "en"

// planCaptions reads the option captions: the address of a file, or a list of files and
// their languages. Where the language is not said, it is the text's.
func planCaptions(o blockOptions, media []attachment, langs []string) ([]captions, core.Errors) {
	entries, fields, problems := readCaptions(o.Captions)
	if len(entries) == 0 && len(problems) == 0 {
		return nil, nil
	}
	if len(media) != 1 {
		return nil, append(problems, invalid(captionsField, captionsField+" goes with a video, and this post has none. Send the video alone in mediaUrls."))
	}
	if len(entries) > maxCaptions {
		problems = append(problems, invalid(captionsField, fmt.Sprintf("%s has %d files; Bluesky takes %d.", captionsField, len(entries), maxCaptions)))
	}
	var out []captions
	seen := map[string]bool{}
	for i, entry := range entries {
		if slices.ContainsFunc(problems, concerns(fields[i])) {
			continue // it could not be read
		}
		c, e := planCaption(fields[i], i, entry, append(langs, defaultLanguage)[0])
		switch {
		case e != nil:
			problems = append(problems, e)
		case seen[c.lang]:
			problems = append(problems, invalid(fields[i]+".language", fmt.Sprintf("%s is the second file in the language %q.", fields[i], c.lang)))
		default:
			seen[c.lang] = true
			out = append(out, c)
		}
	}
	return out, problems
}

// readCaptions reads the entries of the option, with the field of each.
func readCaptions(raw json.RawMessage) (entries []captionsOptions, fields []string, problems core.Errors) {
	var address string
	switch {
	case len(raw) == 0:
		return nil, nil, nil
	case bytes.HasPrefix(raw, []byte(`"`)) && json.Unmarshal(raw, &address) == nil:
		return []captionsOptions{{URL: address}}, []string{captionsField}, nil
	case !bytes.HasPrefix(raw, []byte("[")):
		return nil, nil, core.Errors{invalid(captionsField, captionsField+` must be the address of a file, or a list such as [{"url":"https://…","language":"en"}].`)}
	}
	var list struct {
		Captions []captionsOptions `json:"captions"`
	}
	wrapped := append(append([]byte(`{"captions":`), raw...), '}')
	err := options.Decode(wrapped, optionsKey, &list)
	for i := range list.Captions {
		fields = append(fields, fmt.Sprintf("%s[%d]", captionsField, i))
	}
	return list.Captions, fields, core.AsErrors(err)
}

func planCaption(field string, i int, o captionsOptions, fallback string) (captions, *core.Error) {
	address := strings.TrimSpace(o.URL)
	if address == "" {
		return captions{}, invalid(field, field+" names no file: send the address of a WebVTT or SRT file.")
	}
	lang, e := readLanguage(field+".language", cmp.Or(strings.TrimSpace(o.Language), fallback))
	if e != nil {
		return captions{}, e
	}
	return captions{lang: lang, need: core.Need{
		Key: fmt.Sprintf("captions[%d]", i), URL: address, Field: field, Network: title, Accept: []core.Accept{acceptCaptions()},
	}}, nil
}
