package coretest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
)

// Limits of the scripted network.
const (
	MaxText   = 280 // characters
	MaxImages = 4
	maxBytes  = 1 << 20 // of one picture
)

// Config says what kind of network is wanted. The zero value is a good one.
type Config struct {
	// Name is the network's name; "scripted" when empty. The options key is the
	// name followed by "Options".
	Name string
	// Website is where the network's pages are; "https://" and the name with ".example" when
	// empty.
	Website string
	// Clock stamps the posts; the system's when nil. It has to be the clock of
	// the code under test wherever that asks what was posted since some time.
	Clock core.Clock
	// Polls is how often an uploaded file is found in processing before it is ready.
	Polls int
	// Unreadable makes Reconcile unable to tell what became of a lost answer.
	Unreadable bool
	// TextBytes is how many bytes of a text the network takes; 0: any number.
	TextBytes int
	// Repeatable lets every post have a key, which Prepare saves, and under which the network
	// takes it once.
	Repeatable bool
	// CommentKeys lets a Forum take a comment once under its key.
	CommentKeys bool
	// DuplicateWindow is for how long the network refuses the same text of the
	// same author again; 0: never.
	DuplicateWindow time.Duration
	// PostsPerDay is how many posts of one account the network takes in a day; 0: any
	// number. It says so and leaves keeping it to its clients.
	PostsPerDay int
	// Apps are those of LinkApps; nil: LinkApp alone, empty: none.
	Apps []core.LinkApp
	// AccessLife is how long access tokens last that come of a consent, GrantLife for how
	// long they can be renewed; 0: DefaultAccessLife, DefaultGrantLife. With a negative
	// GrantLife there are no refresh tokens.
	AccessLife, GrantLife time.Duration
	// KeepRefreshTokens lets a refresh token be good for as long as its grant, and answers
	// leave it out. Otherwise each is good once, and the answer has the next one.
	KeepRefreshTokens bool
}

// Provider is the adapter of a scripted network: small, but honest in everything
// that the contract asks for. The network is part of it.
type Provider struct {
	*Network

	name        string
	website     string
	postsPerDay int
	textBytes   int
	repeatable  bool
	commentKeys bool
	apps        []core.LinkApp
	unreachable bool
}

// NewProvider returns an adapter in front of a network of its own.
func NewProvider(c Config) *Provider {
	if c.Clock == nil {
		c.Clock = core.SystemClock{}
	}
	n := &Network{
		clock: c.Clock, polls: c.Polls, unreadable: c.Unreadable, duplicateWindow: c.DuplicateWindow,
		members:  map[core.Secret]Member{},
		scripts:  map[Op][]Behaviour{},
		standing: map[Op]Behaviour{},
		assets:   map[string]*asset{},
		codes:    map[core.Secret]*consented{},
		asked:    map[string]asked{},
		grants:   map[core.Secret]*grant{},
		issued:   map[core.Secret]issued{},
		revoked:  map[core.Secret]bool{},
		lives:    livesOf(c),
	}
	n.AddMember(Member{Token: MemberToken, RemoteID: MemberID, Name: "Ada Example", Handle: MemberHandle, Password: MemberPassword})
	if c.Apps == nil {
		c.Apps = []core.LinkApp{LinkApp()}
	}
	return &Provider{Network: n, name: cmp.Or(c.Name, "scripted"), website: c.Website, postsPerDay: c.PostsPerDay, textBytes: c.TextBytes, repeatable: c.Repeatable, commentKeys: c.CommentKeys, apps: c.Apps}
}

// Unreachable returns an adapter of the same network whose connections are all
// refused, as if it were configured with the wrong address.
func (p *Provider) Unreachable() *Provider {
	return &Provider{Network: p.Network, name: p.name, website: p.website, textBytes: p.textBytes, repeatable: p.repeatable, apps: p.apps, unreachable: true}
}

// Info describes the network.
func (p *Provider) Info() core.Info {
	return core.Info{
		Name:       p.name,
		Title:      strings.ToUpper(p.name[:1]) + p.name[1:],
		OptionsKey: p.name + "Options",
		Website:    cmp.Or(p.website, "https://"+p.name+".example"),
		APIVersion: "1",
		Limits: core.Limits{
			TextLength: MaxText, TextUnit: "characters", TextBytes: p.textBytes, Images: MaxImages,
			ImageTypes: imageTypes(), PostsPerDay: p.postsPerDay, DuplicateWindow: p.duplicateWindow,
		},
		Options: optionInfo(),
	}
}

func imageTypes() []string { return []string{"image/gif", "image/jpeg", "image/png"} }

// Plan checks the draft.
func (p *Provider) Plan(_ context.Context, as core.Account, d core.Draft) (core.Publication, error) {
	key := p.Info().OptionsKey
	o, problems := decodeOptions(d.Options, key)
	problems = append(problems, p.checkText(d)...)
	problems = append(problems, checkMedia(d.Media)...)
	if len(o.AltText) > len(d.Media) {
		problems = append(problems, invalid(key+".altText", "has more entries than there are pictures", nil))
	}
	text, mentionProblems := p.mention(d)
	problems = append(problems, mentionProblems...)
	for _, e := range problems {
		e.Platform = p.name
		e.Op = p.name + "." + e.Op
	}
	if err := problems.OrNil(); err != nil {
		return nil, err
	}
	return &publication{
		provider: p, account: as, text: text, options: o, needs: needs(d.Media, o, key),
		comment: d.FirstComment, closed: d.DisableComments,
	}, nil
}

// mention puts names in the places of the text's mentions; the network knows none by
// their ids.
func (p *Provider) mention(d core.Draft) (string, core.Errors) {
	text := d.Text
	var problems core.Errors
	for i, m := range d.Mentions {
		if m.Name == "" && (m.Platform == "" || m.Platform == p.name) {
			problems = append(problems, invalid(cmp.Or(m.Field, fmt.Sprintf("mentions[%d]", i)), "needs a name: this network knows nobody by id", nil))
		}
		text = strings.ReplaceAll(text, fmt.Sprintf("{{%d}}", i), cmp.Or(m.Name, m.ID))
	}
	return text, problems
}

func (p *Provider) checkText(d core.Draft) core.Errors {
	length := utf8.RuneCountInString(d.Text)
	switch {
	case length > MaxText:
		e := invalid("post", fmt.Sprintf("has %d characters, %d too many", length, length-MaxText), nil)
		e.Code = core.CodeTextTooLong
		return core.Errors{e}
	case p.textBytes > 0 && len(d.Text) > p.textBytes:
		e := invalid("post", fmt.Sprintf("has %d bytes, %d too many", len(d.Text), len(d.Text)-p.textBytes), nil)
		e.Code = core.CodeTextTooLong
		return core.Errors{e}
	case length == 0 && len(d.Media) == 0:
		return core.Errors{invalid("post", "must not be empty without media", nil)}
	}
	return nil
}

func checkMedia(refs []core.MediaRef) core.Errors {
	var problems core.Errors
	if len(refs) > MaxImages {
		problems = append(problems, invalid("mediaUrls", fmt.Sprintf("must not have more than %d entries", MaxImages), nil))
	}
	for i, ref := range refs {
		var e *core.Error
		switch {
		case ref.Video:
			e = invalid(fieldOf(ref, i), "is a video, which this network does not take", nil)
		case strings.HasPrefix(ref.URL, "urn:"):
			e = invalid(fieldOf(ref, i), "names an asset, which this network has none of", nil)
		default:
			continue
		}
		e.Kind = core.KindUnsupported
		problems = append(problems, e)
	}
	return problems
}

func fieldOf(ref core.MediaRef, i int) string {
	return cmp.Or(ref.Field, fmt.Sprintf("mediaUrls[%d]", i))
}

// thumbnailKey is the key of the need that only an option names.
const thumbnailKey = "thumbnail"

func needs(refs []core.MediaRef, o options, optionsKey string) []core.Need {
	accept := func() []core.Accept {
		return []core.Accept{{Kind: core.MediaImage, MIME: imageTypes(), MaxBytes: maxBytes}}
	}
	var out []core.Need
	for i, ref := range refs {
		out = append(out, core.Need{Key: fmt.Sprintf("media[%d]", i), URL: ref.URL, Field: fieldOf(ref, i), Accept: accept()})
	}
	if o.Thumbnail != "" {
		out = append(out, core.Need{Key: thumbnailKey, URL: o.Thumbnail, Field: optionsKey + ".thumbnail", Accept: accept()})
	}
	return out
}

// call sends one call to the network and translates what comes of it.
func (p *Provider) call(ctx context.Context, b bearer, c Call, apply func() error) error {
	if p.unreachable {
		return p.translate(c.Op, &unreachable{})
	}
	return p.translate(c.Op, p.Network.call(ctx, b, c, apply))
}

func (p *Provider) translate(op Op, err error) error {
	if err == nil {
		return nil
	}
	return translate(core.Error{Op: p.name + "." + string(op), Platform: p.name}, err)
}

// Identify tells whom a token belongs to. Every member administers every page.
func (p *Provider) Identify(ctx context.Context, c core.Credentials, remoteID string) (core.Account, error) {
	a := core.Account{Platform: p.name, Status: core.AccountActive, ExpiresAt: c.ExpiresAt, RefreshExpiresAt: c.RefreshExpiresAt}
	shown := bearer{c.AccessToken, c.Binding}
	err := p.call(ctx, shown, Call{Op: OpIdentify, Author: remoteID}, func() error {
		m, _ := p.holder(shown)
		a.RemoteID, a.Kind, a.DisplayName, a.Username = m.RemoteID, core.AccountPerson, m.Name, p.username(c, m)
		if remoteID != "" && remoteID != m.RemoteID {
			a.RemoteID, a.Kind, a.DisplayName, a.Username = remoteID, core.AccountOrganization, pageName(remoteID), ""
		}
		return nil
	})
	if err != nil {
		return core.Account{}, err
	}
	a.ProfileURL = p.Info().Website + "/" + a.RemoteID
	return a, nil
}

// Delete removes a post; one that is gone already is no error.
func (p *Provider) Delete(ctx context.Context, s *core.Session, remoteID string) error {
	shown, err := bearerOf(ctx, s)
	if err != nil {
		return err
	}
	author := s.Account.RemoteID
	err = p.call(ctx, shown, Call{Op: OpDelete, Author: author, Item: remoteID}, func() error {
		return p.remove(author, remoteID)
	})
	var e *core.Error
	if errors.As(err, &e) && e.Kind == core.KindNotFound {
		return nil
	}
	return err
}

var (
	_ core.Provider   = (*Provider)(nil)
	_ core.Identifier = (*Provider)(nil)
	_ core.Deleter    = (*Provider)(nil)
)
