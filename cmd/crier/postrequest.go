package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// listFlag is a flag that may be repeated. Where split is set, one value may
// also be a comma list.
type listFlag struct {
	values []string
	split  bool
}

func (l *listFlag) String() string { return strings.Join(l.values, ",") }

// Set implements flag.Value.
func (l *listFlag) Set(value string) error {
	if !l.split {
		l.values = append(l.values, value)
		return nil
	}
	before := len(l.values)
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			l.values = append(l.values, item)
		}
	}
	if len(l.values) == before { // a flag without a value is not one that was not given
		l.values = append(l.values, "")
	}
	return nil
}

// postFlags are the flags that describe a post.
type postFlags struct {
	flags     *flags
	text      *string
	platforms listFlag
	media     listFlag
	alt       listFlag
	video     *bool
	title     *string
	thumbnail *string
	captions  *string
	schedule  *string
	slotOf    *string
	options   *string
	notes     *string
	duplicate *bool
	mentions  listFlag
	comment   *string
	remarked  listFlag
	closed    *bool
	approval  *bool // nil: the command does not have it
}

func addPostFlags(f *flags) *postFlags {
	p := &postFlags{flags: f, platforms: listFlag{split: true}}
	f.mayBeEmpty("text", "alt", "notes")
	p.text = f.String("text", "", "`text` of the post, instead of the argument; - reads it from standard input.")
	f.Var(&p.platforms, "platform", "`network` to post to, or all; repeat it or separate several by commas.")
	f.Var(&p.media, "media", "`file or address` of an image, a video or a document; repeat it for several images. Files of this machine are sent along.")
	f.Var(&p.alt, "alt", "`text` that describes an image to those who cannot see it; repeat it in the order of --media.")
	p.video = f.Bool("video", false, "The medium is a video, even if its address does not look like one.")
	p.title = f.String("title", "", "title of the video or document, as a `text`.")
	p.thumbnail = f.String("thumbnail", "", "`file or address` of the picture that the video shows before it plays.")
	p.captions = f.String("captions", "", "`file or address` of the video's captions: SRT or WebVTT, as the network takes them.")
	p.schedule = f.String("schedule", "", "`time` to appear at, as 2026-12-24T18:00:00Z, or from now, as +2h30m.")
	p.slotOf = f.String("auto-schedule", "", "`title` of an automatic schedule, such as default: the post appears at the next free time of it; see crier schedule.")
	p.options = f.String("options", "", "Options of networks as `JSON`, such as '{\"linkedInOptions\":{\"visibility\":\"connections\"}}'; @file reads it from a file.")
	f.Var(&p.mentions, "mention", "`name=id` of whom the placeholder {{0}} of the text mentions, id being a number, URN or handle of the network; a bare id of a person is written person:id, one of an organization may be written company:id; repeat the flag for {{1}}, {{2}} and so on.")
	p.comment = f.String("first-comment", "", "`text` of a comment that is put below the post once it is published.")
	f.Var(&p.remarked, "first-comment-media", "`address` of an image in the first comment, which may then do without a text.")
	p.closed = f.Bool("disable-comments", false, "Nobody may comment on the post.")
	p.duplicate = f.Bool("allow-duplicate", false, "Send the post although the same content goes to the same account within a day.")
	p.notes = f.String("notes", "", "`text` kept with the post in the history, never published.")
	return p
}

// postRequest is a post as the flags describe it.
type postRequest struct {
	fields  map[string]any // the JSON keys of the request
	files   []attachment   // to be sent along
	options []mediaOption  // to be put into the option blocks
}

// prepare reads the post that the command line describes, and makes the client that
// carries it to the server.
func (p *postFlags) prepare(ctx context.Context, c cli, f *flags, server clientFlags, args []string) (postRequest, *apiClient, error) {
	request, err := p.request(c, args, time.Now())
	if err != nil {
		return request, nil, f.wrong(err)
	}
	api, err := server.client(c)
	if err != nil {
		return request, nil, err
	}
	return request, api, request.addMediaOptions(ctx, api)
}

// request checks the flags and builds the request.
func (p *postFlags) request(c cli, args []string, now time.Time) (postRequest, error) {
	r := postRequest{fields: map[string]any{}}
	text, err := p.readText(c, args)
	if err != nil {
		return r, err
	}
	if len(p.platforms.values) == 0 {
		return r, errors.New("no network is named: add --platform with its name, or --platform all")
	}
	r.fields["post"] = text
	r.fields["platforms"] = p.platforms.values
	if *p.duplicate {
		r.fields["allowDuplicate"] = true
	}
	if *p.notes != "" {
		r.fields["notes"] = *p.notes
	}
	if err := p.addDiscussion(r.fields); err != nil {
		return r, err
	}
	if p.approval != nil && *p.approval {
		r.fields["requiresApproval"] = true
	}
	if err := p.addSchedule(r.fields, now); err != nil {
		return r, err
	}
	if err := p.addOptions(r.fields); err != nil {
		return r, err
	}
	if err := p.addMedia(&r); err != nil {
		return r, err
	}
	return r, p.describeMedia(&r)
}

// addDiscussion adds whom the text mentions, and what is to be said below the post.
func (p *postFlags) addDiscussion(fields map[string]any) error {
	var mentions []map[string]any
	for _, mention := range p.mentions.values {
		at := strings.LastIndex(mention, "=") // an id has none
		if at <= 0 || strings.TrimSpace(mention[at+1:]) == "" {
			return fmt.Errorf("--mention: %q is not a name and an id, such as \"Acme Ltd=1234\"", mention)
		}
		entry, err := mentionOf(strings.TrimSpace(mention[:at]), strings.TrimSpace(mention[at+1:]))
		if err != nil {
			return err
		}
		mentions = append(mentions, entry)
	}
	if len(mentions) > 0 {
		fields["mentions"] = mentions
	}
	if *p.closed {
		fields["disableComments"] = true
	}
	return p.addFirstComment(fields)
}

// addFirstComment adds what is to be said below the post.
func (p *postFlags) addFirstComment(fields map[string]any) error {
	comment := map[string]any{}
	if *p.comment != "" {
		comment["comment"] = *p.comment
	}
	for _, address := range p.remarked.values {
		if !isAddress(address) {
			return fmt.Errorf("--first-comment-media: %q is not an address; `crier media upload` makes a file of this machine into one", address)
		}
	}
	if len(p.remarked.values) > 0 {
		comment["mediaUrls"] = p.remarked.values
	}
	if len(comment) > 0 {
		fields["firstComment"] = comment
	}
	return nil
}

// mentionOf is the entry for a name and an id, which may say what it is the id of.
func mentionOf(name, id string) (map[string]any, error) {
	entry := map[string]any{"name": name}
	for prefix, company := range map[string]bool{"person:": false, "company:": true} {
		bare, typed := strings.CutPrefix(id, prefix)
		if !typed {
			continue
		}
		if bare == "" {
			return nil, fmt.Errorf("--mention: no id follows %q of %s", prefix, name)
		}
		id, entry["isCompany"] = bare, company
		break
	}
	entry["id"] = id
	return entry, nil
}

func (p *postFlags) readText(c cli, args []string) (string, error) {
	text := *p.text
	if len(args) > 0 {
		if p.flags.given("text") {
			return "", errors.New("the text is given twice: as an argument and with --text")
		}
		text = args[0]
	}
	if text == "-" {
		raw, err := io.ReadAll(c.stdin)
		if err != nil {
			return "", fmt.Errorf("reading the text: %w", err)
		}
		return strings.TrimSuffix(string(raw), "\n"), nil
	}
	// Options may hold what needs no text; which do the server knows.
	if text == "" && len(p.media.values) == 0 && *p.options == "" {
		return "", errors.New("the post is empty: add a text, --media, or --options with what the post shows")
	}
	return text, nil
}

func (p *postFlags) addSchedule(fields map[string]any, now time.Time) error {
	value := *p.schedule
	if *p.slotOf != "" {
		if value != "" {
			return errors.New("--auto-schedule chooses the time, and --schedule names one: give one of them")
		}
		fields["autoSchedule"] = map[string]any{"schedule": true, "title": *p.slotOf}
	}
	if value == "" {
		return nil
	}
	if after, relative := strings.CutPrefix(value, "+"); relative {
		d, err := time.ParseDuration(after)
		if err != nil {
			return fmt.Errorf("--schedule: %q is not a duration such as +90m or +2h30m", value)
		}
		fields["scheduleDate"] = now.Add(d).UTC().Format(time.RFC3339)
		return nil
	}
	at, err := core.ParseTime(value)
	if err != nil {
		return fmt.Errorf("--schedule: %q is not a time such as 2026-12-24T18:00:00Z, 2026-12-24T19:00:00+01:00 or +2h", value)
	}
	fields["scheduleDate"] = at.Format(time.RFC3339)
	return nil
}

func (p *postFlags) addOptions(fields map[string]any) error {
	raw := []byte(*p.options)
	if len(raw) == 0 {
		return nil
	}
	if file, ok := strings.CutPrefix(*p.options, "@"); ok {
		var err error
		if raw, err = os.ReadFile(file); err != nil { //nolint:gosec // the user names the file
			return fmt.Errorf("--options: %w", err)
		}
	}
	blocks, err := parseBlocks(raw)
	if err != nil {
		return fmt.Errorf("--options: %w", err)
	}
	maps.Copy(fields, blocks)
	return nil
}

// parseBlocks reads an object of option blocks.
func parseBlocks(raw []byte) (map[string]any, error) {
	var blocks map[string]any
	if err := json.Unmarshal(raw, &blocks); err != nil {
		const needed = `an object of option blocks is needed, such as {"linkedInOptions":{}}`
		if _, mistyped := errors.AsType[*json.UnmarshalTypeError](err); mistyped {
			return nil, errors.New(needed)
		}
		return nil, fmt.Errorf(needed+": %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(blocks)) {
		if !strings.HasSuffix(strings.ToLower(key), "options") {
			return nil, fmt.Errorf("%q is not the name of an option block; they end with Options, as linkedInOptions", key)
		}
		if _, isBlock := blocks[key].(map[string]any); !isBlock {
			return nil, fmt.Errorf("%s must be an object, such as {\"altText\":[\"A picture\"]}", key)
		}
	}
	return blocks, nil
}

// network is what the client reads of GET /providers.
type network struct {
	Name       string          `json:"name"`
	OptionsKey string          `json:"optionsKey"`
	Options    []networkOption `json:"options"`
}

type networkOption struct {
	Name string `json:"name"`
}

func (c *apiClient) networks(ctx context.Context) ([]network, error) {
	r, err := c.do(ctx, call{method: http.MethodGet, path: "/providers", repeatable: true})
	if err != nil {
		return nil, err
	}
	var list struct {
		Providers []network `json:"providers"`
	}
	if r.status != http.StatusOK {
		return nil, refusal(r)
	}
	if err := json.Unmarshal(r.body, &list); err != nil {
		return nil, fmt.Errorf("reading the server's list of networks: %w", err)
	}
	return list.Providers, nil
}
