package bluesky

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/options"
)

// The fields of a request that every network shares, and those of the option block.
const (
	textField     = "post"
	mediaField    = "mediaUrls"
	commentsField = "disableComments"

	altTextField     = optionsKey + ".altText"
	languagesField   = optionsKey + ".languages"
	linkField        = optionsKey + ".link"
	replyField       = optionsKey + ".replyTo"
	quoteField       = optionsKey + ".quote"
	repostField      = optionsKey + ".repost"
	labelsField      = optionsKey + ".labels"
	captionsField    = optionsKey + ".captions"
	repliesField     = optionsKey + ".replies"
	allowQuotesField = optionsKey + ".allowQuotes"
	tagsField        = optionsKey + ".tags"
	threadField      = optionsKey + ".thread"
	numberField      = optionsKey + ".threadNumber"
	postMediaField   = optionsKey + ".mediaUrls"
)

// blockOptions is the option block.
type blockOptions struct {
	AltText      []string        `json:"altText"`
	Languages    []string        `json:"languages"`
	Link         json.RawMessage `json:"link"`
	ReplyTo      *string         `json:"replyTo"`
	Quote        *string         `json:"quote"`
	Repost       *string         `json:"repost"`
	Labels       []string        `json:"labels"`
	Captions     json.RawMessage `json:"captions"`
	Replies      json.RawMessage `json:"replies"`
	AllowQuotes  *bool           `json:"allowQuotes"`
	Tags         []string        `json:"tags"`
	ShortenLinks bool            `json:"shortenLinks"`
	Thread       bool            `json:"thread"`
	ThreadNumber bool            `json:"threadNumber"`
	// MediaURLs is what other networks take for the files of each post of a thread.
	MediaURLs json.RawMessage `json:"mediaUrls"`
}

// optionInfos describes the options that are carried out.
func optionInfos() []core.OptionInfo {
	return []core.OptionInfo{
		{Name: "altText", Type: "string[]", Help: fmt.Sprintf("Descriptions of the images or the video for those who cannot see them, in order; at most %d characters each, %d for a video.", maxAltText, maxVideoAltText)},
		{Name: "languages", Type: "string[]", Help: fmt.Sprintf("The languages of the text, at most %d, as BCP 47 writes them: \"en\", \"pt-BR\".", maxLanguages)},
		{Name: "link", Type: "object or false", Help: "The card of a link: {url, title, description, thumbNail}, thumbNail the address of an image; what is missing is read from the page. false: no card. Without it, the first address of the text makes the card of a post that shows nothing else."},
		{Name: "replyTo", Type: "string", Help: "The post that this one answers: at://…, its address on bsky.app, or its id on this server."},
		{Name: "quote", Type: "string", Help: "The post that is shown below the text: at://…, its address on bsky.app, or its id on this server."},
		{Name: "repost", Type: "string", Help: "The post that is reposted, without a text or anything else: at://…, its address on bsky.app, or its id on this server."},
		{Name: "labels", Type: "string[]", Help: "What readers are warned of: " + enumerate(labelValues()) + ". \"!no-unauthenticated\" asks to show the post to people with an account alone."},
		{Name: "captions", Type: "string or object[]", Help: fmt.Sprintf("Address of a video's captions, a WebVTT or SRT file of at most %d bytes; or a list of {url, language}, at most %d.", maxCaptionsBytes, maxCaptions)},
		{Name: "replies", Type: "string or string[]", Help: "Who may reply: \"everyone\" (default), \"nobody\", or a list of \"mentioned\", \"following\", \"followers\" and lists of people (at://…), at most 5."},
		{Name: "allowQuotes", Type: "boolean", Help: "false: nobody may quote the post."},
		{Name: "tags", Type: "string[]", Help: fmt.Sprintf("Hashtags besides those of the text, which are not shown, at most %d, of at most %d characters each.", maxTags, maxTagLength)},
		{Name: "shortenLinks", Type: "boolean", Help: "Shows long addresses of the text shortened, as Bluesky's own app does; they still lead to where they did."},
		{Name: "thread", Type: "boolean", Help: fmt.Sprintf("true: a text with blank lines, or too long for a post, becomes a thread: a post for each paragraph, which is split where it is too long; at most %d posts.", maxThread)},
		{Name: "threadNumber", Type: "boolean", Help: "true: the posts of a thread end in their number: \"1/7\"."},
	}
}

// decodeOptions reads the option block.
func decodeOptions(raw json.RawMessage) (blockOptions, core.Errors) {
	var o blockOptions
	err := options.Decode(raw, optionsKey, &o)
	return o, core.AsErrors(err)
}

// noLinkCard tells whether the text is to make no card.
func (o blockOptions) noLinkCard() bool { return bytes.Equal(o.Link, []byte("false")) }

// linkCard returns the card that is asked for, if one is.
func (o blockOptions) linkCard() json.RawMessage {
	if o.noLinkCard() {
		return nil
	}
	return o.Link
}

// labelValues are what an author may say of a post.
// https://atproto.com/specs/label#self-labels-in-records
func labelValues() []string {
	return []string{"sexual", "nudity", "porn", "graphic-media", "!no-unauthenticated"}
}

// planLabels checks what the author says of the post, and says each once, in order.
func (o blockOptions) planLabels() ([]string, core.Errors) {
	var labels []string
	var problems core.Errors
	for i, v := range o.Labels {
		v = strings.ToLower(strings.TrimSpace(v))
		if !slices.Contains(labelValues(), v) {
			field := fmt.Sprintf("%s[%d]", labelsField, i)
			problems = append(problems, invalid(field, fmt.Sprintf("%s is %q, which is no label that an author can give: there are %s.", field, v, enumerate(labelValues()))))
		} else if !slices.Contains(labels, v) {
			labels = append(labels, v)
		}
	}
	slices.Sort(labels)
	return labels, problems
}

// enumerate lists values for people.
func enumerate(values []string) string {
	if len(values) < 2 {
		return strings.Join(values, "")
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " and " + values[last]
}
