package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// noticeGrace is how long a server that stops waits for the webhook calls under way: those
// that are cut off are made again at the next start.
const noticeGrace = 3 * time.Second

// openNotifier makes what tells the owners of profiles what happens, with a queue and workers
// of its own: endpoints that do not answer never keep posts waiting.
func (a *app) openNotifier() error {
	var err error
	a.notifier, err = notify.New(notify.Config{
		Store: a.store, Guard: a.guard, Vault: a.vault, Registry: a.registry, Clock: a.clock, Log: a.log,
		Posts: postNotices{a}, Relinker: relinker{a},
		Observer: a.metrics, Wake: func() { a.notices.Wake() }, Mail: mailConfig(a.cfg),
	})
	if err != nil {
		return err
	}
	a.metrics.expectNotices()
	a.metrics.registry.MustRegister(newNoticeCollector(a.store, a.clock.Now, a.log))
	a.notices, err = queue.NewRunner(queue.RunnerConfig{
		Backend: a.store, Handlers: a.notifier.Handlers(), Clock: a.clock, Log: a.log,
		Concurrency: notify.Concurrency, TenantMax: notify.TenantMax, Lease: a.cfg.Lease,
	})
	return err
}

// postNotices renders outcomes of posts as the API shows them.
type postNotices struct{ *app }

func (p postNotices) PostNotice(ctx context.Context, profileID, postID string) (json.RawMessage, error) {
	o, err := p.publisher.Get(ctx, profileID, postID)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // letters stay as they are, as in the API's answers
	if err := e.Encode(api.PostNotice(o)); err != nil {
		return nil, fmt.Errorf("rendering the outcome of post %s: %w", postID, err)
	}
	return b.Bytes(), nil
}

// relinker is the link pages, which are there once all parts are put together.
type relinker struct{ *app }

func (r relinker) RelinkAddress(ctx context.Context, profileID, accountID, noticeID string) (string, error) {
	return r.linking.RelinkAddress(ctx, profileID, accountID, noticeID)
}

// stopNotices ends the workers of the notices.
func (a *app) stopNotices(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, noticeGrace)
	defer cancel()
	if err := a.notices.Stop(ctx); err != nil {
		a.log.WarnContext(ctx, "webhook calls were put off to the next start", "error", err)
	}
}

// sweepNotices takes up notices that a crash left behind.
func (a *app) sweepNotices(ctx context.Context) {
	n, err := a.notifier.Sweep(ctx)
	if err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "the sweep for stranded notices failed", "error", err)
	}
	if n > 0 {
		a.log.WarnContext(ctx, "stranded notices were taken up again", "count", n)
	}
}

// noticeMetrics counts what becomes of notices.
type noticeMetrics struct {
	notices *prometheus.CounterVec
}

func newNoticeMetrics() noticeMetrics {
	return noticeMetrics{notices: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "crier_notices_total",
		Help: "Tries to tell the owner of a profile something, by channel (webhook or mail) and result: delivered, retried (failed, and is tried again), failed (given up), dropped (nobody wants it any more).",
	}, []string{"channel", "result"})}
}

// MessageTried implements notify.Observer.
func (m noticeMetrics) MessageTried(channel store.Channel, result notify.Result) {
	m.notices.WithLabelValues(string(channel), string(result)).Inc()
}

// expectNotices makes the series of what may go wrong with notices; see expectNetworks.
func (m noticeMetrics) expectNotices() {
	for _, channel := range noticeChannels() {
		for _, result := range notify.Results() {
			m.notices.WithLabelValues(string(channel), string(result))
		}
	}
}

func noticeChannels() []store.Channel {
	return []store.Channel{store.ChannelWebhook, store.ChannelMail}
}

// pendingSource tells how many messages wait to be sent.
type pendingSource interface {
	CountPending(ctx context.Context, channel store.Channel) (n int, oldest time.Time, err error)
}

// noticeCollector reads the gauges of the outbox from the store when they are asked for.
type noticeCollector struct {
	source         pendingSource
	now            func() time.Time
	log            *slog.Logger
	pending, since *prometheus.Desc
}

func newNoticeCollector(source pendingSource, now func() time.Time, log *slog.Logger) *noticeCollector {
	return &noticeCollector{
		source: source, now: now, log: log,
		pending: prometheus.NewDesc("crier_notices_pending", "Webhook calls and mails that are to be sent, those that are tried again included.", []string{"channel"}, nil),
		since:   prometheus.NewDesc("crier_notices_pending_seconds", "For how long the oldest of them has been waiting; 0 when there is none.", []string{"channel"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (n *noticeCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- n.pending
	ch <- n.since
}

// Collect implements prometheus.Collector. While the store does not answer, the gauges are
// absent rather than wrong.
func (n *noticeCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	for _, channel := range noticeChannels() {
		count, oldest, err := n.source.CountPending(ctx, channel)
		if err != nil {
			n.log.WarnContext(ctx, "a gauge could not be read", "of", "pending notices", "error", err)
			continue
		}
		var waiting time.Duration
		if !oldest.IsZero() {
			waiting = max(0, n.now().Sub(oldest))
		}
		ch <- prometheus.MustNewConstMetric(n.pending, prometheus.GaugeValue, float64(count), string(channel))
		ch <- prometheus.MustNewConstMetric(n.since, prometheus.GaugeValue, waiting.Seconds(), string(channel))
	}
}

var (
	_ notify.Observer      = noticeMetrics{}
	_ prometheus.Collector = (*noticeCollector)(nil)
)
