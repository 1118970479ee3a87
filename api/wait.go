package api

import (
	"context"
	"net/http"
	"time"

	"github.com/crier-social/crier/core/publish"
)

// ReleaseWaiters answers every request that waits for the outcome of a post, now
// and from now on, with what is known: 202 while the post is being sent. A server
// that stops calls it before it closes its connections. It may be called more than
// once.
func (a *API) ReleaseWaiters() { a.release() }

// patience returns a context for waiting. It ends with the request, and when all
// who wait are released.
func (a *API) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(a.released, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// await waits for the outcome of a post whose time has come. The post is safe
// whatever happens here, so a failure to look only means that the outcome is not
// known yet.
func (r *creation) await(o publish.Outcome) publish.Outcome {
	if r.statusOf(o) != statusProcessing || r.wait <= 0 {
		return o
	}
	ctx, done := r.patience(r.ctx)
	defer done()
	latest, err := r.Publisher.Wait(ctx, r.profile.ID, o.Post.ID, r.wait)
	if r.ctx.Err() != nil { // the client has hung up: there is nobody to answer
		if err := r.Publisher.Unanswered(r.ctx, r.profile.ID, o.Post.ID); err != nil {
			r.logOf(r.gin).WarnContext(r.ctx, "the outcome of a post has nobody to be told to", "post", o.Post.ID, "error", err)
		}
	}
	if err != nil && latest.Post.ID == "" {
		if ctx.Err() == nil {
			r.logOf(r.gin).WarnContext(r.ctx, "waiting for a post failed", "post", o.Post.ID, "error", err)
		}
		return o
	}
	return latest
}

// allowTime gives the answer that is ready now as long to be written as the server
// gives to one that is ready at once. The server counts from the request's header
// on, and waiting for networks and media may have used that up; the deadline only
// ever moves away.
func allowTime(w http.ResponseWriter, r *http.Request) {
	server, served := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !served || server.WriteTimeout <= 0 {
		return // there is no deadline
	}
	// The deadline is the operating system's, so it goes by the real time. A writer
	// that takes no deadline needs no extension.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(server.WriteTimeout))
}
