package mongotest_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// TestReplicaSet: drivers take the proxy for a primary, and learn that it is none any more; an
// error that is scripted reaches them with its code.
func TestReplicaSet(t *testing.T) {
	t.Parallel()
	p := mongotest.NewProxy(t, mongotest.NewURL(t, "serverSelectionTimeoutMS=600"))
	p.PlayReplicaSet()
	things := collection(t, p.URL())
	put := func() error {
		_, err := things.UpdateOne(t.Context(), bson.D{{Key: "_id", Value: 1}}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}}, options.UpdateOne().SetUpsert(true))
		return err
	}
	if err := put(); err != nil {
		t.Fatalf("a primary: %v", err)
	}
	p.StepDown()
	if err := put(); err == nil {
		t.Error("a secondary takes a write")
	}
	p.StepUp()
	var err error
	for range 20 { // the driver looks again at most twice a second
		if err = put(); err == nil {
			break
		}
	}
	if err != nil {
		t.Errorf("a primary again: %v", err)
	}
	p.Answer(func(mongotest.Command) *mongotest.CommandError {
		return &mongotest.CommandError{Code: 14031, Name: "OutOfDiskSpace", Message: "no room"}
	})
	var failed mongo.ServerError
	if err := put(); !errors.As(err, &failed) || !failed.HasErrorCode(14031) {
		t.Errorf("the scripted error: %v", err)
	}
	p.Answer(nil)
	if err := put(); err != nil {
		t.Errorf("without a script: %v", err)
	}
}
