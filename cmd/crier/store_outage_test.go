package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/crashtest"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// What is held of an outage of the database.
const (
	// outageLength is longer than MongoDB takes to elect another primary.
	outageLength = 30 * time.Second
	// outageNoticed is when every call has failed that met its beginning: a call takes 10 s.
	outageNoticed = 11 * time.Second
	// refusedAtOnce is less than a request takes that asks the database, and slowestRefusal is for
	// one before that, on a machine that has other things to do.
	refusedAtOnce  = 8 * time.Second
	slowestRefusal = time.Minute
	// firstRefusals is how long before the end of the outage the last requests are made, so that
	// they have failed by then.
	firstRefusals = 12 * time.Second
	// outageLines is how many warnings and errors a process may log meanwhile.
	outageLines = 20
	// outageCPU is how much processor time it may take meanwhile: what the requests take that it
	// refuses, and the questions whether the database is back.
	outageCPU = 6 * time.Second
	// outageMemory is by how much its memory may grow.
	outageMemory = 64 << 20
)

// TestOutageOfTheDatabase: MongoDB goes away for 30 s under two servers and a worker. Every
// request is answered, in words and with when to come back; what was due goes out by itself
// soon after, once; and nobody's log, memory or processor is flooded.
func TestOutageOfTheDatabase(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(*mongotest.Proxy){"gone": (*mongotest.Proxy).Cut, "hangs": (*mongotest.Proxy).Stall} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutage(t)
			o.prepare()
			o.run(begin)
			o.mend()
			o.checkPosts()
			o.checkProcesses()
		})
	}
}

// outage is the processes, and what they were asked.
type outage struct {
	t         *testing.T
	proxy     *mongotest.Proxy
	one, two  *serverProcess
	ops       []string // addresses of operations, of both
	worker    *exec.Cmd
	workerLog *processLog
	hooks     *webhookEndpoint

	due    map[string]string // text by id of posts that fall due meanwhile
	flying string            // the id of the post whose call is under way when it begins
	began  time.Time
	used   map[int]usage // by process, when it began

	patient sync.WaitGroup // clients that come again until they are served

	mu      sync.Mutex
	refused []turnedAway
}

// usage is what a process has taken.
type usage struct {
	cpu    time.Duration
	memory int64
}

// turnedAway is an answer during the outage.
type turnedAway struct {
	what          string
	asked         time.Duration // after the beginning
	took          time.Duration
	status        int
	retry, answer string
}

// patientClients is how many clients ask for posts while the outage begins.
const patientClients = 12

// linkToken could be that of a link page; whether it is, the store knows.
const linkToken = "crl_ls_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

const flyingText = "Under way as it began"

func newOutage(t *testing.T) *outage {
	t.Helper()
	o := &outage{t: t, proxy: mongotest.NewProxy(t, mongotest.NewURL(t)), workerLog: &processLog{}, due: map[string]string{}}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	o.ops = []string{freeAddress(t), freeAddress(t)}
	o.one = newServerProcess(t, sandbox.Options{},
		"CRIER_STORE="+o.proxy.URL(), "CRIER_MASTER_KEY="+base64.StdEncoding.EncodeToString(key), "CRIER_PUBLIC_URL=http://crier.example",
		"CRIER_MEDIA_STORE=disk:"+t.TempDir(), "CRIER_OPS_ADDR="+o.ops[0], "CRIER_LOG_FORMAT=json",
		"CRIER_COMMIT_TIMEOUT=10s", "CRIER_LEASE=45s", "CRIER_RECONCILE_AFTER=15s,1m")
	two := *o.one
	addr := freeAddress(t)
	two.url, two.cmd, two.log = "http://"+addr, nil, &processLog{}
	two.env = append(slices.Clip(two.env), "CRIER_ADDR="+addr, "CRIER_DATA_DIR="+t.TempDir(), "CRIER_OPS_ADDR="+o.ops[1])
	o.two = &two
	o.two.start()
	o.startWorker()
	t.Cleanup(func() { // before that of the first server
		o.stop()
		if t.Failed() {
			t.Logf("the second server's log:\n%s\nthe worker's log:\n%s", o.two.log, o.workerLog)
		}
	})
	o.hooks = newWebhookEndpoint(t)
	o.one.register(o.hooks, "scheduled")
	return o
}

func (o *outage) startWorker() {
	o.t.Helper()
	program, err := os.Executable()
	if err != nil {
		o.t.Fatal(err)
	}
	o.worker = exec.CommandContext(context.WithoutCancel(o.t.Context()), program, "worker")
	o.worker.Env = append(slices.Clone(o.one.env), serverVariable+"=0s", "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR="+filepath.Join(o.t.TempDir(), "data"))
	o.worker.Stderr, o.worker.Stdout, o.worker.Dir = o.workerLog, o.workerLog, o.t.TempDir()
	crashtest.EndWithTest(o.worker)
	if err := o.worker.Start(); err != nil {
		o.t.Fatal(err)
	}
}

// stop kills all processes; their logs can be read then.
func (o *outage) stop() {
	for _, s := range []*serverProcess{o.one, o.two} {
		if s.cmd != nil {
			s.kill()
		}
	}
	if o.worker != nil {
		_ = o.worker.Process.Kill() // it may have ended
		_ = o.worker.Wait()         // says that it was killed
		o.worker = nil
	}
}

// prepare schedules posts that fall due during the outage, the first of them as it begins, and
// has the network answer to another one when it has begun.
func (o *outage) prepare() {
	o.t.Helper()
	at := time.Now().Add(5 * time.Second)
	for i := range 8 {
		text := fmt.Sprintf("Due while the store was away, number %d", i)
		id, status := o.one.scheduleAt(text, at.Add(time.Duration(i)*2*time.Second))
		if status != http.StatusOK {
			o.t.Fatalf("scheduling: %d", status)
		}
		o.due[id] = text
	}
	if err := o.one.network.Next("POST /rest/posts", sandbox.Delay(3*time.Second)); err != nil {
		o.t.Fatal(err)
	}
	if o.flying = o.two.postText(flyingText); o.flying == "" {
		o.t.Fatal("the post that is to be under way was not accepted")
	}
	o.one.untilCalled()
}

// run lets the outage begin, asks everything of both servers every second, and ends it.
func (o *outage) run(begin func(*mongotest.Proxy)) {
	o.used = o.usages()
	for i := range patientClients {
		o.patient.Go(func() { o.insist(i) })
	}
	o.one.wait(5 * time.Millisecond) // some of them have been taken, and some are being taken
	o.began = time.Now()
	begin(o.proxy)
	var asked sync.WaitGroup
	for time.Since(o.began) < outageLength-firstRefusals {
		o.askAll(&asked)
		o.one.wait(time.Second)
	}
	asked.Wait()
	o.one.wait(outageLength - time.Since(o.began))
	o.checkRefusals()
	o.checkUsages()
}

// insist asks for a post as the documentation tells clients to: with an Idempotency-Key, again
// and again as Retry-After says, of one server or the other.
func (o *outage) insist(i int) {
	text := fmt.Sprintf("Asked for until it was taken, number %d", i)
	raw := fmt.Appendf(nil, `{"post":%q,"platforms":["linkedin"]}`, text)
	for n := i; o.t.Context().Err() == nil; n++ {
		s := []*serverProcess{o.one, o.two}[n%2]
		req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, s.url+"/post", bytes.NewReader(raw))
		if err != nil {
			o.t.Error(err)
			return
		}
		for name, value := range map[string]string{"Authorization": "Bearer " + crashKey, "Content-Type": "application/json", "Idempotency-Key": text, "Prefer": "wait=0"} {
			req.Header.Set(name, value)
		}
		res, err := o.one.client.Do(req)
		if err != nil {
			o.t.Errorf("%s: %v", text, err)
			return
		}
		body, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil {
			o.t.Error(err)
			return
		}
		switch res.StatusCode {
		case http.StatusOK, http.StatusAccepted:
			return
		case http.StatusServiceUnavailable:
			again, _ := strconv.Atoi(res.Header.Get("Retry-After")) // none: at once, which shows
			o.one.wait(time.Duration(again) * time.Second)
		default:
			o.t.Errorf("%s: %d %s", text, res.StatusCode, body)
			return
		}
	}
}

// askAll asks everything of both servers, each in its turn.
func (o *outage) askAll(asked *sync.WaitGroup) {
	scheduled := core.NewID(time.Now()) // no post has it
	for i, s := range []*serverProcess{o.one, o.two} {
		for _, request := range []struct {
			method, url string
			body        any
		}{
			{http.MethodPost, s.url + "/post", map[string]any{"post": "Refused " + scheduled, "platforms": []string{"linkedin"}}},
			{http.MethodGet, s.url + "/post/" + o.flying, nil},
			{http.MethodDelete, s.url + "/post", map[string]any{"id": scheduled}},
			{http.MethodGet, s.url + "/history", nil},
			{http.MethodGet, s.url + "/media", nil},
			{http.MethodGet, s.url + "/profiles", nil},
			{http.MethodGet, s.url + "/user", nil},
			{http.MethodGet, s.url + "/accounts", nil},
			{http.MethodGet, s.url + "/hook/webhook", nil},
			{http.MethodGet, s.url + "/hook/deliveries", nil},
			{http.MethodGet, s.url + "/auto-schedule/list", nil},
			{http.MethodGet, s.url + "/link/open/" + linkToken, nil},
			{http.MethodGet, "http://" + o.ops[i] + "/readyz", nil},
			{http.MethodGet, "http://" + o.ops[i] + "/healthz", nil},
		} {
			asked.Go(func() { o.ask(request.method, request.url, request.body) })
		}
	}
}

func (o *outage) ask(method, url string, body any) {
	began := time.Now()
	r := turnedAway{what: method + " " + url, asked: began.Sub(o.began)}
	var payload io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			o.t.Error(err)
			return
		}
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(o.t.Context(), method, url, payload)
	if err != nil {
		o.t.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+crashKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := o.one.client.Do(req)
	if err != nil {
		o.t.Errorf("%s was not answered: %v", r.what, err)
		return
	}
	answer, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		o.t.Error(err)
	}
	r.took, r.status, r.retry, r.answer = time.Since(began), res.StatusCode, res.Header.Get("Retry-After"), string(answer)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refused = append(o.refused, r)
}
