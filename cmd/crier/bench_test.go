package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/providers"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const benchKey = "BENCHMARK-KEY-0123456789"

// benchServer is a whole server in this process, linked to a sandbox that answers
// at once.
type benchServer struct {
	addr    string // of the API
	sandbox string // its URL
}

func newBenchServer(b *testing.B) benchServer {
	b.Helper()
	upstream := httptest.NewServer(newBenchSandbox(b, sandbox.Latency{}))
	b.Cleanup(upstream.Close)
	addr := runBenchServer(b, upstream.URL).api.listener.Addr().String()
	link := fmt.Sprintf(`{"platform":"linkedin","accessToken":%q,"expiresIn":5184000,"id":%q}`, sandbox.PageToken, sandbox.PageURN)
	c := dial(b, addr)
	if status, body := c.send(request(addr, "/profiles/social", link)); status != http.StatusOK {
		b.Fatalf("linking: %d %s", status, body)
	}
	return benchServer{addr: addr, sandbox: upstream.URL}
}

// newBenchSandbox remembers every post, and no request.
func newBenchSandbox(b *testing.B, l sandbox.Latency) *sandbox.Sandbox {
	b.Helper()
	return sandbox.New(sandbox.Options{EveryVersion: true, Dir: b.TempDir(), MaxRequests: 1, MaxPosts: 1 << 20, Latency: l})
}

// runBenchServer runs a server until the benchmark ends.
func runBenchServer(b *testing.B, upstream string) *server {
	b.Helper()
	env := []string{
		"CRIER_ADDR=127.0.0.1:0", "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR=" + b.TempDir(), "CRIER_API_KEY=" + benchKey,
		"CRIER_LINKEDIN_API_URL=" + upstream, "CRIER_LINKEDIN_POSTS_PER_DAY=0", "CRIER_MEDIA_ALLOW=127.0.0.0/8",
	}
	cfg, err := config.Load(env, "", providers.Adapters()...)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	s, err := newServer(ctx, cfg, slog.New(slog.DiscardHandler), serverOptions{api: true})
	if err != nil {
		b.Fatal(err)
	}
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- s.run(ctx, func(context.Context) error { close(ready); return nil })
	}()
	<-ready
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	return s
}

// BenchmarkScheduledPost measures the durable acceptance of a scheduled post over
// HTTP: key check, validation, post, delivery and job on the disk. Its baselines,
// measured in the same run without key check or validation, are a gin handler that
// reads the body and answers; and, without any HTTP, the insert of one row of the
// same size, grouped and synced: through database/sql ("insert"), and through the
// store's own writer ("writer").
func BenchmarkScheduledPost(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			gin := measureGin(b, clients)
			insert := measureInsert(b, clients)
			writer := measureWriter(b, clients)
			s := newBenchServer(b)
			at := time.Now().Add(48 * time.Hour).UTC().Format(time.RFC3339)
			b.ResetTimer()
			got := load(b, clients, s.addr, "/post", func(i int64) string {
				return fmt.Sprintf(`{"post":"Scheduled post number %d %s","platforms":["linkedin"],"scheduleDate":%q}`, i, strings.Repeat("lorem ipsum ", 20), at)
			})
			b.StopTimer()
			got.report(b, "")
			gin.report(b, "gin-")
			insert.report(b, "insert-")
			writer.report(b, "writer-")
			b.ReportMetric(got.rate/gin.rate, "of-gin")
			b.ReportMetric(got.rate/insert.rate, "of-insert")
			b.ReportMetric(got.rate/writer.rate, "of-writer")
		})
	}
}

// BenchmarkImmediatePost measures posts that are published before they are answered, to
// as many accounts as there are clients: those of one account go out one after another.
// Its baseline is the create call alone, sent to the same sandbox.
func BenchmarkImmediatePost(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			l := newLoadBench(b, 0)
			accounts := l.link(benchKey, clients)
			create := measureCreate(b, clients, b.N, l.upstream)
			b.ResetTimer()
			got := load(b, clients, l.addr, "/post", func(i int64) string {
				return fmt.Sprintf(`{"post":"Immediate post number %d of %d clients","accountIds":[%q]}`, i, clients, accounts[int(i)%clients])
			})
			b.StopTimer()
			got.report(b, "")
			create.report(b, "create-")
			b.ReportMetric(got.rate/create.rate, "of-create")
		})
	}
}

// BenchmarkStart measures the program itself: the time from its start to the
// first answer, against the time that the same binary needs to print its version;
// its memory when idle; and its size.
func BenchmarkStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "crier")
	build := exec.CommandContext(b.Context(), "go", "build", "-tags", "nomsgpack", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	var starts, versions []time.Duration
	var memory int64
	b.ResetTimer()
	for range min(max(b.N, 5), 15) {
		begin := time.Now()
		if err := exec.CommandContext(b.Context(), binary, "version").Run(); err != nil {
			b.Fatal(err)
		}
		versions = append(versions, time.Since(begin))
		start, rss := startOnce(b, binary)
		starts, memory = append(starts, start), max(memory, rss)
	}
	b.StopTimer()
	start, version := median(starts), median(versions)
	b.ReportMetric(float64(start.Microseconds())/1000, "first-200-ms")
	b.ReportMetric(float64(start)/float64(version), "of-version")
	b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
	if memory > 0 {
		b.ReportMetric(float64(memory)/(1<<20), "idle-MiB")
	}
}

// startOnce starts a server, waits for its first 200, lets it idle a moment and
// returns both the time and the resident memory (0 where /proc is missing).
func startOnce(b *testing.B, binary string) (time.Duration, int64) {
	b.Helper()
	addr := freeAddress(b)
	cmd := exec.CommandContext(b.Context(), binary, "serve")
	cmd.Dir = b.TempDir()
	cmd.Env = append(os.Environ(), "CRIER_ADDR="+addr, "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR="+b.TempDir(), "CRIER_API_KEY="+benchKey)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for time.Since(begin) < 20*time.Second {
		conn, err := net.DialTimeout("tcp", addr, time.Second) //nolint:noctx // a probe with a timeout of its own
		if err != nil {
			<-time.After(200 * time.Microsecond)
			continue
		}
		c := &client{tb: b, conn: conn, reader: bufio.NewReader(conn)}
		status, _ := c.send([]byte("GET /providers HTTP/1.1\r\nHost: " + addr + "\r\nAuthorization: Bearer " + benchKey + "\r\n\r\n"))
		took := time.Since(begin)
		_ = conn.Close()
		if status != http.StatusOK {
			b.Fatalf("the first answer was %d", status)
		}
		<-time.After(500 * time.Millisecond)
		return took, memoryOf(cmd.Process.Pid)["VmRSS"]
	}
	b.Fatal("the server does not answer")
	return 0, 0
}

// measureGin loads a bare gin handler with the same requests.
func measureGin(b *testing.B, clients int) measurement {
	b.Helper()
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/post", func(c *gin.Context) {
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusOK, gin.H{"status": "scheduled", "bytes": len(body)})
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	return load(b, clients, server.Listener.Addr().String(), "/post", func(i int64) string {
		return fmt.Sprintf(`{"post":"Scheduled post number %d %s","platforms":["linkedin"]}`, i, strings.Repeat("lorem ipsum ", 20))
	})
}

// measureWriter writes one row of 1 KiB for each operation through the store's
// grouping writer.
func measureWriter(b *testing.B, clients int) measurement {
	b.Helper()
	s, err := sqlite.Open(filepath.Join(b.TempDir(), "writer.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	answer, now := bytes.Repeat([]byte("x"), 1024), time.Now()
	return measure(b, clients, func(int) func(int64) error {
		return func(i int64) error {
			return s.AnswerRequest(b.Context(), store.Request{
				ProfileID: "bench", Key: core.NewID(now) + strconv.FormatInt(i, 10), Status: http.StatusOK, Answer: answer, CreatedAt: now,
			})
		}
	})
}

// measureInsert writes one row of 1 KiB for each operation through database/sql:
// one goroutine takes what has gathered and commits it with full sync.
func measureInsert(b *testing.B, clients int) measurement {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(b.Context(), "CREATE TABLE rows (id TEXT PRIMARY KEY, body TEXT NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	type row struct {
		id   string
		done chan error
	}
	queue, body := make(chan row, 256), strings.Repeat("x", 1024)
	insert := func(group []row) error {
		tx, err := db.BeginTx(b.Context(), nil)
		if err != nil {
			return err
		}
		for _, r := range group {
			if _, err := tx.ExecContext(b.Context(), "INSERT INTO rows VALUES (?, ?)", r.id, body); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		return tx.Commit()
	}
	go func() {
		for first := range queue {
			group := []row{first}
			for len(queue) > 0 {
				group = append(group, <-queue)
			}
			err := insert(group)
			for _, r := range group {
				r.done <- err
			}
		}
	}()
	defer close(queue)
	now := time.Now()
	return measure(b, clients, func(int) func(int64) error {
		done := make(chan error, 1)
		return func(i int64) error {
			queue <- row{core.NewID(now) + strconv.FormatInt(i, 10), done}
			return <-done
		}
	})
}

// measureCreate sends the create call of LinkedIn's API straight to the sandbox.
func measureCreate(b *testing.B, clients, count int, url string) measurement {
	b.Helper()
	addr := strings.TrimPrefix(url, "http://")
	return measureCount(b, clients, int64(count), func(int) func(int64) error {
		c := dial(b, addr)
		return func(i int64) error {
			body := fmt.Sprintf(`{"author":%q,"commentary":"Bare post %d of %d","visibility":"PUBLIC","distribution":{"feedDistribution":"MAIN_FEED","targetEntities":[],"thirdPartyDistributionChannels":[]},"lifecycleState":"PUBLISHED","isReshareDisabledByAuthor":false}`,
				sandbox.PageURN, i, clients)
			head := fmt.Sprintf("POST /rest/posts HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nLinkedIn-Version: 202607\r\nX-Restli-Protocol-Version: 2.0.0\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
				addr, sandbox.PageToken, len(body))
			if status, answer := c.send([]byte(head + body)); status != http.StatusCreated {
				return fmt.Errorf("create: %d %s", status, answer)
			}
			return nil
		}
	})
}

// measurement is what a load of b.N operations came to.
type measurement struct {
	rate     float64 // operations per second
	p50, p99 time.Duration
}

func (m measurement) report(b *testing.B, prefix string) {
	b.Helper()
	b.ReportMetric(m.rate, prefix+"op/s")
	b.ReportMetric(float64(m.p50.Microseconds())/1000, prefix+"p50-ms")
	b.ReportMetric(float64(m.p99.Microseconds())/1000, prefix+"p99-ms")
}

// load sends b.N requests over so many connections, each as soon as the one before
// is answered. Every answer must be a 200.
func load(b *testing.B, clients int, addr, path string, body func(i int64) string) measurement {
	b.Helper()
	return measure(b, clients, func(int) func(int64) error {
		c := dial(b, addr)
		return func(i int64) error {
			if status, answer := c.send(request(addr, path, body(i))); status != http.StatusOK {
				return fmt.Errorf("%s: %d %s", path, status, answer)
			}
			return nil
		}
	})
}

// measure runs b.N operations by so many goroutines.
func measure(b *testing.B, clients int, newOperation func(client int) func(i int64) error) measurement {
	b.Helper()
	return measureCount(b, clients, int64(b.N), newOperation)
}

// measureCount runs so many operations by so many goroutines.
func measureCount(b *testing.B, clients int, count int64, newOperation func(client int) func(i int64) error) measurement {
	b.Helper()
	runtime.GC()
	var next atomic.Int64
	var wg sync.WaitGroup
	took := make([][]time.Duration, clients)
	begin := time.Now()
	for n := range clients {
		operation := newOperation(n)
		wg.Go(func() {
			for i := next.Add(1); i <= count; i = next.Add(1) {
				start := time.Now()
				if err := operation(i); err != nil {
					b.Error(err)
					return
				}
				took[n] = append(took[n], time.Since(start))
			}
		})
	}
	wg.Wait()
	total := time.Since(begin)
	all := slices.Concat(took...)
	slices.Sort(all)
	if len(all) == 0 {
		return measurement{rate: 1}
	}
	return measurement{
		rate: float64(len(all)) / total.Seconds(),
		p50:  all[len(all)/2], p99: all[len(all)*99/100],
	}
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

// client speaks HTTP/1.1 over one connection with as little work as possible, so
// that the load costs the server's processors little.
type client struct {
	tb     testing.TB
	conn   net.Conn
	reader *bufio.Reader
}

func dial(tb testing.TB, addr string) *client {
	tb.Helper()
	var d net.Dialer
	conn, err := d.DialContext(tb.Context(), "tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return &client{tb: tb, conn: conn, reader: bufio.NewReader(conn)}
}

func request(addr, path, body string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, addr, benchKey, len(body), body)
}

// send returns status 0 when the connection fails.
func (c *client) send(raw []byte) (int, []byte) {
	if _, err := c.conn.Write(raw); err != nil {
		return 0, []byte(err.Error())
	}
	res, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, []byte(err.Error())
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return 0, []byte(err.Error())
	}
	return res.StatusCode, body
}
