package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/schedule"
)

// maxScheduleAhead bounds scheduleDate: what lies further ahead is a slip.
const maxScheduleAhead = schedule.Horizon

// decoder turns the JSON object of a post into a request to publish.
type decoder struct {
	*fields
	api       *API
	profileID string
	now       time.Time // when the request was first made
	request   core.PostRequest
	targets   string            // the key that names the networks: platforms, or its other name
	blocks    map[string]string // by network, the key that its option block was sent under
	warnings  []warning
	unused    ignoredList
	// formFailed means that parts of a form could not be read.
	formFailed bool
}

// decodePost reads a post that was sent at the time now and collects everything that
// is wrong with it. err is a failure to look something up.
func (a *API) decodePost(ctx context.Context, now time.Time, profileID string, body postBody) (*decoder, error) {
	d := &decoder{fields: body.fields, api: a, profileID: profileID, now: now, formFailed: len(body.fields.problems) > 0}
	d.decodeTargets()
	d.decodeText()
	d.decodeMedia(body.files)
	d.decodeSchedule()
	d.decodeAutoSchedule()
	d.decodeAutoRepost()
	d.decodeMentions()
	d.decodeFirstComment()
	d.request.DisableComments = d.flag("disableComments", false)
	d.request.AllowDuplicate = d.flag("allowDuplicate", false)
	d.request.RequiresApproval = d.flag("requiresApproval", false)
	d.warnOfApprovals()
	d.request.Notes = d.text("notes")
	d.request.IdempotencyKey = d.text("idempotencyKey")
	d.decodeKeys()
	if err := d.inherit(ctx, body.original); err != nil {
		return nil, err
	}
	if err := d.chooseSlot(ctx); err != nil {
		return nil, err
	}
	if err := d.attachCompanions(ctx, body.companions); err != nil {
		return nil, err
	}
	if err := d.compareWithTargets(ctx); err != nil {
		return nil, err
	}
	d.addShape(a.shapes.check(d.shape()))
	if err := d.checkUploads(ctx); err != nil {
		return nil, err
	}
	if len(d.problems) > 0 {
		if err := d.addPlanned(ctx); err != nil {
			return nil, err
		}
		return nil, d.problems
	}
	d.warnings = append(d.warnings, d.unused.warnings()...)
	return d, nil
}

// shape returns what every network has in common. Where the post is to go is not
// missing when it could not be read.
func (d *decoder) shape() postShape {
	s := postShape{
		Platforms: d.request.Platforms, AccountIDs: d.request.AccountIDs,
		Notes: d.request.Notes, IdempotencyKey: d.request.IdempotencyKey,
	}
	if len(s.Platforms) == 0 && slices.ContainsFunc([]string{"platforms", "platform", "accountIds"}, d.unreadable) {
		s.Platforms = []string{"unreadable"}
	}
	return s
}

// checkPlatforms adds the networks that are not here to the problems of a post that
// is refused anyway. Of any other post the publisher finds them, and remembers it.
func (d *decoder) checkPlatforms() {
	for i, name := range d.request.Platforms {
		if _, known := d.api.Registry.Get(name); known || name == "" || name == allPlatforms {
			continue
		}
		d.add(d.api.Registry.UnknownPlatform(element(d.targets, i), printable(name)))
	}
}

// allPlatforms is the entry of platforms that means every network.
const allPlatforms = "all"

func (d *decoder) warn(w warning) { d.warnings = append(d.warnings, w) }

// decodeTargets reads where the post is to go.
func (d *decoder) decodeTargets() {
	d.targets = d.either("platforms", "platform")
	d.request.Platforms, d.request.AccountIDs = d.list(d.targets), d.list("accountIds")
}

// decodeText reads the text: one for all, or one for each network.
func (d *decoder) decodeText() {
	if d.flag("randomPost", false) {
		d.request.Text.Default = randomText()
		return
	}
	raw, sent := d.raw("post")
	if !sent {
		return
	}
	if o, ok := asObject(raw); ok {
		d.decodeTexts(o)
		return
	}
	d.request.Text.Default = d.text("post")
	d.checkText("post", d.request.Text.Default)
}

func (d *decoder) decodeTexts(o object) {
	d.request.Text.By = map[string]string{}
	for _, key := range o.keys {
		path := "post." + key
		s, ok := asText(o.values[key])
		if !ok {
			d.add(invalid(path, path+" must be a string, not "+describe(o.values[key])))
			continue
		}
		d.checkText(path, s)
		if key == "default" {
			d.request.Text.Default = s
			continue
		}
		d.request.Text.By[key] = s
		d.checkNetwork(path, key)
	}
}

// checkText refuses the control characters of ASCII: no network shows them, and some
// cut the text there.
func (d *decoder) checkText(path, text string) {
	for i, r := range []rune(text) {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			d.add(invalid(path, fmt.Sprintf("%s has the control character U+%04X at position %d; remove it", printable(path), r, i+1)))
			return
		}
	}
}

// checkNetwork warns of a part that is meant for a network that is not here.
func (d *decoder) checkNetwork(path, name string) {
	if _, known := d.api.Registry.Get(name); !known {
		d.unused.add(func() warning {
			return warning{
				Code: core.CodeUnknownPlatform, Field: printable(path),
				Message: "this server has no network " + quote(name) + "; " + printable(path) + " was ignored" + d.api.meant(name),
			}
		})
	}
}

// decodeSchedule reads when the post is to appear. A time that has passed means
// at once.
func (d *decoder) decodeSchedule() {
	d.request.SkipValidation = !d.flag("validateScheduled", true)
	raw, sent := d.raw("scheduleDate")
	if !sent {
		return
	}
	s := d.text("scheduleDate")
	if s == "" {
		if _, isText := asText(raw); isText {
			d.warn(warning{Code: core.CodeParameters, Field: "scheduleDate", Message: "scheduleDate is empty, which means at once"})
		}
		return
	}
	at, err := core.ParseTime(strings.TrimSpace(s))
	if err != nil {
		d.add(invalid("scheduleDate", "scheduleDate "+err.Error()+", not "+quote(s)))
		return
	}
	switch {
	case at.Sub(d.now) > maxScheduleAhead:
		d.add(invalid("scheduleDate", "scheduleDate lies more than ten years ahead"))
	case !at.After(d.now):
		d.warn(warning{Code: core.CodeParameters, Field: "scheduleDate", Message: "scheduleDate has passed, which means at once"})
	default:
		d.request.ScheduleAt = at
	}
}

// decodeKeys goes through everything that was sent: option blocks are kept for
// their networks, what this version cannot honour is refused, and what nobody
// knows is named in a warning.
func (d *decoder) decodeKeys() {
	d.blocks = map[string]string{}
	for _, key := range d.keys {
		raw, sent := d.raw(key)
		switch provider, isBlock := d.api.Registry.ByOptionsKey(key); {
		case !sent, honoured(key):
		case isBlock:
			d.decodeBlock(provider.Info().Name, key, raw)
		case notHonoured(key) != nil:
			if !blank(raw) {
				d.add(notHonoured(key))
			}
		default:
			d.decodeUnknown(key, raw)
		}
	}
}

// decodeBlock reads the option block of a network, unless it is there already.
func (d *decoder) decodeBlock(name, key string, raw json.RawMessage) {
	if other, twice := d.blocks[name]; twice {
		d.add(invalid(key, key+" and "+other+" are the same option block"))
		return
	}
	d.blocks[name] = key
	d.decodeOptions(key, name, raw)
}

func (d *decoder) decodeOptions(key, name string, raw json.RawMessage) {
	if raw[0] != '{' {
		d.add(invalid(key, key+" must be an object, not "+describe(raw)))
		return
	}
	if d.request.Options == nil {
		d.request.Options = map[string]json.RawMessage{}
	}
	d.request.Options[name] = raw
}

// decodeUnknown refuses a mistyped option block, and names any other key that has no
// effect in a warning.
func (d *decoder) decodeUnknown(key string, raw json.RawMessage) {
	if raw[0] == '{' {
		if meant, found := d.api.meantBlock(key); found {
			d.add(misnamedBlock(key, meant))
			return
		}
	}
	if key != sourceKey {
		d.unused.add(func() warning { return d.ignoredKey(key) })
	}
}

// ignoredKey warns of a key that had no effect.
func (d *decoder) ignoredKey(key string) warning {
	shown := printable(key)
	_, isBlock := cutOptions(key)
	meant, near := d.api.meantBlock(key)
	switch {
	case key == "title":
		return warning{
			Code: core.CodeUnsupported, Field: shown,
			Message: shown + " was ignored: no network of this server needs it; a network's own options take a title",
		}
	case key == "subreddit":
		return warning{
			Code: core.CodeUnsupported, Field: shown,
			Message: shown + " was ignored: it names a part of a network that this server does not have",
		}
	case isBlock && near:
		return warning{Code: core.CodeUnknownOption, Field: shown, Message: shown + " was ignored; did you mean " + meant + "?"}
	case isBlock:
		return warning{
			Code: core.CodeUnknownPlatform, Field: shown,
			Message: "this server has no network that takes " + shown + "; it was ignored",
		}
	default:
		return ignoredField(key, slices.Concat(honouredKeys(), notHonouredKeys(), d.api.optionsKeys()))
	}
}

// honouredKeys lists the fields that this version reads.
func honouredKeys() []string {
	return []string{
		"post", "platforms", "platform", "mediaUrls", "mediaUrl", "isVideo", "scheduleDate",
		"validateScheduled", "notes", "idempotencyKey", "randomPost", "randomMediaUrl", "accountIds",
		"mentions", "firstComment", "disableComments", "allowDuplicate", "autoSchedule", "autoRepost", "requiresApproval",
	}
}

func honoured(key string) bool { return slices.Contains(honouredKeys(), key) }

// notHonoured refuses a field of the Ayrshare API that this version cannot do as asked;
// nil for any other. Leaving it out silently would publish something other than what was
// asked for.
func notHonoured(key string) *core.Error {
	for _, f := range notHonouredFields() {
		if f.key == key {
			e := unsupported(key, key+": "+f.asks+" is not supported by this version of Crier")
			e.Help = f.instead
			return e
		}
	}
	return nil
}

func notHonouredKeys() []string {
	fields := notHonouredFields()
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

// notHonouredField is such a field, with what to do instead where there is anything.
type notHonouredField struct{ key, asks, instead string }

func notHonouredFields() []notHonouredField {
	return []notHonouredField{
		{"autoHashtag", "adding hashtags", "Write the hashtags into the text: Crier has no data on what people search for."},
		{"shortenLinks", "shortening links", "Write the short link into the text: Crier runs no redirecting domain."},
		{"unsplash", "fetching pictures from Unsplash", "Send the addresses of the pictures in mediaUrls."},
		{key: "isLandscapeVideo", asks: "a random video"},
		{key: "isPortraitVideo", asks: "a random video"},
		{key: "arrayResponse", asks: "the legacy answer as an array"},
		{profileKeyField, "selecting the profile in the body", "Send the key in the header Profile-Key, beside the API key."},
		{profileKeysField, "posting for several profiles at once", "Send a request for each, with the header Profile-Key."},
	}
}
