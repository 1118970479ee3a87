package linkedin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/options"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// blockOptions is the option block. Options that are known but not carried out
// are kept raw, so that they are refused by name.
type blockOptions struct {
	AltText      []string `json:"altText"`
	Titles       []string `json:"titles"`
	Title        string   `json:"title"`
	Visibility   string   `json:"visibility"`
	DisableShare bool     `json:"disableShare"`
	ThumbNail    *string  `json:"thumbNail"`
	Captions     *string  `json:"captions"`

	Targeting      json.RawMessage `json:"targeting"`
	Link           json.RawMessage `json:"link"`
	Poll           json.RawMessage `json:"poll"`
	Repost         json.RawMessage `json:"repost"`
	JobPosting     json.RawMessage `json:"jobPosting"`
	AsOrganization json.RawMessage `json:"asOrganization"`
}

// optionInfos describes the options that are carried out.
func optionInfos() []core.OptionInfo {
	return []core.OptionInfo{
		{Name: "altText", Type: "string[]", Help: fmt.Sprintf("Descriptions of the images for those who cannot see them, in order; at most %d characters each.", maxAltText)},
		{Name: "titles", Type: "string[]", Help: fmt.Sprintf("Titles of the files, in order; at most %d characters each. LinkedIn keeps a title for a single file only.", maxTitle)},
		{Name: "title", Type: "string", Help: "Title of a single file, where titles has none. LinkedIn wants one for a document: by default it is the file's name."},
		{Name: "thumbNail", Type: "string", Help: fmt.Sprintf("Address of the picture that a video shows before it plays: JPEG or PNG, at most %d MB, of the video's proportions.", maxThumbnailBytes/1_000_000)},
		{Name: "captions", Type: "string", Help: "Address of a video's captions, an SRT file. LinkedIn is told that they are in English."},
		{Name: "visibility", Type: "string", Help: "Who sees the post: public (default), connections (people only) or loggedin."},
		{Name: "disableShare", Type: "boolean", Help: "Keeps others from resharing the post."},
	}
}

// decodeOptions reads the option block and refuses what is not carried out.
func decodeOptions(raw json.RawMessage) (blockOptions, core.Errors) {
	var o blockOptions
	problems := core.AsErrors(options.Decode(raw, optionsKey, &o))
	for _, later := range []struct {
		name  string
		value json.RawMessage
	}{
		{"targeting", o.Targeting},
		{"link", o.linkCard()},
		{"poll", o.Poll},
		{"repost", o.Repost},
		{"jobPosting", o.JobPosting},
		{"asOrganization", o.AsOrganization},
	} {
		if len(later.value) > 0 {
			field := optionsKey + "." + later.name
			problems = append(problems, unsupported(field, field+" is not supported by this version of Crier."))
		}
	}
	return o, problems
}

// linkCard returns the card that is asked for. false asks for none, which is what
// every post gets.
func (o blockOptions) linkCard() json.RawMessage {
	if bytes.Equal(o.Link, []byte("false")) {
		return nil
	}
	return o.Link
}

// visibility returns LinkedIn's value for the option.
func (o blockOptions) visibility(as core.AccountKind) (string, *core.Error) {
	const field = optionsKey + ".visibility"
	switch strings.ToLower(o.Visibility) {
	case "", "public":
		return api.VisibilityPublic, nil
	case "loggedin", "logged_in":
		return api.VisibilityLoggedIn, nil
	case "connections":
		if as == core.AccountOrganization {
			return "", invalid(field, field+` cannot be "connections" for an organization, which has followers: use "public" or "loggedin".`)
		}
		return api.VisibilityConnections, nil
	}
	return "", invalid(field, field+` must be "public", "connections" or "loggedin".`)
}

func invalid(field, message string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeParameters, Platform: name, Field: field, Message: message}
}

func unsupported(field, message string) *core.Error {
	return &core.Error{Kind: core.KindUnsupported, Code: core.CodeUnsupported, Platform: name, Field: field, Message: message}
}
