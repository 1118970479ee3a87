package main

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/media"
)

// metrics counts what the server does. It is the publisher's observer and the
// API's.
type metrics struct {
	registry *prometheus.Registry

	accepted    *prometheus.CounterVec
	refused     prometheus.Counter
	deliveries  *prometheus.CounterVec
	latency     *prometheus.HistogramVec
	reconciled  *prometheus.CounterVec
	late        *prometheus.CounterVec
	setBack     prometheus.Counter
	notShown    *prometheus.CounterVec
	requests    *prometheus.CounterVec
	requestTime *prometheus.HistogramVec

	networkMetrics
	noticeMetrics
	accountMetrics
}

func newMetrics(b build) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		accepted: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crier_deliveries_accepted_total",
			Help: "Deliveries that were accepted, by when they are to go out: now or scheduled.",
		}, []string{"when"}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "crier_posts_refused_total",
			Help: "Posts that were refused before anything was sent.",
		}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crier_deliveries_total",
			Help: "Deliveries that ended, by network, final state and kind of error.",
		}, []string{"platform", "state", "kind"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "crier_delivery_duration_seconds",
			Help:    "Time from a delivery's due time, or its acceptance if that was later, to its end.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900},
		}, []string{"platform", "state"}),
		reconciled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crier_reconciliations_total",
			Help: "Attempts to find a post whose answer was lost, by network and whether it was found.",
		}, []string{"platform", "found"}),
		late: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crier_deliveries_late_total",
			Help: "Deliveries that went out more than a minute after their time, by network.",
		}, []string{"platform"}),
		setBack: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "crier_clock_set_back_total",
			Help: "How often the server's clock was found set back.",
		}),
		notShown: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crier_posts_not_shown_total",
			Help: "Posts that a network accepted and then did not publish. They are among the deliveries twice: published, and failed.",
		}, []string{"platform"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crier_http_requests_total",
			Help: "Requests to the API, by route, method and status.",
		}, []string{"route", "method", "status"}),
		requestTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "crier_http_request_duration_seconds",
			Help:    "Time of a request to the API, the wait for an immediate post's result included.",
			Buckets: []float64{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60},
		}, []string{"route", "method"}),
		networkMetrics: newNetworkMetrics(),
		noticeMetrics:  newNoticeMetrics(),
		accountMetrics: newAccountMetrics(),
	}
	info := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "crier_build_info",
		Help:        "1, with the version of the server as labels.",
		ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "go": b.Go},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.accepted, m.refused, m.deliveries, m.latency, m.reconciled, m.late, m.setBack, m.notShown, m.requests, m.requestTime, m.calls, m.versionChanges, m.notices, m.refreshes,
		info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// PostAccepted implements publish.Observer.
func (m *metrics) PostAccepted(scheduled bool, deliveries int) {
	when := "now"
	if scheduled {
		when = "scheduled"
	}
	m.accepted.WithLabelValues(when).Add(float64(deliveries))
}

// PostRefused implements publish.Observer.
func (m *metrics) PostRefused() { m.refused.Inc() }

// DeliveryEnded implements publish.Observer.
func (m *metrics) DeliveryEnded(platform string, state core.DeliveryState, kind core.Kind, latency time.Duration) {
	m.deliveries.WithLabelValues(platform, string(state), string(kind)).Inc()
	m.latency.WithLabelValues(platform, string(state)).Observe(latency.Seconds())
}

// Reconciled implements publish.Observer.
func (m *metrics) Reconciled(platform string, found bool) {
	m.reconciled.WithLabelValues(platform, strconv.FormatBool(found)).Inc()
}

// DeliveryLate implements publish.Observer.
func (m *metrics) DeliveryLate(platform string, _ time.Duration) {
	m.late.WithLabelValues(platform).Inc()
}

// ClockSetBack implements publish.Observer.
func (m *metrics) ClockSetBack(time.Duration) { m.setBack.Inc() }

// PostNotShown implements publish.Observer.
func (m *metrics) PostNotShown(platform string) { m.notShown.WithLabelValues(platform).Inc() }

// RequestServed counts one request to the API. route is the pattern, so that ids
// do not multiply the series.
func (m *metrics) RequestServed(route, method string, status int, d time.Duration) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.requestTime.WithLabelValues(route, method).Observe(d.Seconds())
}

// backlogSource is what the queue's gauges read.
type backlogSource interface {
	Backlog(ctx context.Context, kinds []string) (int, error)
	NextRunAt(ctx context.Context, kinds []string, pool queue.Pool) (time.Time, error)
}

// queueCollector reads the queue's gauges from the store when they are asked for.
type queueCollector struct {
	source  backlogSource
	clock   core.Clock
	log     *slog.Logger
	backlog *prometheus.Desc
	overdue *prometheus.Desc
}

// scrapeTimeout bounds what one look at the store may take.
const scrapeTimeout = 2 * time.Second

func newQueueCollector(source backlogSource, clock core.Clock, log *slog.Logger) *queueCollector {
	return &queueCollector{
		source: source, clock: clock, log: log,
		backlog: prometheus.NewDesc("crier_queue_backlog", "Jobs that are due, those being worked on included.", nil, nil),
		overdue: prometheus.NewDesc("crier_queue_overdue_seconds", "For how long the oldest job that nobody works on has been due; 0 when there is none.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (q *queueCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- q.backlog
	ch <- q.overdue
}

// Collect implements prometheus.Collector. While the store does not answer, the
// gauges are absent rather than wrong.
func (q *queueCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	kinds := []string{publish.JobKind}
	backlog, err := q.source.Backlog(ctx, kinds)
	if err != nil {
		q.log.WarnContext(ctx, "cannot read the queue's backlog", "error", err)
		return
	}
	ch <- prometheus.MustNewConstMetric(q.backlog, prometheus.GaugeValue, float64(backlog))
	next, err := q.source.NextRunAt(ctx, kinds, queue.Everything)
	if err != nil {
		q.log.WarnContext(ctx, "cannot read the queue's next due time", "error", err)
		return
	}
	var overdue time.Duration
	if !next.IsZero() {
		overdue = max(0, q.clock.Now().Sub(next))
	}
	ch <- prometheus.MustNewConstMetric(q.overdue, prometheus.GaugeValue, overdue.Seconds())
}

// newDiskGauge shows how much of CRIER_MEDIA_DISK is in use.
func newDiskGauge(m *media.Service) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "crier_media_disk_bytes", Help: "Disk space that files of posts under way take.",
	}, func() float64 { return float64(m.DiskUsed()) })
}

var (
	_ publish.Observer     = (*metrics)(nil)
	_ prometheus.Collector = (*queueCollector)(nil)
)
