package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// database is the driver's, by way of the guard: while the server is known to be away, no call
// waits for it.
type database struct {
	*mongo.Database

	guard *guard
}

// Collection returns the collection of the name.
func (d database) Collection(name string, o ...options.Lister[options.CollectionOptions]) collection {
	return collection{Collection: d.Database.Collection(name, o...), guard: d.guard}
}

// RunCommand runs a command that only reads.
func (d database) RunCommand(ctx context.Context, command any, o ...options.Lister[options.RunCmdOptions]) *mongo.SingleResult {
	return one(ctx, d.guard, func() *mongo.SingleResult { return d.Database.RunCommand(ctx, command, o...) })
}

// collection has the driver's methods, with their meaning.
type collection struct {
	*mongo.Collection

	guard *guard
}

// read makes a call that changes nothing.
func read[T any](ctx context.Context, g *guard, call func() (T, error)) (result T, err error) {
	if err := g.pass(ctx); err != nil {
		return result, err
	}
	defer time.AfterFunc(slowCall, g.doubt).Stop()
	return call()
}

// write makes a call that changes something. One that succeeds shows that writing works.
func write[T any](ctx context.Context, g *guard, call func() (T, error)) (T, error) {
	result, err := read(ctx, g, call)
	if err == nil {
		g.troubles.wrote()
	}
	return result, err
}

// one makes a call whose error is within its result.
func one(ctx context.Context, g *guard, call func() *mongo.SingleResult) *mongo.SingleResult {
	result, err := read(ctx, g, func() (*mongo.SingleResult, error) { return call(), nil })
	if err != nil {
		return mongo.NewSingleResultFromDocument(bson.D{}, err, nil)
	}
	return result
}

func (c collection) Find(ctx context.Context, filter any, o ...options.Lister[options.FindOptions]) (*mongo.Cursor, error) {
	return read(ctx, c.guard, func() (*mongo.Cursor, error) { return c.Collection.Find(ctx, filter, o...) })
}

func (c collection) FindOne(ctx context.Context, filter any, o ...options.Lister[options.FindOneOptions]) *mongo.SingleResult {
	return one(ctx, c.guard, func() *mongo.SingleResult { return c.Collection.FindOne(ctx, filter, o...) })
}

func (c collection) Aggregate(ctx context.Context, pipeline any, o ...options.Lister[options.AggregateOptions]) (*mongo.Cursor, error) {
	return read(ctx, c.guard, func() (*mongo.Cursor, error) { return c.Collection.Aggregate(ctx, pipeline, o...) })
}

func (c collection) CountDocuments(ctx context.Context, filter any, o ...options.Lister[options.CountOptions]) (int64, error) {
	return read(ctx, c.guard, func() (int64, error) { return c.Collection.CountDocuments(ctx, filter, o...) })
}

// Distinct decodes the values of a field into values, a pointer to a slice.
func (c collection) Distinct(ctx context.Context, field string, filter, values any) error {
	_, err := read(ctx, c.guard, func() (struct{}, error) {
		return struct{}{}, c.Collection.Distinct(ctx, field, filter).Decode(values)
	})
	return err
}

func (c collection) FindOneAndUpdate(ctx context.Context, filter, update any, o ...options.Lister[options.FindOneAndUpdateOptions]) *mongo.SingleResult {
	return one(ctx, c.guard, func() *mongo.SingleResult { return c.wrote(c.Collection.FindOneAndUpdate(ctx, filter, update, o...)) })
}

func (c collection) FindOneAndDelete(ctx context.Context, filter any, o ...options.Lister[options.FindOneAndDeleteOptions]) *mongo.SingleResult {
	return one(ctx, c.guard, func() *mongo.SingleResult { return c.wrote(c.Collection.FindOneAndDelete(ctx, filter, o...)) })
}

func (c collection) wrote(r *mongo.SingleResult) *mongo.SingleResult {
	if r.Err() == nil {
		c.guard.troubles.wrote()
	}
	return r
}

func (c collection) InsertOne(ctx context.Context, document any, o ...options.Lister[options.InsertOneOptions]) (*mongo.InsertOneResult, error) {
	return write(ctx, c.guard, func() (*mongo.InsertOneResult, error) { return c.Collection.InsertOne(ctx, document, o...) })
}

func (c collection) InsertMany(ctx context.Context, documents any, o ...options.Lister[options.InsertManyOptions]) (*mongo.InsertManyResult, error) {
	return write(ctx, c.guard, func() (*mongo.InsertManyResult, error) { return c.Collection.InsertMany(ctx, documents, o...) })
}

func (c collection) UpdateOne(ctx context.Context, filter, update any, o ...options.Lister[options.UpdateOneOptions]) (*mongo.UpdateResult, error) {
	return write(ctx, c.guard, func() (*mongo.UpdateResult, error) { return c.Collection.UpdateOne(ctx, filter, update, o...) })
}

func (c collection) UpdateMany(ctx context.Context, filter, update any, o ...options.Lister[options.UpdateManyOptions]) (*mongo.UpdateResult, error) {
	return write(ctx, c.guard, func() (*mongo.UpdateResult, error) { return c.Collection.UpdateMany(ctx, filter, update, o...) })
}

func (c collection) ReplaceOne(ctx context.Context, filter, replacement any, o ...options.Lister[options.ReplaceOptions]) (*mongo.UpdateResult, error) {
	return write(ctx, c.guard, func() (*mongo.UpdateResult, error) { return c.Collection.ReplaceOne(ctx, filter, replacement, o...) })
}

func (c collection) DeleteOne(ctx context.Context, filter any, o ...options.Lister[options.DeleteOneOptions]) (*mongo.DeleteResult, error) {
	return write(ctx, c.guard, func() (*mongo.DeleteResult, error) { return c.Collection.DeleteOne(ctx, filter, o...) })
}

func (c collection) DeleteMany(ctx context.Context, filter any, o ...options.Lister[options.DeleteManyOptions]) (*mongo.DeleteResult, error) {
	return write(ctx, c.guard, func() (*mongo.DeleteResult, error) { return c.Collection.DeleteMany(ctx, filter, o...) })
}

func (c collection) BulkWrite(ctx context.Context, models []mongo.WriteModel, o ...options.Lister[options.BulkWriteOptions]) (*mongo.BulkWriteResult, error) {
	return write(ctx, c.guard, func() (*mongo.BulkWriteResult, error) { return c.Collection.BulkWrite(ctx, models, o...) })
}
