package publish

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// duplicateWindow is how far apart the same content of one account has to be due: less
// than this, and the second is a duplicate of the first.
const duplicateWindow = 24 * time.Hour

// contentOf is what tells whether two deliveries of an account carry the same content:
// the visible text without regard to its spacing, the files and the network's own options. What
// is done beside the post (its first comment, who may comment) is not content.
func (p *Publisher) contentOf(r core.PostRequest, accountID, platform string) string {
	d := r.Draft(platform)
	c := contentHash{sha256.New()}
	c.add(accountID)
	for word := range strings.FieldsSeq(visible(d.Text)) {
		c.add(word)
	}
	c.add("") // no word is empty
	for _, ref := range d.Media {
		c.add(ref.URL)
	}
	c.add("")
	for _, m := range d.Mentions {
		if m.Platform == "" || m.Platform == platform {
			c.add(m.ID)
			c.add(m.Name)
		}
	}
	c.add("")
	c.add(canonicalOptions(p.normalOptions(platform, d.Options)))
	return c.sum()
}

// visible is a text as readers see it: without characters of no width, and each letter in
// one form, whether its accent is a character of its own or not.
func visible(text string) string {
	return norm.NFC.String(strings.Map(func(c rune) rune {
		switch c {
		case '\u00AD', '\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF': // soft hyphen, spaces and joiners of no width
			return -1
		}
		return c
	}, text))
}

// contentHash is a hash of a sequence of texts.
type contentHash struct{ hash.Hash }

func (c contentHash) add(s string) {
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(s)))
	c.Write(size[:])
	c.Write([]byte(s))
}

func (c contentHash) sum() string {
	const enough = 16 // bytes: no two contents of one account meet by chance
	return base64.RawURLEncoding.EncodeToString(c.Sum(nil)[:enough])
}

// normalOptions is an option block in its network's own form; as it is where the network
// has none, or its adapter fails.
func (p *Publisher) normalOptions(platform string, block json.RawMessage) json.RawMessage {
	provider, _ := p.registry.Get(platform)
	n, ok := provider.(core.Normalizer)
	if !ok || len(block) == 0 {
		return block
	}
	normal := block
	err := p.guard(context.Background(), func() error {
		normal = n.NormalOptions(block)
		return nil
	})
	if err != nil {
		return block
	}
	return normal
}

// canonicalOptions writes an option block without regard to its spacing and the order
// of its keys.
func canonicalOptions(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // a large id must not lose digits
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		return string(raw) // it is refused elsewhere
	}
	if len(v) == 0 {
		return ""
	}
	canonical, err := json.Marshal(v)
	if err != nil {
		return string(raw)
	}
	return string(canonical)
}

// checksDuplicates tells whether a request is compared with others.
func (p *Publisher) checksDuplicates(r core.PostRequest) bool {
	return !p.allowDuplicates && !r.AllowDuplicate
}

// duplicateProblems tells to which of the accounts the same content goes within a day of
// the time due (zero: now). except is the id of a post that does not count: the one that
// is about to be changed or sent again; empty for a new one. The second error is the
// store's.
//
// It is only a look: two changes at the same moment may pass it both. A new post is
// looked at again by the store while it is written, which lets one of two through.
func (p *Publisher) duplicateProblems(ctx context.Context, accounts []core.Account, r core.PostRequest, due time.Time, except string) (core.Errors, error) {
	if !p.checksDuplicates(r) {
		return nil, nil
	}
	if due.IsZero() {
		due = p.clock.Now()
	}
	var problems core.Errors
	for _, a := range accounts {
		d, err := p.store.FindDuplicate(ctx, store.DuplicateQuery{
			Content: p.contentOf(r, a.ID, a.Platform), Due: due, Window: duplicateWindow, Except: except,
		})
		switch {
		case err == nil:
			problems = append(problems, duplicateOf(a, d))
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	return problems, nil
}

// seriesDuplicates is duplicateProblems for a new post and its repetitions.
func (p *Publisher) seriesDuplicates(ctx context.Context, accounts []core.Account, r core.PostRequest) (core.Errors, error) {
	times := []time.Time{r.ScheduleAt}
	if r.AutoRepost != nil {
		first := r.AutoRepost.StartAt
		if first.IsZero() {
			first = p.clock.Now()
		}
		times = append(times, r.AutoRepost.Times(first)...)
	}
	for _, due := range times {
		problems, err := p.duplicateProblems(ctx, accounts, r, due, "")
		if len(problems) > 0 || err != nil {
			return problems, err
		}
	}
	return nil, nil
}

// refuseRepeated refuses to send failed deliveries again when another post has taken
// their content to the same account meanwhile.
func (p *Publisher) refuseRepeated(ctx context.Context, o Outcome) error {
	var accounts []core.Account
	for _, d := range o.Deliveries {
		if !retryable(o.Post.Request, d) {
			continue
		}
		a, err := p.store.GetAccount(ctx, d.AccountID)
		switch {
		case err == nil:
			accounts = append(accounts, a)
		case !errors.Is(err, store.ErrNotFound): // what is no longer linked fails by itself
			return err
		}
	}
	problems, err := p.duplicateProblems(ctx, accounts, o.Post.Request, time.Time{}, o.Post.ID)
	if err != nil {
		return err
	}
	for _, e := range problems {
		e.Help = "If both are wanted, create this one anew with POST /post/copy and allowDuplicate: true, and delete it."
	}
	return problems.OrNil()
}

// duplicateOf refuses content that another delivery to the account has.
func duplicateOf(a core.Account, d core.Delivery) *core.Error {
	what := "is to go"
	switch d.State {
	case core.DeliveryPublished:
		what = "went"
	case core.DeliveryUncertain, core.DeliveryCommitting:
		what = "went, or may have gone,"
	case core.DeliveryAccepted, core.DeliveryPreparing, core.DeliveryFailed, core.DeliveryCancelled:
	}
	return &core.Error{
		Kind: core.KindDuplicate, Code: core.CodeDuplicate, Field: "post", Platform: a.Platform, RemoteID: d.Receipt.RemoteID,
		Message: fmt.Sprintf("the same content %s to %s with post %s, due at %s, which is less than %d hours away",
			what, a.Label(), d.PostID, d.DueAt.UTC().Format(time.RFC3339), int(duplicateWindow.Hours())),
		Help: "GET /post/" + d.PostID + " shows that post. Change this one or its time, or send it with allowDuplicate: true.",
	}
}

// accountsOf returns the accounts of targets.
func accountsOf(targets []target) []core.Account {
	out := make([]core.Account, len(targets))
	for i, t := range targets {
		out[i] = t.account
	}
	return out
}

// sendable returns the accounts of targets but for those whose network refuses the text: what
// cannot be sent repeats nothing.
func sendable(targets []target, problems core.Errors) []core.Account {
	return slices.DeleteFunc(accountsOf(targets), func(a core.Account) bool {
		return slices.ContainsFunc(problems, func(e *core.Error) bool {
			return e.Platform == a.Platform && e.Field == "post" && e.Kind == core.KindInvalid
		})
	})
}

// vanishedDuplicate refuses a post whose duplicate was there when the post was to be
// stored, and ended without being published right afterwards.
func vanishedDuplicate() *core.Error {
	return &core.Error{
		Kind: core.KindDuplicate, Code: core.CodeDuplicate, Field: "post",
		Message: "the same content was about to go to the same account, and was cancelled or failed at this moment",
		Help:    "Send the post again.",
	}
}
