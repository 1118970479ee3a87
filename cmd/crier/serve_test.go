package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/providers"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// liveServer is a whole server in this process, with the sandbox, started by its
// command line.
type liveServer struct {
	url, ops, sandbox string
	dir               string
	stop              func() result
}

// serveEnviron lets every address be a free one.
func serveEnviron(dir string) []string {
	return []string{
		"CRIER_ADDR=127.0.0.1:0", "CRIER_OPS_ADDR=127.0.0.1:0", "CRIER_SANDBOX_ADDR=127.0.0.1:0", "CRIER_DATA_DIR=" + dir,
		"CRIER_SHUTDOWN_GRACE=1m", "CRIER_LOG_FORMAT=json",
	}
}

// startServer runs `crier serve` and returns once it logged its addresses. The database was
// migrated before.
func startServer(t *testing.T, environ []string, dir string, args ...string) *liveServer {
	t.Helper()
	switch {
	case hasOwnStore(environ):
	case slices.Contains(args, "--sandbox"):
		putMigrated(t, filepath.Join(dir, sandboxDir))
	default:
		putMigrated(t, dir)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(cancel)
	logs, writer := io.Pipe()
	var stdout, log strings.Builder
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, cli{environ: append(serveEnviron(dir), environ...), stdin: strings.NewReader(""), stdout: &stdout, stderr: writer}, args)
		_ = writer.Close()
		ended <- code
	}()
	s := &liveServer{dir: dir}
	lines := bufio.NewReader(logs)
	for s.ops == "" {
		line, err := lines.ReadString('\n')
		log.WriteString(line)
		if err != nil {
			t.Fatalf("the server ended with %d before it started:\n%s", <-ended, &log)
		}
		var entry struct {
			Msg, API, Operations string
			Sandbox              map[string]string
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "started" {
			s.url, s.ops, s.sandbox = entry.API, entry.Operations, entry.Sandbox[sandboxPlatform]
		}
	}
	rest := make(chan struct{})
	go func() { _, _ = io.Copy(&log, lines); close(rest) }()
	s.stop = func() result {
		cancel()
		code := <-ended
		<-rest
		return result{code: code, stdout: stdout.String(), stderr: log.String()}
	}
	return s
}

// printedKey finds the generated key in what a server printed.
func printedKey(stdout string) string {
	for line := range strings.Lines(stdout) {
		if key := strings.TrimSpace(line); strings.Count(key, "-") == 3 && !strings.Contains(key, " ") {
			return key
		}
	}
	return ""
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, req)
}

// do sends the request; it may be called outside of the test's own goroutine.
func do(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	return doWith(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, req)
}

// doWith is do with a client of the caller's.
func doWith(t *testing.T, client *http.Client, req *http.Request) (int, string) {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return res.StatusCode, string(body)
}

// The whole way: a server with the sandbox, and the client commands against it.
func TestServeSandboxAndClient(t *testing.T) {
	t.Parallel()
	s := startServer(t, []string{"CRIER_API_KEY=A-KEY-FOR-THIS-TEST-01"}, t.TempDir(), "serve", "--sandbox")
	environ := []string{"CRIER_URL=" + s.url, "CRIER_API_KEY=A-KEY-FOR-THIS-TEST-01"}

	picture := filepath.Join(t.TempDir(), "tiles.png")
	content, err := os.ReadFile("../../media/samples/tiles.png")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(picture, content, 0o600); err != nil {
		t.Fatal(err)
	}
	posted := execute(t.Context(), environ, "", "post", "Hello (world) [it] works", "--platform", "linkedin", "--media", picture, "--alt", "Tiles")
	if posted.code != exitOK || !strings.Contains(posted.stdout, "urn:li:share:") {
		t.Fatalf("post: %+v", posted)
	}
	id := strings.TrimSuffix(strings.Fields(posted.stdout)[1], ":")

	validated := execute(t.Context(), environ, "", "validate", "Just a look", "--platform", "linkedin")
	if validated.code != exitOK || !strings.Contains(validated.stdout, "linkedin (11 of 3000 characters):\nJust a look\n") {
		t.Errorf("validate: %+v", validated)
	}
	scheduled := execute(t.Context(), environ, "", "post", "Later", "--platform", "linkedin", "--schedule", "+48h")
	if scheduled.code != exitOK || !strings.Contains(scheduled.stdout, ": scheduled\n") {
		t.Errorf("schedule: %+v", scheduled)
	}
	refused := execute(t.Context(), environ, "", "post", strings.Repeat("x", 3001), "--platform", "linkedin")
	if refused.code != exitFailure || !strings.Contains(refused.stdout, "error 132: linkedin: post: ") {
		t.Errorf("refused: %+v", refused)
	}
	one := execute(t.Context(), environ, "", "history", id)
	if one.code != exitOK || !strings.Contains(one.stdout, "post "+id+": success") {
		t.Errorf("history of one: %+v", one)
	}
	all := execute(t.Context(), environ, "", "history", "--platform", "linkedin")
	if all.code != exitOK || !strings.Contains(all.stdout, id) || strings.Count(all.stdout, "\n") != 4 {
		t.Errorf("history: %+v", all)
	}

	s.checkOperations(t)
	ended := s.stop()
	if ended.code != exitOK {
		t.Errorf("the server ended with %d:\n%s", ended.code, ended.stderr)
	}
	if strings.Contains(ended.stderr, "A-KEY-FOR") || strings.Contains(ended.stderr, "SANDBOX_PAGE_TOKEN") {
		t.Errorf("a secret is in the log:\n%s", ended.stderr)
	}
}

func (s *liveServer) checkOperations(t *testing.T) {
	t.Helper()
	if status, body := fetch(t, s.ops+"/readyz"); status != http.StatusOK {
		t.Errorf("readyz: %d %s", status, body)
	}
	_, text := fetch(t, s.ops+"/metrics")
	for _, want := range []string{
		`crier_deliveries_total{kind="",platform="linkedin",state="published"} 1`,
		`crier_deliveries_accepted_total{when="scheduled"} 1`,
		`crier_http_requests_total{method="POST",route="/post",status=`,
		`crier_provider_version_notice{platform="linkedin"`,
		"crier_queue_backlog 0", "crier_queue_overdue_seconds 0", "crier_media_disk_bytes 0",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

// A signal answers who waits for a post at once, and lets the deliveries under way
// come to their end.
func TestStoppingFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	n := newHeldNetwork(t)
	environ, dir := []string{"CRIER_API_KEY=" + crashKey, "CRIER_LINKEDIN_API_URL=" + n.url, "CRIER_COMMIT_TIMEOUT=2m", "CRIER_LEASE=10m"}, t.TempDir()
	s := startServer(t, environ, dir, "serve")
	apiUser{t, s.url, crashKey}.ask(http.MethodPost, "/profiles/social", map[string]any{
		"platform": "linkedin", "accessToken": sandbox.PageToken, "expiresIn": 5184000, "id": sandbox.PageURN,
	})
	type answered struct {
		status int
		body   string
	}
	answer, ended := make(chan answered, 1), make(chan result, 1)
	go func() {
		status, body := send(t, s.url+"/post", crashKey, `{"post":"Wait for me","platforms":["linkedin"]}`)
		answer <- answered{status, body}
	}()
	<-n.called // the delivery is under way
	go func() { ended <- s.stop() }()
	got := <-answer
	if got.status != http.StatusAccepted || !strings.Contains(got.body, `"status":"processing"`) {
		t.Errorf("the waiting request was answered %d %s", got.status, got.body)
	}
	close(n.goOn)
	if end := <-ended; end.code != exitOK || !strings.Contains(end.stderr, `"msg":"stopping"`) || strings.Contains(end.stderr, `"level":"ERROR"`) {
		t.Errorf("serve: %+v", end)
	}
	var accepted struct{ ID string }
	if err := json.Unmarshal([]byte(got.body), &accepted); err != nil {
		t.Fatal(err)
	}
	if posts := len(n.Posts()); posts != 1 {
		t.Errorf("%d posts when it had ended", posts)
	}
	later := startServer(t, environ, dir, "serve")
	outcome := execute(t.Context(), []string{"CRIER_URL=" + later.url, "CRIER_API_KEY=" + crashKey}, "", "history", accepted.ID)
	if !strings.Contains(outcome.stdout, "post "+accepted.ID+": success") {
		t.Errorf("the delivery did not come to its end: %+v", outcome)
	}
	later.stop()
}

// heldNetwork is a sandbox that answers to the call for a post when it is told to.
type heldNetwork struct {
	*sandbox.Sandbox

	url    string
	called chan struct{} // receives when the call has come
	goOn   chan struct{} // is closed to have it answered
}

func newHeldNetwork(t *testing.T) heldNetwork {
	t.Helper()
	n := heldNetwork{sandbox.New(sandbox.Options{EveryVersion: true, Dir: t.TempDir()}), "", make(chan struct{}, 9), make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method+" "+r.URL.Path == createPost {
			n.called <- struct{}{}
			<-n.goOn
		}
		n.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	n.url = server.URL
	return n
}

// A connection that was opened to have it ready holds up no stop.
func TestStopWithUnusedConnections(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, t.TempDir(), "serve", "--sandbox")
	for _, url := range []string{s.url, s.ops, s.sandbox} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
	}
	if ended := s.stop(); ended.code != exitOK || strings.Contains(ended.stderr, "had to be cut") {
		t.Errorf("it ended: %+v", ended)
	}
}

// A server that is stopped before it has started ends as quietly as one that runs.
func TestStopDuringTheStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, command := range []string{"serve", "worker"} {
		if got := execute(ctx, serveEnviron(t.TempDir()), "", command); got.code != exitOK || got.stderr != "" {
			t.Errorf("%s: %+v", command, got)
		}
	}
}

// Balancers must not send requests to a server that is stopping.
func TestNotReadyWhileStopping(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(serveEnviron(t.TempDir()), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(t.Context(), cfg, slog.New(slog.DiscardHandler), serverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ready(t.Context()); err != nil {
		t.Errorf("before the stop: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.run(ctx, nil); err != nil {
		t.Error(err)
	}
	if err := s.ready(t.Context()); err == nil || err.Error() != "the server is stopping" {
		t.Errorf("after the stop: %v", err)
	}
}

// What a stop breaks off is not reported as a failure.
func TestMaintenanceEndsQuietly(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(serveEnviron(t.TempDir()), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	a, err := newApp(t.Context(), cfg, appOptions{}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	a.maintain(stopped)
	if err := a.Close(); err != nil || strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("closed with %v after logging:\n%s", err, &log)
	}
}

func send(t *testing.T, url, key, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	return do(t, req)
}

// The key is printed at the first start, and never again.
func TestServePrintsItsKeyOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var keys []string
	for range 2 {
		ended := startServer(t, nil, dir, "serve").stop()
		if ended.code != exitOK || strings.Contains(ended.stderr, "API key") {
			t.Fatalf("serve: %+v", ended)
		}
		keys = append(keys, printedKey(ended.stdout))
	}
	if keys[0] == "" || keys[1] != "" {
		t.Errorf("printed keys %q", keys)
	}
	s := startServer(t, nil, dir, "serve")
	got := execute(t.Context(), []string{"CRIER_URL=" + s.url, "CRIER_API_KEY=" + keys[0]}, "", "history")
	if want := (result{stdout: "No posts.\n"}); got != want {
		t.Errorf("history with the printed key: %+v", got)
	}
	s.stop()
}

// A start that fails leaves the keys alone: the next one still prints the key that
// it makes, and a key that was in use stays so.
func TestAFailedStartLeavesTheKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	obstacle := filepath.Join(dir, "uploads") // where a folder is needed
	fail := func(environ ...string) {
		t.Helper()
		if err := os.RemoveAll(obstacle); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(obstacle, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := execute(t.Context(), append(serveEnviron(dir), environ...), "", "serve"); got.code != exitFailure || !strings.Contains(got.stderr, obstacle) {
			t.Fatalf("serve: %+v", got)
		}
		if err := os.Remove(obstacle); err != nil {
			t.Fatal(err)
		}
	}
	fail()
	key := printedKey(startServer(t, nil, dir, "serve").stop().stdout)
	if key == "" {
		t.Error("the key was lost with the start that failed")
	}
	fail("CRIER_API_KEY=A-KEY-FOR-THIS-TEST-04")
	s := startServer(t, nil, dir, "serve")
	if got := execute(t.Context(), []string{"CRIER_URL=" + s.url, "CRIER_API_KEY=" + key}, "", "history"); got.code != exitOK {
		t.Errorf("history with the printed key: %+v", got)
	}
	s.stop()
}

// A worker has no API, tells operators that it is ready, and prints the key when it
// is the first on a store.
func TestWorker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	worker := startServer(t, nil, dir, "worker")
	if status, body := fetch(t, worker.ops+"/readyz"); status != http.StatusOK {
		t.Errorf("readyz: %d %s", status, body)
	}
	if worker.url != "" {
		t.Errorf("a worker has an API at %s", worker.url)
	}
	if ended := worker.stop(); ended.code != exitOK || printedKey(ended.stdout) == "" {
		t.Errorf("worker: %+v", ended)
	}
}

func TestServeMistakes(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	taken, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, variable, message string }{
		{"settings", "CRIER_LEASE=soon", "CRIER_LEASE: "},
		{"store", "CRIER_STORE=mongodb://user:pa55word@db.example/crier", "CRIER_MASTER_KEY: has to be set with a MongoDB store"},
		{"address", "CRIER_ADDR=" + taken.Addr().String(), "set CRIER_ADDR to another address"},
		{"operations address", "CRIER_OPS_ADDR=" + taken.Addr().String(), "set CRIER_OPS_ADDR to another address"},
		{"file of the store", "CRIER_STORE=sqlite:" + filepath.Join(file, "crier.db"), "CRIER_STORE: "},
		{"data folder", "CRIER_DATA_DIR=" + file, "Name a folder that this user may write to"},
		{"foreign address", "CRIER_ADDR=192.0.2.1:0", "set CRIER_ADDR to one that it has"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), append(serveEnviron(t.TempDir()), test.variable), "", "serve")
			if got.code != exitFailure || !strings.Contains(got.stderr, test.message) || strings.Contains(got.stderr, "pa55word") {
				t.Errorf("serve: %+v", got)
			}
		})
	}
}

// A store of a newer version is left alone.
func TestServeRefusesANewerStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startServer(t, nil, dir, "serve").stop()
	s, err := sqlite.Open(filepath.Join(dir, "crier.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	setUserVersion(t, filepath.Join(dir, "crier.db"), 1<<20)
	got := execute(t.Context(), serveEnviron(dir), "", "serve")
	if got.code != exitFailure || !strings.Contains(got.stderr, "newer version of Crier") || !strings.Contains(got.stderr, "\nStart the version of Crier that wrote it") {
		t.Errorf("serve: %+v", got)
	}
}

// setUserVersion writes the schema version into the header of a closed database:
// four bytes, most significant first, at offset 60.
// https://www.sqlite.org/fileformat2.html#user_version_number
func setUserVersion(t *testing.T, path string, version uint32) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt([]byte{byte(version >> 24), byte(version >> 16), byte(version >> 8), byte(version)}, 60); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	for _, addr := range []string{"127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:8082"} {
		// The demonstration takes free ports instead. One that is not to be had here
		// is taken already.
		if taken, err := lc.Listen(t.Context(), "tcp", addr); err == nil {
			t.Cleanup(func() { _ = taken.Close() })
		}
	}
	got := execute(t.Context(), nil, "", "demo", "--exit")
	if got.code != exitOK || withoutVersionNotices(got.stderr) != "" {
		t.Fatalf("demo: %+v", got)
	}
	for _, want := range []string{"POST http://127.0.0.1:", "200 OK after ", `"status": "success"`, "\nLook at the post:\n  Bluesky   http://127.0.0.1:", "\n  LinkedIn  http://127.0.0.1:"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("%q is not shown:\n%s", want, got.stdout)
		}
	}
	if strings.Contains(got.stdout, "\x1b[") {
		t.Error("colours without a terminal")
	}
}

// withoutVersionNotices drops from a log what depends on today's date: that the
// pinned version of LinkedIn's API comes to its end.
func withoutVersionNotices(log string) string {
	var rest strings.Builder
	for line := range strings.Lines(log) {
		if !strings.Contains(line, "the version of a network's API needs attention") && !strings.Contains(line, "a version of LinkedIn's API that LinkedIn has ended") {
			rest.WriteString(line)
		}
	}
	return rest.String()
}

// stopAt ends something once a text is written.
type stopAt struct {
	text    string
	stop    func()
	written strings.Builder
}

func (s *stopAt) Write(p []byte) (int, error) {
	n, err := s.written.Write(p)
	if strings.Contains(s.written.String(), s.text) {
		s.stop()
	}
	return n, err
}

// The exit code tells whether the post was published, also when a signal ends the
// demonstration.
func TestDemoIsStopped(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, at string
		code     int
		stderr   string
	}{
		{"before its post", "\nPOST http://", exitFailure, "crier: the demonstration was stopped before its post was published\n"},
		{"after its post", "Press Ctrl-C", exitOK, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var stderr strings.Builder
			code := run(ctx, cli{stdin: strings.NewReader(""), stdout: &stopAt{text: test.at, stop: stop}, stderr: &stderr}, []string{"demo"})
			if code != test.code || withoutVersionNotices(stderr.String()) != test.stderr {
				t.Errorf("demo = %d, want %d; stderr: %s", code, test.code, &stderr)
			}
		})
	}
}

func TestPaint(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := &paint{w: &out, colour: true}
	p.json(map[string]any{"a": `x "y" <z>`, "b": 1})
	want := "{\n  " + cyan + `"a"` + plain + ": " + green + `"x \"y\" <z>"` + plain + ",\n  " + cyan + `"b"` + plain + ": 1\n}\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("painted (-want +got):\n%s", diff)
	}
}
