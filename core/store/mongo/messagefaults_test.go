package mongo

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// TestMessagesCutOff: wherever the insertion of messages is cut off, a message that is stored
// has its job or is found as one that has none, also after it is inserted again.
func TestMessagesCutOff(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		collection string
		fault      mongotest.Fault
		stored     bool     // whether the messages are, when the call has failed
		stranded   []string // after it was repeated
	}{
		"before the messages":           {messages, mongotest.Refuse, false, nil},
		"the answer about the messages": {messages, mongotest.LoseAnswer, true, []string{"m00000", "m00001"}},
		"before the jobs":               {jobs, mongotest.Refuse, true, []string{"m00000", "m00001"}},
		"the answer about the jobs":     {jobs, mongotest.LoseAnswer, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := mongotest.NewProxy(t, mongotest.NewURL(t))
			s := openedAt(t, withTimeout(t, proxy.URL()))
			proxy.Fail(func(c mongotest.Command) mongotest.Fault {
				if c.Name == "insert" && c.Collection == tc.collection {
					return tc.fault // also of what the driver repeats
				}
				return mongotest.Pass
			})
			list := pendingMessages(2)
			insert := func() error {
				return s.InsertMessages(t.Context(), list, []queue.Job{{Kind: "mail", Key: list[0].ID, RunAt: noon}, {Kind: "mail", Key: list[1].ID, RunAt: noon}})
			}
			if err := insert(); !errors.Is(err, store.ErrUnreachable) {
				t.Fatalf("got %v, want %v", err, store.ErrUnreachable)
			}
			proxy.Fail(nil)
			if _, err := s.GetMessage(t.Context(), list[1].ID); (err == nil) != tc.stored {
				t.Errorf("after the failure: %v", err)
			}
			must(t, insert())
			stranded, err := s.StrandedMessages(t.Context(), store.ChannelMail, "mail", noon.Add(time.Second), 9)
			must(t, err)
			if diff := cmp.Diff(tc.stranded, messageIDs(stranded)); diff != "" {
				t.Errorf("stranded (-want +got):\n%s", diff)
			}
			backlog, err := s.Backlog(t.Context(), []string{"mail"})
			must(t, err)
			if want := len(list) - len(tc.stranded); backlog != want {
				t.Errorf("%d jobs, want %d", backlog, want)
			}
		})
	}
}

// withTimeout lets calls to the database end after a second, so that what fails does so soon.
func withTimeout(t *testing.T, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	must(t, err)
	query := u.Query()
	query.Set("timeoutMS", "1000")
	u.RawQuery = query.Encode()
	return u.String()
}
