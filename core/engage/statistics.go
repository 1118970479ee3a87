package engage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// postFigures is what the figures of a post are about.
func postFigures(accountID, remoteID string) subject {
	return subject{kind: "post analytics", accountID: accountID, of: remoteID}
}

// PostAnalytics returns the figures of a post on every chosen network.
func (s *Service) PostAnalytics(ctx context.Context, profileID string, ref PostRef) ([]Result[core.Analytics], error) {
	targets, err := s.resolve(ctx, profileID, ref)
	if err != nil {
		return nil, err
	}
	doubt := &doubter{service: s}
	return each(targets, func(t Target) (core.Analytics, Freshness, error) {
		found, err := s.figures(ctx, t.Account, []string{t.RemoteID})
		return doubt.figuresOf(ctx, t, found, err)
	}), nil
}

// NativeAnalytics returns the figures of posts of one network by the network's ids, in
// their order.
func (s *Service) NativeAnalytics(ctx context.Context, profileID string, ref PostRef, remoteIDs []string) ([]Result[core.Analytics], error) {
	targets := make([]Target, len(remoteIDs))
	byAccount := map[string][]string{}
	accounts := map[string]core.Account{}
	for i, id := range remoteIDs {
		ref.ID, ref.Native = id, true
		t, err := s.native(ctx, profileID, ref)
		if err != nil {
			return nil, err
		}
		targets[i], accounts[t.Account.ID] = t, t.Account
		byAccount[t.Account.ID] = append(byAccount[t.Account.ID], id)
	}
	found, failures := map[string]map[string]kept[core.Analytics]{}, map[string]error{}
	for id, a := range accounts {
		found[id], failures[id] = s.figures(ctx, a, byAccount[id])
	}
	doubt := &doubter{service: s}
	return each(targets, func(t Target) (core.Analytics, Freshness, error) {
		return doubt.figuresOf(ctx, t, found[t.Account.ID], failures[t.Account.ID])
	}), nil
}

// figuresOf picks the figures of one post.
func (d *doubter) figuresOf(ctx context.Context, t Target, found map[string]kept[core.Analytics], err error) (core.Analytics, Freshness, error) {
	if err != nil {
		return core.Analytics{}, Freshness{}, err
	}
	k, there := found[t.RemoteID]
	if !there {
		return core.Analytics{}, Freshness{}, d.noFigures(ctx, t)
	}
	return k.value, k.fresh, nil
}

// analyst finds the part of an adapter that knows figures.
func (s *Service) analyst(platform string) (core.Analyst, error) {
	analyst, err := ability[core.Analyst](s, platform, "figures")
	if e := core.AsError(err); err != nil && e.Kind == core.KindUnsupported {
		e.Code = core.CodeAnalytics
	}
	return analyst, err
}

// figures returns the figures of posts by the network's ids. The network is asked for those
// that are not kept, all at once.
func (s *Service) figures(ctx context.Context, a core.Account, remoteIDs []string) (map[string]kept[core.Analytics], error) {
	analyst, err := s.analyst(a.Platform)
	if err != nil {
		return nil, err
	}
	found, missing := s.keptFigures(a, remoteIDs)
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) == 0 {
		return found, nil
	}
	// Who asks for the same posts waits for the same answer, which is kept by post.
	question := cacheKey{subject{kind: "posts", accountID: a.ID}, strings.Join(missing, " ")}
	asked, _, err := recall(ctx, s.cache, question, 0, func(ctx context.Context) (map[string]kept[core.Analytics], error) {
		fresh, missing := s.keptFigures(a, missing) // another flight may have ended just now
		if len(missing) == 0 {
			return fresh, nil
		}
		answer, err := call(ctx, s, a, func(ctx context.Context, session *core.Session) (map[string]core.Analytics, error) {
			return analyst.PostAnalytics(ctx, session, missing)
		})
		for id, figures := range answer {
			key := cacheKey{subject: postFigures(a.ID, id)}
			fresh[id] = kept[core.Analytics]{figures, s.cache.put(key, figures, AnalyticsTTL, s.cache.begin(key.subject))}
		}
		return fresh, err
	})
	maps.Copy(found, asked)
	return found, err
}

// keptFigures returns the figures of posts that are kept, and the ids of the others.
func (s *Service) keptFigures(a core.Account, remoteIDs []string) (found map[string]kept[core.Analytics], missing []string) {
	found = map[string]kept[core.Analytics]{}
	for _, id := range remoteIDs {
		value, fresh, there := s.cache.get(cacheKey{subject: postFigures(a.ID, id)})
		if !there {
			missing = append(missing, id)
			continue
		}
		found[id] = kept[core.Analytics]{value.(core.Analytics), fresh} //nolint:forcetypeassert // one kind of question has one type of answer
	}
	return found, missing
}

// AccountAnalytics returns the figures of the chosen accounts.
func (s *Service) AccountAnalytics(ctx context.Context, profileID string, platforms, accountIDs []string, q core.AnalyticsQuery) ([]Result[core.Analytics], error) {
	accounts, err := s.accounts(ctx, profileID, PostRef{Platforms: platforms, AccountIDs: accountIDs})
	if err != nil {
		return nil, err
	}
	targets := make([]Target, len(accounts))
	for i, a := range accounts {
		targets[i] = Target{Account: a, URL: a.ProfileURL}
	}
	return each(targets, func(t Target) (core.Analytics, Freshness, error) {
		analyst, err := s.analyst(t.Account.Platform)
		if err != nil {
			return core.Analytics{}, Freshness{}, err
		}
		key := cacheKey{subject{kind: "account analytics", accountID: t.Account.ID}, fmt.Sprint(q)}
		return recall(ctx, s.cache, key, AnalyticsTTL, func(ctx context.Context) (core.Analytics, error) {
			return call(ctx, s, t.Account, func(ctx context.Context, session *core.Session) (core.Analytics, error) {
				return analyst.AccountAnalytics(ctx, session, q)
			})
		})
	}), nil
}

// archiveOf is what the list of an account's posts is about.
func archiveOf(accountID string) subject { return subject{kind: "archive", accountID: accountID} }

// Archive returns a page of what an account has on its network; without an account id, the
// network's default account.
func (s *Service) Archive(ctx context.Context, profileID, platform, accountID string, q core.ArchiveQuery) (Result[core.ArchivePage], error) {
	var r Result[core.ArchivePage]
	archive, err := ability[core.Archive](s, platform, "list of an account's posts")
	if err != nil {
		return r, err
	}
	if r.Account, err = s.accountOf(ctx, profileID, platform, accountID); err != nil {
		return r, err
	}
	ttl := ArchiveTTL
	if q.SkipAnalytics {
		ttl = CommentsTTL // a plain list is cheap, and shows what was just posted
	}
	key := cacheKey{archiveOf(r.Account.ID), fmt.Sprintf("%d %t %s", q.Limit, q.SkipAnalytics, q.Next)}
	r.Value, r.Fresh, err = recall(ctx, s.cache, key, ttl, func(ctx context.Context) (core.ArchivePage, error) {
		return call(ctx, s, r.Account, func(ctx context.Context, session *core.Session) (core.ArchivePage, error) {
			return archive.Posts(ctx, session, q)
		})
	})
	return r, err
}
