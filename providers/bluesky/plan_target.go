package bluesky

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// target is a post that an option names.
type target struct {
	field  string
	uri    string // with the handle or the DID of its author
	postID string // of this server
}

var ownID = regexp.MustCompile(`^[0-9A-Za-z]{20}$`)

// planTarget reads an option that names a post; nil where it is not given.
func (p *Provider) planTarget(field string, v *string) (*target, core.Errors) {
	if v == nil {
		return nil, nil
	}
	given := strings.TrimSpace(*v)
	t := &target{field: field}
	if ownID.MatchString(given) {
		t.postID = given
		return t, nil
	}
	uri, ok := p.readPostURI(given)
	if !ok {
		return nil, core.Errors{invalid(field, field+" must name a post: at://…, its address on bsky.app, or the id of a post of this server.")}
	}
	t.uri = uri
	return t, nil
}

// readPostURI reads the name of a post: at://…, or its address.
func (p *Provider) readPostURI(v string) (string, bool) {
	if strings.HasPrefix(v, "at://") {
		return postURI(v)
	}
	if !strings.Contains(v, "://") {
		v = "https://" + v
	}
	u, err := url.Parse(v)
	if err != nil || !p.ownPage(u) {
		return "", false
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) != 4 || parts[0] != "profile" || parts[2] != "post" {
		return "", false
	}
	return postURI(api.URI(parts[1], api.CollectionPost, parts[3]))
}

// postURI returns the name of a post as it is compared, if it is one.
func postURI(v string) (string, bool) {
	uri, err := syntax.ParseATURI(v)
	if err != nil || uri.Collection() != api.CollectionPost || uri.RecordKey() == "" {
		return "", false
	}
	return uri.Normalize().String(), true
}

// ownPage tells whether an address is on Bluesky's site, wherever that is configured to be.
func (p *Provider) ownPage(u *url.URL) bool {
	own, err := url.Parse(p.cfg.WebURL)
	host := strings.ToLower(u.Host)
	return host == "bsky.app" || host == "www.bsky.app" || err == nil && host == strings.ToLower(own.Host)
}
