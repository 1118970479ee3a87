package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core/store"
)

// errNoReader means that the tokens are encrypted with a key that this process lacks: another
// one was started with it while this one stood still.
var errNoReader = errors.New("CRIER_MASTER_KEY lacks the key that the tokens are encrypted with: " +
	"start this process with the CRIER_MASTER_KEY of the others")

// tell leaves a note for the other processes of the store.
func (p *presence) tell(ctx context.Context, c common) error {
	note, err := json.Marshal(c)
	if err != nil {
		return err
	}
	p.note = string(note)
	return p.tellAgain(ctx)
}

func (p *presence) tellAgain(ctx context.Context) error {
	if p.note == "" {
		return nil
	}
	had, err := p.store.NoteLease(ctx, p.name, p.id, p.note)
	if err == nil && !had {
		err = fmt.Errorf("the lease %q was lost", p.name)
	}
	return err
}

// look finds out whether this process can read what the others encrypt, and tells the log when
// that changes.
func (p *presence) look(ctx context.Context) error {
	if p.readable == nil {
		return nil
	}
	err := p.readable(ctx)
	if err != nil && !errors.Is(err, errNoReader) {
		return err
	}
	p.mu.Lock()
	before := p.blind
	p.blind = err
	p.mu.Unlock()
	switch {
	case err != nil && before == nil:
		p.log.ErrorContext(ctx, "this process takes up no work, since it cannot read the tokens", "event", "key.unknown", "error", err)
	case err == nil && before != nil:
		p.log.InfoContext(ctx, "this process can read the tokens again", "event", "key.known")
	}
	return nil
}

// unable tells why this process cannot do what needs the tokens; nil: it can.
func (p *presence) unable() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.blind
}

// readsStore fails with errNoReader when the first key of the process that has noted it last in
// the store is none of this one's.
func (a *app) readsStore(ctx context.Context) error {
	p, err := a.store.PrimaryProfile(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err = a.opensKeyCheck(p); errors.Is(err, errOtherKey) {
		return errNoReader
	}
	return err
}
