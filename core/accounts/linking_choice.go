package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// choiceLife is how long a person has to choose among the accounts of a grant.
const choiceLife = 30 * time.Minute

// Linked is what was linked.
type Linked struct {
	// New are those that were not linked before, Renewed those that were; the ones that were
	// asked for in front.
	New, Renewed []core.Account
	// Kept are those that stay linked as they were, because that is better.
	Kept  []Outdone
	Notes []core.Finding // what could not be linked, and why
	// Done tells that the page has done what it was made for, and can do nothing more.
	Done bool
}

// Choice is what a person has to choose from.
type Choice struct {
	Platform string
	Accounts []core.Account // as the network describes them
	// Known are the remote ids of those that are linked already.
	Known []string
	// Kept are those of Known that stay linked as they are, whatever is chosen.
	Kept  []Outdone
	Notes []core.Finding
}

// settle links what a grant leaves no choice about, and else keeps it until the person has
// chosen.
func (v *Visit) settle(ctx context.Context, j journey, id string, g core.Grant) (Returned, error) {
	if len(g.Accounts) == 0 {
		title := v.Title(j.Platform)
		if j.direct.Direct {
			return Returned{}, nothingToLink(title, "what you entered", "Enter what belongs to an account that may post.", g)
		}
		return Returned{}, nothingToLink(title, "what you allowed", "Start again, and allow all that "+title+" asks you for.", g)
	}
	if j.AccountID != "" {
		a, err := v.Account(ctx, j.AccountID)
		if err != nil {
			return Returned{}, err
		}
		if !slices.ContainsFunc(g.Accounts, func(granted core.Account) bool { return granted.RemoteID == a.RemoteID }) {
			return Returned{}, otherAccount(v.Title(j.Platform), j, a, g)
		}
		return v.linkNow(ctx, j.Platform, g, nil, a.RemoteID)
	}
	kept, err := v.linking.Accounts.Outdone(ctx, v.Session.ProfileID, g)
	switch {
	case err != nil:
		return Returned{}, err
	case len(kept) == len(g.Accounts):
		return v.linkNow(ctx, j.Platform, g, kept)
	case len(g.Accounts) == 1:
		return v.linkNow(ctx, j.Platform, g, nil, g.Accounts[0].RemoteID)
	}
	return Returned{Choice: id}, v.keep(ctx, j, id, g)
}

// known returns the remote ids of a grant's accounts that are linked already.
func (v *Visit) known(ctx context.Context, g core.Grant) ([]string, error) {
	linked, err := v.linking.Accounts.List(ctx, v.Session.ProfileID)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, a := range g.Accounts {
		if _, there := sameAccount(linked, a); there {
			ids = append(ids, a.RemoteID)
		}
	}
	return ids, nil
}

func (v *Visit) linkNow(ctx context.Context, platform string, g core.Grant, kept []Outdone, remoteIDs ...string) (Returned, error) {
	linked, err := v.link(ctx, platform, g, kept, remoteIDs)
	return Returned{Linked: linked}, err
}

// link links accounts of a grant, and ends a page that was made for that alone.
func (v *Visit) link(ctx context.Context, platform string, g core.Grant, kept []Outdone, remoteIDs []string) (Linked, error) {
	known, err := v.known(ctx, g)
	if err != nil {
		return Linked{}, err
	}
	accounts, err := v.linking.Accounts.LinkGrant(ctx, v.Session.ProfileID, g, remoteIDs)
	if err != nil {
		return Linked{}, err
	}
	askedFirst(accounts, remoteIDs)
	linked := Linked{Kept: kept, Notes: g.Notes, Done: v.Relinks()}
	for _, a := range accounts {
		if slices.Contains(known, a.RemoteID) {
			linked.Renewed = append(linked.Renewed, a)
		} else {
			linked.New = append(linked.New, a)
		}
	}
	v.linking.Log.InfoContext(ctx, "accounts linked on a link page",
		"session", v.Session.ID, "profile", v.Session.ProfileID, "platform", platform,
		"new", len(linked.New), "renewed", len(linked.Renewed), "kept", len(kept))
	if linked.Done {
		_, err = v.linking.end(ctx, v.Session.ID)
	}
	return linked, err
}

// askedFirst puts those accounts in front that were asked for by their remote ids.
func askedFirst(list []core.Account, remoteIDs []string) {
	asked := func(a core.Account) int {
		if slices.Contains(remoteIDs, a.RemoteID) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b core.Account) int { return asked(a) - asked(b) })
}

// pending is a grant that waits for a choice, as the vault seals it.
type pending struct {
	Browser  string           `json:"browser"`
	Platform string           `json:"platform"`
	Tokens   plainCredentials `json:"tokens"`
	Accounts []core.Account   `json:"accounts"`
	Notes    []core.Finding   `json:"notes,omitempty"`
}

func newPending(v *Visit, j journey, g core.Grant) pending {
	return pending{Browser: v.mark(), Platform: j.Platform, Tokens: plainOf(g.Credentials), Accounts: g.Accounts, Notes: g.Notes}
}

func (p pending) grant() core.Grant {
	return core.Grant{Accounts: p.Accounts, Notes: p.Notes, Credentials: p.Tokens.credentials()}
}

// choiceOf is the id of the choice that a state leads to, so that who comes back with the
// state twice finds it.
func choiceOf(state core.Secret) string { return core.DerivedID("link choice", string(hashOf(state))) }

func (v *Visit) keep(ctx context.Context, j journey, id string, g core.Grant) error {
	plain, err := json.Marshal(newPending(v, j, g))
	if err != nil {
		return fmt.Errorf("encode a grant: %w", err)
	}
	sealed, err := v.linking.Vault.Seal(plain, sealedFor(sealGrant, id))
	if err != nil {
		return fmt.Errorf("seal a grant: %w", err)
	}
	err = v.linking.Store.PutPendingGrant(ctx, store.PendingGrant{
		ID: id, SessionID: v.Session.ID, Sealed: sealed, ExpiresAt: v.linking.Clock.Now().Add(choiceLife),
	})
	if err != nil {
		return fmt.Errorf("store a grant: %w", err)
	}
	return nil
}

// read opens a grant that waits for the choice of this browser.
func (v *Visit) read(g store.PendingGrant) (pending, error) {
	if g.SessionID != v.Session.ID || !v.linking.Clock.Now().Before(g.ExpiresAt) {
		return pending{}, choiceOver()
	}
	plain, err := v.linking.Vault.Open(g.Sealed, sealedFor(sealGrant, g.ID))
	if err != nil {
		return pending{}, fmt.Errorf("open a grant: %w", err)
	}
	var p pending
	if err := json.Unmarshal(plain, &p); err != nil {
		return pending{}, errors.New("a grant is not JSON") // the decoder's error may quote a token
	}
	if p.Browser != v.mark() {
		return pending{}, choiceOver()
	}
	return p, nil
}

// look reads a grant that waits, and leaves it there.
func (v *Visit) look(ctx context.Context, id string) (pending, error) {
	g, err := v.linking.Store.GetPendingGrant(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return pending{}, choiceOver()
	}
	if err != nil {
		return pending{}, fmt.Errorf("get a grant: %w", err)
	}
	return v.read(g)
}

func (v *Visit) hasChoice(ctx context.Context, id string) bool {
	_, err := v.look(ctx, id)
	return err == nil
}

// Choice returns what there is to choose from.
func (v *Visit) Choice(ctx context.Context, id string) (Choice, error) {
	p, err := v.look(ctx, id)
	if err != nil {
		return Choice{}, err
	}
	known, err := v.known(ctx, p.grant())
	if err != nil {
		return Choice{}, err
	}
	kept, err := v.linking.Accounts.Outdone(ctx, v.Session.ProfileID, p.grant())
	return Choice{Platform: p.Platform, Accounts: p.Accounts, Known: known, Kept: kept, Notes: p.Notes}, err
}

// Choose links those of the accounts that the remote ids name, gives those of Known that are
// not Kept the new authorization, and uses the choice up. It is an error if that is none.
func (v *Visit) Choose(ctx context.Context, id string, remoteIDs []string) (Linked, error) {
	p, err := v.look(ctx, id)
	if err != nil {
		return Linked{}, err
	}
	g := p.grant()
	for _, remoteID := range remoteIDs {
		if !slices.ContainsFunc(g.Accounts, func(a core.Account) bool { return a.RemoteID == remoteID }) {
			return Linked{}, badForm()
		}
	}
	known, err := v.known(ctx, g)
	if err != nil {
		return Linked{}, err
	}
	for _, id := range known { // whatever they are checked: the page says so
		if !slices.Contains(remoteIDs, id) {
			remoteIDs = append(slices.Clone(remoteIDs), id)
		}
	}
	if len(remoteIDs) == 0 {
		return Linked{}, &core.Error{
			Kind: core.KindInvalid, Code: core.CodeParameters, Op: "linking.choose", Field: "account",
			Message: "no account is chosen", Help: "Choose at least one, or cancel.",
		}
	}
	if !offers(v.Profile, v.Session, p.Platform) {
		return Linked{}, notOffered(v.Title(p.Platform))
	}
	kept, err := v.linking.Accounts.Outdone(ctx, v.Session.ProfileID, g)
	if err != nil {
		return Linked{}, err
	}
	remoteIDs = slices.DeleteFunc(remoteIDs, func(id string) bool {
		return slices.ContainsFunc(kept, func(k Outdone) bool { return k.RemoteID == id })
	})
	if _, err := v.linking.Store.TakePendingGrant(ctx, id); errors.Is(err, store.ErrNotFound) {
		return Linked{}, choiceOver()
	} else if err != nil {
		return Linked{}, fmt.Errorf("take a grant: %w", err)
	}
	// The choice is used up: a browser that is closed now does not leave it undone.
	return v.link(context.WithoutCancel(ctx), p.Platform, g, kept, remoteIDs)
}

// Drop gives up a choice: its tokens are forgotten.
func (v *Visit) Drop(ctx context.Context, id string) error {
	if _, err := v.look(ctx, id); err != nil {
		return err
	}
	if _, err := v.linking.Store.TakePendingGrant(ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("take a grant: %w", err)
	}
	return nil
}

// choiceOver refuses a choice that was made, or took too long.
func choiceOver() *core.Error {
	return stepOver("this choice was made before, or took too long: what is linked, the page shows")
}

// nothingToLink tells a person who consented, or told what he was asked for, that it was of no
// use.
func nothingToLink(title, what, help string, g core.Grant) *core.Error {
	e := &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkAccount, Op: "linking.return",
		Message: "nothing can be posted to " + title + " with " + what,
		Help:    help,
	}
	if len(g.Notes) > 0 {
		i := max(0, slices.IndexFunc(g.Notes, func(n core.Finding) bool { return n.Status != core.FindingOK }))
		e.Message += ". " + strings.TrimSuffix(g.Notes[i].Message, ".")
		if g.Notes[i].Help != "" {
			e.Help = g.Notes[i].Help
		}
	}
	return e
}

// otherAccount tells a person that the consent, or what he entered, is not good for the
// account that was to be linked again.
func otherAccount(title string, j journey, a core.Account, g core.Grant) *core.Error {
	if i := slices.IndexFunc(j.direct.Fields, func(f core.LinkField) bool { return f.Identifies }); i >= 0 {
		return &core.Error{
			Kind: core.KindForbidden, Code: core.CodeLinkAccount, Op: "linking.return", Platform: a.Platform, Field: j.direct.Fields[i].Name,
			Message: fmt.Sprintf("what you entered is good for %s, and not for %s", nameAll(g.Accounts), a.DisplayName),
			Help:    "Enter what belongs to " + a.DisplayName + ".",
		}
	}
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkAccount, Op: "linking.return", Platform: a.Platform,
		Message: fmt.Sprintf("you signed in to %s as somebody who cannot post as %s; what you allowed is good for %s", title, a.DisplayName, nameAll(g.Accounts)),
		Help: fmt.Sprintf("Sign out of %s, or open this address in another browser; then start again, and sign in as a person who may post as %s.",
			title, a.DisplayName),
	}
}

// nameAll names accounts in a sentence.
func nameAll(list []core.Account) string {
	const most = 5
	names := make([]string, 0, most)
	for i, a := range list {
		if i == most-1 && len(list) > most {
			names = append(names, fmt.Sprintf("%d others", len(list)-i))
			break
		}
		names = append(names, a.DisplayName)
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}
