package accounts

import (
	"context"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
)

// alertDays is how many days before the end of an account's authorization its owner is alerted.
const alertDays = 30

// Need says what an account needs of its owner.
type Need string

// The needs.
const (
	NeedNothing Need = ""
	NeedRefresh Need = "refresh" // it ends soon, and should be linked again before
	NeedRelink  Need = "relink"  // it has ended: nothing can be posted until it is linked again
)

// NeedOf tells what an account needs of its owner, and how many days are left, as
// DaysLeft counts them; 0 also when the end is not known.
func NeedOf(a core.Account, now time.Time) (n Need, days int) {
	days, known := a.DaysLeft(now)
	switch {
	case a.Status == core.AccountRelinkRequired, known && days == 0:
		return NeedRelink, days
	case known && days <= alertDays:
		return NeedRefresh, days
	}
	return NeedNothing, days
}

// Networks lists the networks that the page offers.
func (v *Visit) Networks() []LinkNetwork {
	return slices.DeleteFunc(v.linking.Networks(), func(n LinkNetwork) bool { return !offers(v.Profile, v.Session, n.Platform) })
}

// Accounts lists the linked accounts that the page is about, by network.
func (v *Visit) Accounts(ctx context.Context) ([]core.Account, error) {
	all, err := v.linking.Accounts.List(ctx, v.Session.ProfileID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(a core.Account) bool { return !v.concerns(a) }), nil
}

// concerns tells whether the page is about an account.
func (v *Visit) concerns(a core.Account) bool {
	if v.Session.AccountID != "" {
		return a.ID == v.Session.AccountID
	}
	return covered(v.Session, a.Platform)
}

// Account returns one of Accounts.
func (v *Visit) Account(ctx context.Context, id string) (core.Account, error) {
	a, err := v.linking.Accounts.Get(ctx, v.Session.ProfileID, id)
	switch {
	case core.KindOf(err) == core.KindNotFound, err == nil && !v.concerns(a):
		return core.Account{}, v.goneAccount()
	case err != nil:
		return core.Account{}, err
	}
	return a, nil
}

// CanRelink tells whether an account can be linked again: the page offers its network, and
// the server has an app for it.
func (v *Visit) CanRelink(a core.Account) bool {
	return offers(v.Profile, v.Session, a.Platform) && v.linking.hasAppFor(a)
}

// SwitchedOff tells whether the profile does not let accounts of a network be linked.
func (v *Visit) SwitchedOff(platform string) bool {
	return slices.Contains(v.Profile.DisableSocial, platform)
}

// AppTitle names the app that an account was linked through; empty: none of the server's.
func (v *Visit) AppTitle(a core.Account) string {
	n, _ := v.linking.network(a.Platform)
	i := slices.IndexFunc(n.Apps, func(app core.LinkApp) bool { return app.Name == a.App })
	if i < 0 {
		return ""
	}
	return n.Apps[i].Title
}

// Relinks tells whether the page can do nothing but link one account again.
func (v *Visit) Relinks() bool { return v.Session.AccountID != "" }

// Unlink removes one of Accounts, and returns what it was.
func (v *Visit) Unlink(ctx context.Context, id string) (core.Account, error) {
	a, err := v.Account(ctx, id)
	if err != nil {
		return core.Account{}, err
	}
	if v.Relinks() {
		return core.Account{}, badForm()
	}
	if err := v.linking.Accounts.Unlink(ctx, v.Session.ProfileID, id); err != nil {
		return core.Account{}, err
	}
	v.linking.Log.InfoContext(ctx, "account unlinked on a link page", "session", v.Session.ID, "profile", v.Session.ProfileID, "account", id)
	return a, nil
}

// Title is the name of a network as people write it.
func (v *Visit) Title(platform string) string { return v.linking.Registry.Title(platform) }
