package engage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// parallelAccounts is for how many accounts one request does its work at a time.
const parallelAccounts = 4

// PostRef names a post: by this server's id, or by the network's.
type PostRef struct {
	ID string
	// Native tells that the id is the network's; then one platform has to be named, or one
	// account.
	Native bool
	// Platforms and AccountIDs choose among the accounts that it was published to; none: all.
	Platforms  []string
	AccountIDs []string
}

// Target is a post on the network of one account.
type Target struct {
	Account  core.Account
	PostID   string // this server's id; empty when it did not publish the post
	RemoteID string // the network's id
	URL      string // of the post; empty: unknown
	// Parts are the network's ids of the posts in which a thread goes on.
	Parts []string
	// err is why nothing can be done there.
	err error
	// told keeps what the adapter warns of during the work; nil: nobody wants to know.
	told *told
}

// Result is what became of the work for one account.
type Result[T any] struct {
	Target
	Value T
	Fresh Freshness // of what was read
	// Warnings are what the adapter told during the work, also of work that failed.
	Warnings []core.Warning
	Err      error
}

// each does the work for every target, several at a time, in their order.
func each[T any](targets []Target, work func(Target) (T, Freshness, error)) []Result[T] {
	results := make([]Result[T], len(targets))
	var g errgroup.Group
	g.SetLimit(parallelAccounts)
	for i, t := range targets {
		results[i].Target = t
		if t.err != nil {
			results[i].Err = t.err
			continue
		}
		t.told = &told{}
		g.Go(func() error {
			r := &results[i]
			r.Value, r.Fresh, r.Err = work(t)
			r.Warnings = t.told.all()
			return nil
		})
	}
	_ = g.Wait() // the errors are in the results
	return results
}

// resolve finds where a post is. An error is about the request, or the store's.
func (s *Service) resolve(ctx context.Context, profileID string, ref PostRef) ([]Target, error) {
	if ref.Native {
		target, err := s.native(ctx, profileID, ref)
		return []Target{target}, err
	}
	if err := s.knownPlatforms(ref); err != nil {
		return nil, err
	}
	post, err := s.store.GetPost(ctx, profileID, ref.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, &core.Error{
			Kind: core.KindNotFound, Code: core.CodeHistoryNotFound, Field: "id",
			Message: fmt.Sprintf("no post of this profile has the id %q", ref.ID),
			Help:    "GET /history lists the posts; send searchPlatformId:true, and the network in platforms, with an id of the network itself.",
		}
	}
	if err != nil {
		return nil, err
	}
	deliveries, err := s.store.ListDeliveries(ctx, post.ID)
	if err != nil {
		return nil, err
	}
	var targets []Target
	for _, d := range deliveries {
		if !reachable(d) || !ref.selects(d.AccountID, d.Platform) {
			continue
		}
		t, err := s.targetOf(ctx, d)
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	if len(targets) == 0 {
		return nil, notPublished(post, deliveries, ref)
	}
	return targets, nil
}

// reachable tells whether a delivery is on its network, under a known id.
func reachable(d core.Delivery) bool {
	return d.State == core.DeliveryPublished && d.DeletedAt.IsZero() && d.Receipt.RemoteID != ""
}

// selects tells whether an account is among the chosen ones.
func (r PostRef) selects(accountID, platform string) bool {
	return len(r.Platforms) == 0 && len(r.AccountIDs) == 0 ||
		slices.Contains(r.Platforms, platform) || slices.Contains(r.AccountIDs, accountID)
}

// targetOf is where a delivery was published.
func (s *Service) targetOf(ctx context.Context, d core.Delivery) (Target, error) {
	t := Target{PostID: d.PostID, RemoteID: d.Receipt.RemoteID, URL: d.Receipt.URL, Parts: d.Receipt.Parts}
	account, err := s.store.GetAccount(ctx, d.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		t.Account = core.Account{ID: d.AccountID, Platform: d.Platform}
		t.err = &core.Error{
			Kind: core.KindInvalid, Code: core.CodeNotLinked, Platform: d.Platform,
			Message: "the account that published the post is no longer linked",
		}
		return t, nil
	}
	t.Account = d.Receipt.As(account)
	return t, err
}

// notPublished tells why nothing can be done about a post.
func notPublished(post core.Post, deliveries []core.Delivery, ref PostRef) error {
	e := &core.Error{Kind: core.KindInvalid, Code: core.CodeParameters, Field: "id"}
	var elsewhere []string
	for _, d := range deliveries {
		if reachable(d) {
			elsewhere = append(elsewhere, d.Platform)
		}
	}
	slices.Sort(elsewhere)
	switch {
	case len(elsewhere) > 0:
		e.Field = "platforms"
		e.Message = "the post is not published on " + strings.Join(append(slices.Clone(ref.Platforms), ref.AccountIDs...), ", ") +
			"; it is on " + strings.Join(slices.Compact(elsewhere), ", ")
	case post.Status == core.PostOpen:
		e.Code, e.Message = core.CodeProcessing, "the post is not published yet"
		e.Help = "Wait until GET /post/:id shows that it is."
	case post.Status == core.PostDeleted:
		e.Code, e.Message = core.CodeAlreadyDeleted, "the post was deleted"
	default:
		e.Message = "the post is published nowhere"
		e.Help = "GET /post/:id tells why; a post that failed can be created anew."
	}
	return e
}

// native finds the account of a post that is named by the network's id: the chosen one, or
// else the one that published it, if this server knows it, or the default one.
func (s *Service) native(ctx context.Context, profileID string, ref PostRef) (Target, error) {
	account, err := s.nativeAccount(ctx, profileID, ref)
	if err != nil {
		return Target{}, err
	}
	t := Target{Account: account, RemoteID: ref.ID}
	candidates := []core.Account{account}
	if len(ref.AccountIDs) == 0 {
		if candidates, err = s.linked(ctx, profileID, account.Platform); err != nil {
			return Target{}, err
		}
	}
	for _, a := range candidates {
		d, err := s.store.FindDelivery(ctx, a.ID, ref.ID)
		if err == nil {
			t.Account, t.PostID, t.URL, t.Parts = d.Receipt.As(a), d.PostID, d.Receipt.URL, d.Receipt.Parts
			return t, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return Target{}, err
		}
	}
	if provider, known := s.registry.Get(t.Account.Platform); known {
		if describer, can := provider.(core.Describer); can {
			t.URL = describer.Receipt(t.Account, t.RemoteID).URL
		}
	}
	return t, nil
}

// nativeAccount finds the one account that an id of a network is looked for with. An account
// that is named is that account, of the network that is named beside it.
func (s *Service) nativeAccount(ctx context.Context, profileID string, ref PostRef) (core.Account, error) {
	by, field, what := ref, "platforms", "network"
	if len(ref.AccountIDs) > 0 {
		if err := s.knownPlatforms(ref); err != nil {
			return core.Account{}, err
		}
		by.Platforms, field, what = nil, "accountIds", "account"
	}
	accounts, err := s.accounts(ctx, profileID, by)
	if err != nil {
		return core.Account{}, err
	}
	if len(accounts) != 1 {
		return core.Account{}, &core.Error{
			Kind: core.KindInvalid, Field: field,
			Message: fmt.Sprintf("an id of a network belongs to one %s: name just that one in %s", what, field),
		}
	}
	a := accounts[0]
	if slices.ContainsFunc(ref.Platforms, func(name string) bool { return name != a.Platform }) {
		return core.Account{}, &core.Error{
			Kind: core.KindInvalid, Field: "platforms",
			Message: fmt.Sprintf("an id of a network belongs to one network, and the account %s is on %s: name that one in platforms, or none", a.ID, a.Platform),
		}
	}
	return a, nil
}

// knownPlatforms refuses networks that this server does not have.
func (s *Service) knownPlatforms(ref PostRef) error {
	var problems core.Errors
	for i, name := range ref.Platforms {
		if _, known := s.registry.Get(name); !known {
			problems = append(problems, s.registry.UnknownPlatform(fmt.Sprintf("platforms[%d]", i), name))
		}
	}
	return problems.OrNil()
}

// linked lists the profile's accounts of a network.
func (s *Service) linked(ctx context.Context, profileID, platform string) ([]core.Account, error) {
	all, err := s.store.ListAccounts(ctx, profileID)
	return slices.DeleteFunc(all, func(a core.Account) bool { return a.Platform != platform }), err
}
