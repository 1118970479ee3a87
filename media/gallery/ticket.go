package gallery

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/media/internal/filename"
	"github.com/crier-social/crier/media/sniff"
)

// describe makes the description of an upload whose bytes are yet to come.
func (g *Gallery) describe(n core.NewUpload) core.Upload {
	return core.Upload{
		ID: newID(), ProfileID: n.ProfileID, Name: filename.Clean(n.Name, sniff.Type{}), Description: n.Description,
		MIME: n.MIME, State: core.UploadPending, CreatedAt: g.clock.Now(),
	}
}

// Reserve describes a file that is to be sent later, by whoever has the ticket: see
// Fill. n.Limit and n.KeepFor are not kept.
func (g *Gallery) Reserve(ctx context.Context, n core.NewUpload) (u core.Upload, ticket string, err error) {
	u, ticket = g.describe(n), randomHex(sha256.Size)
	u.ExpiresAt, u.TicketHash = u.CreatedAt.Add(g.ticketLife), hashTicket(ticket)
	if err := g.index.InsertUpload(ctx, u); err != nil {
		return core.Upload{}, "", storeFailed(err)
	}
	return u, ticket, nil
}

func hashTicket(ticket string) []byte {
	sum := sha256.Sum256([]byte(ticket))
	return sum[:]
}

// Fill stores the bytes of an upload that Reserve described; size is how many
// there are, -1 if nobody knows. A ticket lets one file in. As long as none is, and
// the ticket has not expired, the file may be sent again, also while an earlier
// request seems to be under way: of requests at the same time the one that began
// last counts. An id and a ticket that do not belong together give an error of
// KindNotFound; a ticket that was used, has expired, or was taken over by another
// request, and an upload that was given up or deleted meanwhile, one of KindForbidden.
func (g *Gallery) Fill(ctx context.Context, id, ticket string, size int64, r io.Reader) (core.Upload, error) {
	u, err := g.admit(ctx, id, ticket)
	if err != nil {
		return core.Upload{}, err
	}
	done, err := g.receive(ctx, u, incoming{r: r, size: max(size, -1), limit: g.limit}, g.linkRetention)
	if err == nil {
		return done, nil
	}
	g.readmit(ctx, u)
	switch {
	case errors.Is(err, errGone):
		err = gone()
	case errors.Is(err, errSuperseded):
		err = replaced()
	}
	return core.Upload{}, err
}

// admit checks the ticket and makes a new attempt to receive the bytes the one that
// counts.
func (g *Gallery) admit(ctx context.Context, id, ticket string) (core.Upload, error) {
	if !validID(id) {
		return core.Upload{}, unknownTicket()
	}
	key, hash := newKey(id), hashTicket(ticket)
	u, err := g.index.UpdateUpload(ctx, id, func(u *core.Upload) error {
		now := g.clock.Now()
		switch {
		case subtle.ConstantTimeCompare(u.TicketHash, hash) != 1 || u.State == core.UploadDeleted:
			return unknownTicket()
		case u.State != core.UploadPending:
			return usedTicket()
		case !g.ticketEnd(u).After(now):
			return expiredTicket()
		}
		u.Blob, u.Size, u.ExpiresAt = key, 0, now.Add(stallLimit)
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = unknownTicket()
	}
	return u, storeFailed(err)
}

func (g *Gallery) ticketEnd(u *core.Upload) time.Time { return u.CreatedAt.Add(g.ticketLife) }

// readmit gives up an attempt, so that the file can be sent again while the ticket
// is good.
func (g *Gallery) readmit(ctx context.Context, attempt core.Upload) {
	ctx, cancel := afterwards(ctx)
	defer cancel()
	arrived := false
	_, err := g.index.UpdateUpload(ctx, attempt.ID, func(u *core.Upload) error {
		// The index may have taken a change and failed to say so.
		arrived = u.State == core.UploadReady && u.Blob == attempt.Blob
		if err := stillWanted(u, attempt); err != nil {
			return err
		}
		u.Blob, u.Size, u.ExpiresAt = "", 0, g.ticketEnd(u)
		return nil
	})
	if arrived {
		return
	}
	if err == nil || errors.Is(err, errSuperseded) || errors.Is(err, store.ErrNotFound) {
		err = g.blobs.Delete(ctx, attempt.Blob)
	}
	if err != nil {
		g.log.WarnContext(ctx, "an upload that broke off is left to the sweep", "upload", attempt.ID, "error", err)
	}
}
