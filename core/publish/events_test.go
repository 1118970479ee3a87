package publish_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// journal is a log of which the events are looked at.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

// text returns all lines.
func (j *journal) text() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// entries returns the lines that are events.
func (j *journal) entries(t *testing.T) []map[string]any {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []map[string]any
	for line := range strings.Lines(j.buf.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if entry["event"] != nil {
			list = append(list, entry)
		}
	}
	return list
}

// events returns the names of the events so far.
func (j *journal) events(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, e := range j.entries(t) {
		names = append(names, e["event"].(string))
	}
	return names
}

// keepJournal makes the world's publisher write one.
func (w *world) keepJournal(change ...func(*publish.Config)) *journal {
	w.t.Helper()
	j := &journal{}
	log := func(c *publish.Config) { c.Log = slog.New(slog.NewJSONHandler(j, nil)) }
	w.publisher = w.newPublisher(append(change, log)...)
	return j
}

func TestEventsOfADelivery(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arm    func(*world)
		config func(*coretest.Config)
		want   []string
	}{
		"published": {want: []string{"delivery.published"}},
		"refused":   {arm: func(w *world) { w.network.Next(coretest.OpCommit, coretest.Answer(400, 0)) }, want: []string{"delivery.failed"}},
		"found again": {
			arm:  func(w *world) { w.network.Next(coretest.OpCommit, coretest.LoseAnswer) },
			want: []string{"delivery.answer_lost", "delivery.answer_found", "delivery.published"},
		},
		"nobody can tell": {
			arm:    func(w *world) { w.network.Next(coretest.OpCommit, coretest.LoseAnswer) },
			config: func(c *coretest.Config) { c.Unreadable = true },
			want:   []string{"delivery.answer_lost", "delivery.uncertain"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *coretest.Config) {
				if tc.config != nil {
					tc.config(c)
				}
			})
			j := w.keepJournal()
			if tc.arm != nil {
				tc.arm(w)
			}
			w.accept(coretest.PostRequest("Told"))
			w.drain()
			if diff := cmp.Diff(tc.want, j.events(t)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// A post that goes out long after its time says how late it is; one that is nearly in
// time does not.
func TestLateDeliveriesAreTold(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		late time.Duration
		want []time.Duration
	}{
		"in time":            {0, nil},
		"a minute":           {time.Minute, nil},
		"more than a minute": {time.Minute + time.Second, []time.Duration{time.Minute + time.Second}},
		"after a night down": {8 * time.Hour, []time.Duration{8 * time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			j := w.keepJournal()
			r := coretest.PostRequest("In its time")
			r.ScheduleAt = w.clock.Now().Add(time.Hour)
			post := w.accept(r)
			w.clock.Advance(time.Hour + tc.late)
			w.drain()
			if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
				t.Fatalf("state %s", d.State)
			}
			if diff := cmp.Diff(tc.want, w.observer.late); diff != "" {
				t.Errorf("observed (-want +got):\n%s", diff)
			}
			told := 0
			for _, e := range j.entries(t) {
				if e["event"] == "delivery.late" {
					told++
				}
			}
			if told != len(tc.want) {
				t.Errorf("%d events, want %d", told, len(tc.want))
			}
		})
	}
}
