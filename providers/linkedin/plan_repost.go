package linkedin

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"github.com/crier-social/crier/core"
)

// repost is the post that is to be repeated: one that LinkedIn names, or one of this
// server whose name on LinkedIn is found out later.
type repost struct {
	urn    string // urn:li:share:… or urn:li:ugcPost:…
	postID string // of this server
}

var (
	repostURN = regexp.MustCompile(`^urn:li:(share|ugcPost):\d{1,19}$`)
	// pathURN is how the address of a post names it, in one of two forms; what looks like
	// it before are words of the post.
	pathURN  = regexp.MustCompile(`^.*(?:urn:li:|-)(share|ugcPost|activity)[:-](\d{1,19})(?:\D|$)`)
	ownID    = regexp.MustCompile(`^[0-9A-Za-z]{20}$`)
	activity = regexp.MustCompile(`^urn:li:activity:\d+$`)
)

const helpWithURN = `Open the post on LinkedIn, choose "Embed this post" in its menu, and take the URN out of the code: urn:li:share:… or urn:li:ugcPost:…`

// planRepost reads the option repost.
func (p *Provider) planRepost(raw json.RawMessage) (*repost, core.Errors) {
	given, e := textOf(raw, repostField, "the URN, the address or the id of a post")
	if e != nil {
		return nil, core.Errors{e}
	}
	r, e := p.readRepost(given)
	if e != nil {
		return nil, core.Errors{e}
	}
	return r, nil
}

// readRepost finds out what a value names.
func (p *Provider) readRepost(v string) (*repost, *core.Error) {
	switch {
	case repostURN.MatchString(v):
		return &repost{urn: v}, nil
	case activity.MatchString(v):
		return nil, activityError(v)
	case ownID.MatchString(v):
		return &repost{postID: v}, nil
	}
	address := v
	if !strings.Contains(v, "://") {
		address = "https://" + v
	}
	if u, err := url.Parse(address); err == nil && p.linkedInPage(u) {
		return readPostAddress(u)
	}
	return nil, invalid(repostField, repostField+" must name a post: urn:li:share:… or urn:li:ugcPost:…, its address on LinkedIn, or the id of a post of this server.")
}

// readPostAddress finds the URN in the address of a post.
func readPostAddress(u *url.URL) (*repost, *core.Error) {
	m := pathURN.FindStringSubmatch(u.Path)
	if m == nil {
		e := invalid(repostField, repostField+" is an address on LinkedIn, but not that of a post.")
		e.Help = helpWithURN
		return nil, e
	}
	urn := "urn:li:" + m[1] + ":" + m[2]
	if m[1] == "activity" {
		return nil, activityError(urn)
	}
	return &repost{urn: urn}, nil
}

// activityError refuses the URN of an activity: LinkedIn repeats posts alone, and tells
// no app which post an activity belongs to.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
func activityError(urn string) *core.Error {
	e := invalid(repostField, repostField+" names "+urn+", an activity: LinkedIn reposts a share or a ugcPost, whose number is another one and cannot be told from it.")
	e.Help = helpWithURN
	return e
}

// linkedInPage tells whether an address is on LinkedIn's site, wherever that is
// configured to be.
func (p *Provider) linkedInPage(u *url.URL) bool {
	if onLinkedIn(u) {
		return true
	}
	own, err := url.Parse(p.cfg.WebURL)
	return err == nil && strings.EqualFold(u.Host, own.Host)
}

// findParent returns the URN of the post that is repeated.
func (p *publication) findParent(ctx context.Context, s *core.Session) (string, error) {
	if p.repost.urn != "" {
		return p.repost.urn, nil
	}
	urn, err := s.Published(ctx, p.repost.postID)
	if err != nil {
		return "", parentError(err)
	}
	switch {
	case repostURN.MatchString(urn):
		return urn, nil
	case activity.MatchString(urn):
		return "", activityError(urn)
	}
	return "", invalid(repostField, repostField+": LinkedIn does not name the post "+p.repost.postID+" in a way by which it can be reposted.")
}

// parentError names the option for a post of this server that cannot be repeated.
func parentError(err error) error {
	e := core.AsError(err)
	if e.Kind != core.KindNotFound && e.Kind != core.KindInvalid {
		return err
	}
	named := *e
	named.Kind, named.Code, named.Platform, named.Field = core.KindInvalid, core.CodeParameters, name, repostField
	named.Help = "Name a post of this profile that is published on LinkedIn, or give its URN or address."
	return &named
}

// learnParent finds out what is to be repeated, once.
func (w *preparation) learnParent(ctx context.Context) (core.Progress, error) {
	if w.repost == nil || w.placedParent(w.state) != "" {
		return core.Progress{Ready: true}, nil
	}
	urn, err := w.findParent(ctx, w.session)
	if err != nil {
		return core.Progress{}, err
	}
	err = w.update(ctx, func(p *progress) { p.Parent = urn })
	return core.Progress{Ready: err == nil}, err
}
