package core

import "context"

// requestIDKey is the key of the request id in a context.
type requestIDKey struct{}

// WithRequestID returns a context that carries the id of the API request that is
// being served, so that everything that it brings about can be found in the log.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the id of the request that ctx belongs to; empty when there is
// none.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
