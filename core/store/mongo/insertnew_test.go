package mongo

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

func TestDuplicatesOf(t *testing.T) {
	t.Parallel()
	failure := func(index, code int) mongo.BulkWriteError {
		return mongo.BulkWriteError{WriteError: mongo.WriteError{Index: index, Code: code}}
	}
	const duplicate, tooLarge = 11000, 10334
	for name, tc := range map[string]struct {
		err    error
		want   map[int]bool
		failed bool
	}{
		"all stored":             {nil, nil, false},
		"some there":             {mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{failure(0, duplicate), failure(3, duplicate)}}, map[int]bool{0: true, 3: true}, false},
		"one refused":            {mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{failure(0, duplicate), failure(1, tooLarge)}}, nil, true},
		"failed as a whole":      {mongo.BulkWriteException{Labels: []string{"NetworkError"}}, nil, true},
		"not on a majority":      {mongo.BulkWriteException{WriteConcernError: &mongo.WriteConcernError{Code: 64}}, nil, true},
		"there, not on majority": {mongo.BulkWriteException{WriteConcernError: &mongo.WriteConcernError{}, WriteErrors: []mongo.BulkWriteError{failure(0, duplicate)}}, nil, true},
		"not answered":           {errors.New("connection reset"), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := duplicatesOf(tc.err)
			if (err != nil) != tc.failed {
				t.Errorf("got error %v", err)
			}
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); err == nil && diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
