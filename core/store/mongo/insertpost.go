package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/crier-social/crier/core/store"
)

// InsertPost implements store.Posts. The document of the post is the commit point: it has
// all that belongs to the post until that is written, too, so that whoever finds it can do
// the rest. What the post must be alone with is in its document as well, where a unique
// index guards it, or is claimed before, in documents that nobody sees:
//
//  1. the request, by its document, marked as a claim,
//  2. the contents, in the order of their names, and then there must be no duplicates,
//  3. the posts that are stored together with this one, as provisional ones,
//  4. the post.
//
// Whoever dies on the way leaves claims without a post. Others wait for these while they are
// young; then they give up the post (bury) and take the claims away.
func (s *Store) InsertPost(ctx context.Context, n store.NewPost) error {
	if err := ctx.Err(); err != nil {
		return s.done(ctx, "insert post", err)
	}
	if err := s.clockRight(ctx); err != nil {
		return err
	}
	i, err := s.newInsertion(n)
	if err != nil {
		return err
	}
	for {
		err := i.attempt(ctx)
		var buried *buriedError
		if !errors.As(err, &buried) {
			return err
		}
		i.grave = buried.token
	}
}

const (
	// insertPatience is how long a post waits for others that are being stored, in every attempt
	// to store it; there is another one only after it took longer than claimYoung.
	insertPatience = 5 * time.Second
	// claimYoung is how old a claim may be whose post is believed to be under way still. It is
	// a multiple of what the calls between claim and post take at most, and of what the clocks
	// of processes are apart.
	claimYoung = 30 * time.Second
)

// errUnderWay means that another process is storing what stands in the way, or died at it a
// moment ago.
var errUnderWay = fmt.Errorf("mongo: insert post: %w", store.ErrUnderWay)

// buriedError means that the post was given up by others before it was stored.
type buriedError struct{ token string }

func (*buriedError) Error() string {
	return "mongo: insert post: it took so long that others gave it up"
}

// insertion is a NewPost on its way into the store.
type insertion struct {
	*Store
	posts    []store.NewPost // this one, then the others
	docs     []postDoc       // of the same order
	request  *requestDoc     // nil: none
	contents []string        // to be claimed, in order
	since    int64           // of the claims of this attempt
	placed   int             // how many of the others are stored provisionally
	grave    string          // the token of the grave that the post may replace; empty: of none
	unsure   bool            // whether the post was stored is not known
	patience context.Context // of the attempt; it ends when others have had time enough
}

func (s *Store) newInsertion(n store.NewPost) (*insertion, error) {
	i := &insertion{Store: s, posts: append([]store.NewPost{n}, n.Also...)}
	i.docs = make([]postDoc, len(i.posts))
	for k, other := range i.posts {
		var err error
		if i.docs[k], err = s.encodePost(other); err != nil {
			return nil, err
		}
		if k > 0 {
			i.docs[k].Rest.Head, i.docs[k].Rest.Search = n.Post.ID, new(i.docs[k].Search)
			i.docs[k].Search = postSearch{}
			i.docs[0].Rest.Also = append(i.docs[0].Rest.Also, other.Post.ID)
		}
		if other.DuplicateWindow == 0 {
			continue
		}
		for _, d := range other.Deliveries {
			if d.Content != "" {
				i.contents = append(i.contents, d.Content)
			}
		}
	}
	slices.Sort(i.contents)
	i.contents = slices.Compact(i.contents)
	i.docs[0].Rest.Contents = i.contents
	if n.Request != nil {
		i.request = new(newRequestDoc(*n.Request))
		i.request.Claim = claim{Post: n.Post.ID, Profile: n.Post.ProfileID}
		i.docs[0].Rest.Request = new(*i.request)
	}
	return i, nil
}

// head is the document of the post itself.
func (i *insertion) head() *postDoc { return &i.docs[0] }

// attempt stores the post, or nothing.
func (i *insertion) attempt(ctx context.Context) error {
	patience, cancel := context.WithTimeout(ctx, i.Store.patience)
	defer cancel()
	i.patience = patience
	i.begin()
	for _, step := range []func(context.Context) error{i.claimRequest, i.claimContents, i.refuseDuplicates, i.insertOthers, i.insertHead} {
		if err := step(ctx); err != nil {
			i.giveBack(context.WithoutCancel(ctx))
			return err
		}
	}
	i.completeNow(context.WithoutCancel(ctx))
	return nil
}

// begin numbers the attempt, so that it takes back nothing but its own.
func (i *insertion) begin() {
	i.since, i.placed, i.unsure = i.stored.next(i.clock.Now()), 0, false
	for k := range i.docs {
		i.docs[k].Rest.Since = i.since
	}
	if i.request != nil {
		i.request.Claim.Since = i.since
	}
}

// completeNow writes the rest of the post. The post is accepted, so that a failure is no
// reason to refuse it: whoever reads it, or CompletePosts, does what is left.
func (i *insertion) completeNow(ctx context.Context) {
	if err := i.complete(ctx, *i.head(), i.docs[1:]); err != nil {
		i.log.WarnContext(ctx, "a post was accepted, and is completed later", "event", "store.incomplete_post", "post", i.head().ID, "error", err)
	}
	i.stamp(ctx)
}

// insertOthers stores the other posts provisionally.
func (i *insertion) insertOthers(ctx context.Context) error {
	others := i.docs[1:]
	return i.patiently(ctx, func() (bool, error) {
		if i.placed == len(others) {
			return true, nil
		}
		_, err := i.db.Collection(posts).InsertMany(ctx, others[i.placed:])
		at, conflicts := conflictOf(err)
		if !conflicts {
			i.placed = len(others) // or as many as were before the server failed
			return true, i.done(ctx, "insert posts", err)
		}
		i.placed += at
		return false, i.conflict(ctx, i.docs[:i.placed+2])
	})
}

// conflictOf returns the index of the first document that an ordered insertion could not
// store, since what is unique is there already.
func conflictOf(err error) (int, bool) {
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil || len(bulk.WriteErrors) == 0 || !mongo.IsDuplicateKeyError(bulk.WriteErrors[0]) {
		return 0, false
	}
	return bulk.WriteErrors[0].Index, true
}

// insertHead stores the post itself. A caller that hangs up does not end it, since what
// became of it would not be known.
func (i *insertion) insertHead(ctx context.Context) error {
	return i.patiently(ctx, func() (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, i.done(ctx, "insert post", err)
		}
		ctx := context.WithoutCancel(ctx)
		stored, err := i.putHead(ctx)
		switch {
		case err == nil && stored, err != nil && i.found(ctx):
			return true, nil
		case err == nil || mongo.IsDuplicateKeyError(err):
			return false, i.conflict(ctx, i.docs[:1])
		}
		i.unsure = true
		return false, i.done(ctx, "insert post", err)
	})
}

// putHead writes the document of the post, in the place of its grave if it has one.
func (i *insertion) putHead(ctx context.Context) (bool, error) {
	if i.grave == "" {
		_, err := i.db.Collection(posts).InsertOne(ctx, i.head())
		return err == nil, err
	}
	filter := append(wherePost(i.head().Profile, i.head().ID), bson.E{Key: "grave.token", Value: i.grave})
	result, err := i.db.Collection(posts).ReplaceOne(ctx, filter, i.head())
	return err == nil && result.MatchedCount > 0, err
}

// found tells whether the post was stored although the call failed: the answer was lost. Its
// rest may be gone by then, where others completed it; its rank nobody else gives a post.
func (i *insertion) found(ctx context.Context) bool {
	doc, err := get[postDoc](ctx, i.Store, "insert post", posts, wherePost(i.head().Profile, i.head().ID))
	return err == nil && rankOf(doc.Search.Place) == rankOf(i.head().Search.Place)
}

// giveBack takes away what the attempt has claimed. Where it is not known whether the post
// is there, its claims stay: they are dealt with as those of a process that died.
func (i *insertion) giveBack(ctx context.Context) {
	if i.unsure {
		return
	}
	var errs []error
	if i.placed > 0 {
		filter := bson.D{{Key: "profile", Value: i.head().Profile}, {Key: "_id", Value: bson.D{{Key: "$in", Value: i.head().Rest.Also}}}, {Key: "rest.since", Value: i.since}}
		_, err := i.db.Collection(posts).DeleteMany(ctx, filter)
		errs = append(errs, i.done(ctx, "give posts back", err))
	}
	if len(i.contents) > 0 {
		filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: i.contents}}}, {Key: "since", Value: i.since}}
		_, err := i.db.Collection(contentClaims).DeleteMany(ctx, filter)
		errs = append(errs, i.done(ctx, "give contents back", err))
	}
	if i.request != nil {
		_, err := i.db.Collection(requests).DeleteOne(ctx, append(byID(i.request.ID), bson.E{Key: "since", Value: i.since}))
		errs = append(errs, i.done(ctx, "give the request's key back", err))
	}
	if err := errors.Join(errs...); err != nil {
		i.log.WarnContext(ctx, "claims of a post that was not stored end by themselves later", "event", "store.claims_left", "post", i.head().ID, "error", err)
	}
}

// patiently repeats the step until it is done.
func (i *insertion) patiently(ctx context.Context, step func() (done bool, err error)) error {
	return patiently(ctx, i.patience, step)
}
