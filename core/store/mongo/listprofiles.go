package mongo

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// mostListedAtOnce bounds how many profiles are compared with their accounts at a time.
const mostListedAtOnce = 1000

// ListProfiles implements store.Profiles. What accounts the profiles have is looked up for a
// page of them at a time, and the pages grow where few profiles fit.
func (s *Store) ListProfiles(ctx context.Context, q store.ProfileQuery) ([]core.Profile, error) {
	limit := cmp.Or(q.Limit, defaultLimit)
	scan := profileScan{store: s, filter: profileFilter(q)}
	if found, err := scan.begin(ctx, q.After); err != nil || !found {
		return nil, err
	}
	var found []profileDoc
	for n := limit; len(found) < limit; n = min(2*n, max(limit, mostListedAtOnce)) {
		page, err := scan.next(ctx, n)
		if err != nil {
			return nil, err
		}
		fit, err := s.withAccounts(ctx, page, q)
		if err != nil {
			return nil, err
		}
		found = append(found, fit...)
		if len(page) < n {
			break
		}
	}
	return decodeAll(found[:min(len(found), limit)], profileDoc.profile)
}

// profileFilter is the conditions of the query on the profiles themselves. The most specific
// of them has an index of its own, and the order is that of profiles_listed.
func profileFilter(q store.ProfileQuery) (filter bson.D) {
	if q.Title != "" {
		filter = append(filter, bson.E{Key: "title", Value: uniqueTitle(q.Title)})
	}
	if q.RefID != "" {
		filter = append(filter, bson.E{Key: "ref", Value: q.RefID})
	}
	if len(q.KeyHashes) > 0 {
		keys := make([]string, len(q.KeyHashes))
		for i, hash := range q.KeyHashes {
			keys[i] = uniqueKey(hash)
		}
		filter = append(filter, bson.E{Key: "key", Value: in(keys)})
	}
	return filter
}

// profileScan reads user profiles by creation, then id.
type profileScan struct {
	store  *Store
	filter bson.D
	last   *listedProfile // the place after which it goes on; nil: at the beginning
}

// begin goes to the place after the user profile of the id, also one that was deleted, and
// tells whether there is one; empty: to the beginning.
func (p *profileScan) begin(ctx context.Context, after string) (bool, error) {
	if after == "" {
		return true, nil
	}
	filter := append(byID(after), bson.E{Key: "primary", Value: nothingOf(after)})
	doc, err := get[profileDoc](ctx, p.store, "list profiles", profiles, filter)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	p.last = &listedProfile{Created: doc.Created, ID: doc.ID}
	return err == nil, err
}

// next reads the next profiles, at most so many.
func (p *profileScan) next(ctx context.Context, n int) ([]profileDoc, error) {
	from, after := int64(math.MinInt64), bson.D{}
	if p.last != nil {
		from = p.last.Created
		after = bson.D{{Key: "$or", Value: bson.A{
			bson.D{{Key: "listed.created", Value: bson.D{{Key: "$gt", Value: from}}}},
			bson.D{{Key: "listed.id", Value: bson.D{{Key: "$gt", Value: p.last.ID}}}},
		}}}
	}
	filter := slices.Concat(p.filter, bson.D{{Key: "listed.created", Value: bson.D{{Key: "$gte", Value: from}}}}, after)
	docs, err := list[profileDoc](ctx, p.store, "list profiles", profiles, filter, options.Find().
		SetSort(bson.D{{Key: "listed.created", Value: 1}, {Key: "listed.id", Value: 1}}).SetLimit(int64(n)))
	if len(docs) > 0 {
		p.last = docs[len(docs)-1].Listed
	}
	return docs, err
}

// withAccounts returns those of the profiles that have the accounts which the query asks for.
func (s *Store) withAccounts(ctx context.Context, docs []profileDoc, q store.ProfileQuery) ([]profileDoc, error) {
	if len(docs) == 0 || q.HasAccounts == nil && len(q.Platforms) == 0 {
		return docs, nil
	}
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.ID
	}
	platforms, err := s.platformsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(docs, func(d profileDoc) bool {
		has := platforms[d.ID]
		if q.HasAccounts != nil && *q.HasAccounts != (len(has) > 0) {
			return true
		}
		return slices.ContainsFunc(q.Platforms, func(wanted string) bool { return !has[wanted] })
	}), nil
}

// platformsOf returns by profile of which networks it has accounts. The index
// accounts_identity has all that is read.
func (s *Store) platformsOf(ctx context.Context, profileIDs []string) (map[string]map[string]bool, error) {
	docs, err := list[struct {
		Profile  string `bson:"profile"`
		Platform string `bson:"platform"`
	}](ctx, s, "platforms of profiles", accounts, bson.D{{Key: "profile", Value: in(profileIDs)}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "profile", Value: 1}, {Key: "platform", Value: 1}}))
	if err != nil {
		return nil, err
	}
	of := map[string]map[string]bool{}
	for _, d := range docs {
		if of[d.Profile] == nil {
			of[d.Profile] = map[string]bool{}
		}
		of[d.Profile][d.Platform] = true
	}
	return of, nil
}
