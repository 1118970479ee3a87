package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	// consentLife is how long a person has on the pages of the network.
	consentLife = 15 * time.Minute
	// exchangeTimeout bounds the calls that make a grant of a code. A browser that is closed
	// meanwhile does not end them: a code is good once.
	exchangeTimeout = time.Minute
)

// A state names the session and the browser that it belongs to, so that a return which
// cannot go on can be told why. What makes it hard to guess is its last part.

func (v *Visit) newState() core.Secret {
	return core.Secret(v.Session.ID + "." + v.mark() + "." + randomText())
}

// readState takes a state apart. The session may be known of one that is not whole.
func readState(state core.Secret) (sessionID, mark string) {
	parts := append(strings.Split(state.Reveal(), "."), "")
	return parts[0], parts[1]
}

// Returned is what came of a consent.
type Returned struct {
	// Choice is the id of the grant that there is a choice to make from; empty when all is
	// done.
	Choice string
	Linked
}

// Return takes a browser in that comes back from a network with a state. cookie tells what
// the browser has of a session. There is a visit, also beside an error, when the browser has
// opened the page that it left for the network.
func (l *Linking) Return(ctx context.Context, state core.Secret, back core.LinkReturn, cookie func(sessionID string) string) (*Visit, Returned, error) {
	id, mark := readState(state)
	if id == "" {
		return nil, Returned{}, lostWay()
	}
	v, err := l.Enter(ctx, id, cookie(id))
	if err != nil {
		return nil, Returned{}, err
	}
	if mark != v.mark() {
		return v, Returned{}, stepOver("this step was begun in another browser, or what the network sent along did not arrive whole")
	}
	r, err := v.once(ctx, state.Reveal(), func(ctx context.Context) (Returned, error) { return v.complete(ctx, state, back) })
	return v, r, err
}

// once has tries with the same key, as two clicks make them, share an outcome. A browser that
// is closed meanwhile does not end what was begun.
func (v *Visit) once(ctx context.Context, key string, work func(ctx context.Context) (Returned, error)) (Returned, error) {
	shared, err, _ := v.linking.returns.Do(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), exchangeTimeout)
		defer cancel()
		return work(ctx)
	})
	r, _ := shared.(Returned)
	v.logFailure(ctx, err)
	return r, err
}

// logFailure logs why linking failed, where anybody can do something about it.
func (v *Visit) logFailure(ctx context.Context, err error) {
	if e, told := errors.AsType[*core.Error](err); told {
		v.linking.Log.WarnContext(ctx, "linking failed", "request", core.RequestID(ctx), "session", v.Session.ID, "profile", v.Session.ProfileID,
			"platform", e.Platform, "code", core.CodeOf(e), "error", err, "help", core.HelpOf(e))
	}
}

// complete turns a return into linked accounts, or a choice of them.
func (v *Visit) complete(ctx context.Context, state core.Secret, back core.LinkReturn) (Returned, error) {
	j, err := v.takeState(ctx, state)
	if errors.Is(err, store.ErrNotFound) {
		if id := choiceOf(state); v.hasChoice(ctx, id) { // two clicks: the first one was answered
			return Returned{Choice: id}, nil
		}
		return Returned{}, stepOver(fmt.Sprintf("this step was finished before, or took longer than %d minutes: if you pressed a button twice, the first time counted",
			int(consentLife.Minutes())))
	}
	if err != nil {
		return Returned{}, err
	}
	if !offers(v.Profile, v.Session, j.Platform) {
		return Returned{}, notOffered(v.Title(j.Platform))
	}
	linker, able := v.linking.linker(j.Platform)
	if !able {
		return Returned{}, noApp(v.Title(j.Platform), "accounts")
	}
	g, err := linker.Exchange(ctx, j.request(v.linking, state), back)
	if err != nil {
		return Returned{}, v.forPerson(ctx, j, err)
	}
	g.Notes = v.tellOperator(ctx, j, g)
	return v.settle(ctx, j, choiceOf(state), g)
}

// takeState uses a state up; store.ErrNotFound when that was done before, or is too late.
func (v *Visit) takeState(ctx context.Context, state core.Secret) (journey, error) {
	hash := hashOf(state)
	taken, err := v.linking.Store.TakeLinkState(ctx, hash)
	if err != nil {
		return journey{}, fmt.Errorf("take a link state: %w", err)
	}
	if !v.linking.Clock.Now().Before(taken.ExpiresAt) {
		return journey{}, store.ErrNotFound // as it will be once the expired ones are deleted
	}
	plain, err := v.linking.Vault.Open(taken.Sealed, sealedFor(sealState, string(hash)))
	if err != nil {
		return journey{}, fmt.Errorf("open a link state: %w", err)
	}
	var j journey
	if err := json.Unmarshal(plain, &j); err != nil {
		return journey{}, errors.New("a link state is not JSON") // the decoder's error may quote it
	}
	return j, nil
}
