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

// blockOptions is the option block.
type blockOptions struct {
	AltText      []string `json:"altText"`
	Titles       []string `json:"titles"`
	Title        string   `json:"title"`
	Visibility   *string  `json:"visibility"`
	DisableShare bool     `json:"disableShare"`
	ThumbNail    *string  `json:"thumbNail"`
	Captions     *string  `json:"captions"`

	Targeting *targetingOptions `json:"targeting"`

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
		{Name: "link", Type: "object or false", Help: fmt.Sprintf("The card of a link: {url, title, description, thumbNail}, the title of at most %d characters, the description of %d, thumbNail the address of an image; what is missing is read from the page. false: no card. Without it, the first address of the text makes the card of a post that shows nothing else.", maxCardTitle, maxCardDescription)},
		{Name: "poll", Type: "object", Help: fmt.Sprintf("A poll: {question, options, duration}; the question has at most %d characters, each of the %d to %d options at most %d. duration is 1, 3, 7 or 14 days, by default %d.", maxPollQuestion, minPollOptions, maxPollOptions, maxPollOption, defaultPollDays)},
		{Name: "repost", Type: "string", Help: "The post that is reposted: urn:li:share:… or urn:li:ugcPost:…, its address on LinkedIn, or its id on this server. The text, if there is one, is the comment on it."},
		{Name: "jobPosting", Type: "string", Help: "The id of a job on LinkedIn, or the address of a job's page: makes the card of that page."},
		{Name: "asOrganization", Type: "string", Help: "The id or URN of an organization that the member administers, and that is the author of this post."},
		{Name: "targeting", Type: "object", Help: targetingHelp()},
	}
}

// decodeOptions reads the option block.
func decodeOptions(raw json.RawMessage) (blockOptions, core.Errors) {
	var o blockOptions
	problems := core.AsErrors(options.Decode(raw, optionsKey, &o))
	return o, append(problems, o.Targeting.checkGiven(problems)...)
}

// linkCard returns the card that is asked for, if one is.
func (o blockOptions) linkCard() json.RawMessage {
	if o.noLinkCard() {
		return nil
	}
	return o.Link
}

// noLinkCard tells whether the text is to make no card.
func (o blockOptions) noLinkCard() bool { return bytes.Equal(o.Link, []byte("false")) }

// visibility returns LinkedIn's value for the option.
func (o blockOptions) visibility(as core.AccountKind) (string, *core.Error) {
	const field = optionsKey + ".visibility"
	if o.Visibility == nil {
		return api.VisibilityPublic, nil
	}
	switch strings.ToLower(strings.TrimSpace(*o.Visibility)) {
	case "":
		return "", invalid(field, field+` is empty: name "public", "connections" or "loggedin", or leave it out for "public".`)
	case "public":
		return api.VisibilityPublic, nil
	case "loggedin", "logged_in":
		return api.VisibilityLoggedIn, nil
	case "connections":
		if as == core.AccountOrganization {
			return "", invalid(field, field+` cannot be "connections" for an organization, which has followers: use "public" or "loggedin".`)
		}
		return api.VisibilityConnections, nil
	case "container":
		return "", invalid(field, field+` cannot be "container": LinkedIn does not let apps post to groups.`)
	}
	return "", invalid(field, field+` must be "public", "connections" or "loggedin".`)
}

func invalid(field, message string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeParameters, Platform: name, Field: field, Message: message}
}

func unsupported(field, message string) *core.Error {
	return &core.Error{Kind: core.KindUnsupported, Code: core.CodeUnsupported, Platform: name, Field: field, Message: message}
}
