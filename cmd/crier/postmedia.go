package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// The fields of a post's form that take files.
const (
	mediaField     = "media"
	thumbnailField = "thumbNail"
	captionsField  = "captions"
)

// mediaOption is a flag whose value stands in the option blocks of networks.
type mediaOption struct {
	flag  string
	name  string // key in the option block
	what  string // for people
	value any
	// all means that every network must take it; otherwise one is enough.
	all bool
}

// addMedia tells addresses from files.
func (p *postFlags) addMedia(r *postRequest) error {
	if len(p.alt.values) > len(p.media.values) {
		return fmt.Errorf("--alt: there are %d texts for %d images", len(p.alt.values), len(p.media.values))
	}
	var addresses []string
	for _, value := range p.media.values {
		if isAddress(value) {
			if len(r.files) > 0 {
				return errors.New("--media: name addresses before files; the server puts files last")
			}
			addresses = append(addresses, value)
			continue
		}
		if err := r.attach("media", mediaField, value); err != nil {
			return err
		}
	}
	if len(addresses) > 0 {
		r.fields["mediaUrls"] = addresses
	}
	return nil
}

// describeMedia adds what is said about the media.
func (p *postFlags) describeMedia(r *postRequest) error {
	for _, flag := range []struct {
		name  string
		given bool
	}{{"video", *p.video}, {"title", *p.title != ""}, {"thumbnail", *p.thumbnail != ""}, {"captions", *p.captions != ""}} {
		if flag.given && len(p.media.values) == 0 {
			return fmt.Errorf("--%s: there is nothing that it could belong to; add --media", flag.name)
		}
	}
	if *p.video {
		r.fields["isVideo"] = true
	}
	if len(p.alt.values) > 0 {
		r.options = append(r.options, mediaOption{"alt", "altText", "description of images", p.alt.values, true})
	}
	if *p.title != "" {
		r.options = append(r.options, mediaOption{"title", "title", "title of media", *p.title, false})
	}
	if err := r.companion("thumbnail", thumbnailField, "thumbnail of a video", *p.thumbnail); err != nil {
		return err
	}
	return r.companion("captions", captionsField, "captions of a video", *p.captions)
}

// companion adds a file or an address that accompanies a video. Networks call the
// option as the form calls the field.
func (r *postRequest) companion(flag, field, what, value string) error {
	switch {
	case value == "":
		return nil
	case isAddress(value):
		r.options = append(r.options, mediaOption{flag, field, what, value, false})
		return nil
	}
	return r.attach(flag, field, value)
}

// attach adds a file of this machine.
func (r *postRequest) attach(flag, field, path string) error {
	if _, err := lookAt(path); err != nil {
		return fmt.Errorf("--%s: %w", flag, err)
	}
	r.files = append(r.files, attachment{field, filepath.Clean(path)})
	return nil
}

// isAddress tells an entry of mediaUrls from the name of a file.
func isAddress(value string) bool {
	for _, scheme := range []string{"https://", "http://", "urn:", uploadScheme, "sample:"} {
		if strings.HasPrefix(strings.ToLower(value), scheme) {
			return true
		}
	}
	return false
}

// addMediaOptions puts what flags say into the option blocks of the networks that
// take it; the server knows what the blocks are called.
func (r *postRequest) addMediaOptions(ctx context.Context, c *apiClient) error {
	if len(r.options) == 0 {
		return nil
	}
	networks, err := c.networks(ctx)
	if err != nil {
		return err
	}
	platforms, _ := r.fields["platforms"].([]string)
	addressed := slices.DeleteFunc(networks, func(n network) bool {
		return !slices.Contains(platforms, "all") && !slices.Contains(platforms, n.Name)
	})
	for _, option := range r.options {
		if err := r.addMediaOption(option, addressed); err != nil {
			return err
		}
	}
	return nil
}

func (r *postRequest) addMediaOption(option mediaOption, networks []network) error {
	taken := false
	for _, n := range networks {
		if !slices.ContainsFunc(n.Options, func(o networkOption) bool { return o.Name == option.name }) {
			if option.all {
				return fmt.Errorf("--%s: %s takes no %s", option.flag, n.Name, option.what)
			}
			continue
		}
		taken = true
		block, _ := r.fields[n.OptionsKey].(map[string]any)
		if block == nil {
			block = map[string]any{}
		}
		if _, set := block[option.name]; set {
			return fmt.Errorf("--%s: --options has %s.%s as well", option.flag, n.OptionsKey, option.name)
		}
		block[option.name] = option.value
		r.fields[n.OptionsKey] = block
	}
	if !taken && len(networks) > 0 {
		return fmt.Errorf("--%s: no network that the post goes to takes a %s", option.flag, option.what)
	}
	return nil
}
