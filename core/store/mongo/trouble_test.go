package mongo

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/auth"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// cleared stands for the driver's error of a pool whose connections are dropped, the type of
// which it keeps to itself.
type cleared struct{}

func (cleared) Error() string   { return "connection pool was cleared because another operation failed" }
func (cleared) Retryable() bool { return true }

// loginError is how the driver tells that a connection could not log in.
func loginError(cause driver.Error) error {
	return mongo.CommandError{
		Code: cause.Code, Labels: cause.Labels,
		Wrapped: topology.ConnectionError{Wrapped: fmt.Errorf("%w: %w", new(auth.Error), cause)},
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	concern := func(code int) error {
		return mongo.WriteException{WriteConcernError: &mongo.WriteConcernError{Code: code}}
	}
	poolCleared := driver.Error{Labels: []string{driver.TransientTransactionError}, Wrapped: cleared{}}
	for name, c := range map[string]struct{ err, want error }{
		"none":               {nil, nil},
		"of the store":       {store.ErrNotFound, nil},
		"of the queue":       {queue.ErrLeaseLost, nil},
		"duplicate":          {mongo.WriteException{WriteErrors: []mongo.WriteError{{Code: 11000}}}, nil},
		"document too large": {mongo.CommandError{Code: 10334}, nil},

		"connection refused":       {topology.ConnectionError{Wrapped: syscall.ECONNREFUSED}, store.ErrUnreachable},
		"connections are dropped":  {mongo.CommandError{Labels: poolCleared.Labels, Wrapped: poolCleared}, store.ErrUnreachable},
		"no server to choose":      {topology.ServerSelectionError{Wrapped: errors.New("none")}, store.ErrUnreachable},
		"no connection is free":    {topology.WaitQueueTimeoutError{}, store.ErrUnreachable},
		"server left the set":      {topology.ErrServerClosed, store.ErrUnreachable},
		"its connections are gone": {topology.ErrPoolClosed, store.ErrUnreachable},
		"closed":                   {mongo.ErrClientDisconnected, store.ErrUnreachable},

		"a majority does not answer":     {concern(64), store.ErrUnreachable},
		"not in time":                    {concern(50), store.ErrUnreachable},
		"stepped down before a majority": {concern(11602), store.ErrUnreachable},
		"a code of tomorrow":             {mongo.CommandError{Code: 99999, Labels: []string{driver.RetryableWriteError}}, store.ErrUnreachable},
		"overloaded":                     {mongo.CommandError{Code: 462, Labels: []string{driver.ErrSystemOverloadedError}}, store.ErrUnreachable},
		"the cursor's server has ended":  {mongo.CommandError{Code: 43}, store.ErrUnreachable},
		"one of many is not writable": {mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{
			{WriteError: mongo.WriteError{Code: 11000}}, {WriteError: mongo.WriteError{Code: 10107}},
		}}, store.ErrUnreachable},

		"no right":          {mongo.CommandError{Code: 13}, store.ErrReadOnly},
		"writes are off":    {mongo.CommandError{Code: 371}, store.ErrReadOnly},
		"quota of Atlas":    {mongo.CommandError{Code: 8000}, store.ErrReadOnly},
		"disk full":         {mongo.CommandError{Code: 14031}, store.ErrFull},
		"wrong password":    {loginError(driver.Error{Code: 18}), store.ErrDenied},
		"same, on Atlas":    {loginError(driver.Error{Code: 8000}), store.ErrDenied},
		"no such user":      {loginError(driver.Error{Code: 11}), store.ErrDenied},
		"no such mechanism": {loginError(driver.Error{Code: 334}), store.ErrDenied},

		"server ends while one logs in":   {loginError(driver.Error{Code: 91}), store.ErrUnreachable},
		"network fails while one logs in": {loginError(driver.Error{Labels: []string{driver.NetworkError}}), store.ErrUnreachable},
	} {
		if got := kindOf(c.err); got != c.want { //nolint:errorlint // as it is
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
