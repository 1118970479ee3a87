package bluesky

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// hanging takes every request and answers none.
type hanging struct{}

func (hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A directory and an AppView that answer nothing take neither a post nor all the time there is
// for what comes before it: it is put off a few times, then its text goes without the mentions.
func TestMentionsWhereNobodyAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := &http.Client{Transport: hanging{}}
		p, err := New(Config{}, Deps{
			HTTP: client, LookupTXT: func(context.Context, string) ([]string, error) { return nil, errors.New("no such host") },
		})
		if err != nil {
			t.Fatal(err)
		}
		account := core.Account{ID: "a", Platform: name, RemoteID: "did:plc:sandboxalice222222222222"}
		s := coretest.NewSession(t, account, coretest.WithClock(core.SystemClock{}))
		var said []core.Warning
		s.OnWarning = func(w core.Warning) { said = append(said, w) }
		begin := time.Now()
		for range maxLookupFailures + 1 { // as attempts do
			said = nil
			planned, err := p.Plan(t.Context(), account, core.Draft{Text: "Hello @bob.test, @carol.test, @dave.test"})
			if err != nil {
				t.Fatal(err)
			}
			pub := planned.(*publication)
			asking, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			err = pub.Preflight(asking, s)
			cancel()
			if err != nil {
				t.Fatalf("Preflight: %v", err)
			}
			progress, err := pub.Prepare(t.Context(), s)
			if err != nil {
				t.Fatalf("Prepare: %v", err)
			}
			if progress.Ready {
				break
			}
			<-time.After(progress.After) // of the bubble
		}
		if took := time.Since(begin); took > 130*time.Second {
			t.Errorf("it took %v", took)
		}
		state, err := loadProgress(s.Checkpoint)
		if err != nil || !state.Text.Known || state.Text.Text != "Hello @bob.test, @carol.test, @dave.test" || len(state.Text.Facets) != 0 {
			t.Errorf("%+v, %v", state, err)
		}
		if len(said) != 3 || said[0].Code != core.CodeMention || !strings.Contains(said[0].Message, "CRIER_BLUESKY_APPVIEW_URL") {
			t.Errorf("warnings %v", said)
		}
	})
}
