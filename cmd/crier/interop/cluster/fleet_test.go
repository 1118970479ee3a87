//go:build interop

package cluster_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/crier-social/crier/cmd/crier/interop/internal/programtest"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const deployFolder = "../../../../deploy"

// container is what compose.yaml says of one.
type container struct {
	Entrypoint      []string
	Command         []string
	Environment     map[string]string
	StopGracePeriod string `yaml:"stop_grace_period"`
}

// fleet is what compose.yaml describes, on this machine: its servers, workers, load balancer
// and S3 server, in front of a LinkedIn sandbox.
type fleet struct {
	t          *testing.T
	containers map[string]container
	binary     string
	secrets    string // folder
	network    *sandbox.Sandbox
	networkURL string
	bucket     string // address of the S3 server
	url        string // of the API, at the load balancer
	metrics    string // URL of the load balancer's
	key        string // of the API
	balancer   *process
	processes  map[string]*process // of Crier
}

// startFleet starts everything. Where a program is missing, the test is skipped.
func startFleet(t *testing.T) *fleet {
	t.Helper()
	if !strings.Contains(os.Getenv("PATH"), "/usr/sbin") { // where Debian has it
		t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin")
	}
	programtest.Need(t, "the cluster", "make interop-cluster installs them where that is allowed", "haproxy", "openssl", "bash")
	if !mongotest.Configured() || os.Getenv("CRIER_INTEROP_S3_SERVER") == "" {
		programtest.Missing(t, "the cluster", "for want of a MongoDB server and an S3 server; make interop-cluster builds and starts them")
	}
	f := &fleet{t: t, containers: readCompose(t), secrets: makeSecrets(t, mongotest.NewURL(t)), binary: programtest.Build(t), processes: map[string]*process{}}
	f.key = readSecret(t, f.secrets, "api-key")
	f.startNetwork()
	f.startBucket()
	f.startBalancer()
	for _, name := range slices.Sorted(maps.Keys(f.containers)) {
		if strings.HasPrefix(name, "crier-") || strings.HasPrefix(name, "worker-") {
			f.processes[name].start()
			f.healthy(name)
		}
	}
	until(t, "the load balancer to send requests to all servers", f.balances)
	return f
}

// balances tells whether the load balancer takes all servers for ready. It asks them every second,
// and took them for dead before they were started.
func (f *fleet) balances() bool {
	servers := 0
	for name := range f.containers {
		if strings.HasPrefix(name, "crier-") {
			servers++
		}
	}
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, f.metrics, http.NoBody)
	if err != nil {
		f.t.Fatal(err)
	}
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return err == nil && strings.Contains(string(text), fmt.Sprintf("haproxy_backend_active_servers{proxy=\"crier_once\"} %d\n", servers))
}

// port is that of an address.
func port(address string) string { return address[strings.LastIndex(address, ":")+1:] }

func readCompose(t *testing.T) map[string]container {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(deployFolder, "compose", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ Services map[string]container }
	if err := yaml.Unmarshal([]byte(strings.ReplaceAll(string(raw), "$$", "$")), &c); err != nil {
		t.Fatal(err)
	}
	return c.Services
}

// makeSecrets has secrets.sh make the secrets; only the database is another one.
func makeSecrets(t *testing.T, store string) string {
	t.Helper()
	dir := t.TempDir()
	script, err := os.ReadFile(filepath.Join(deployFolder, "compose", "secrets.sh"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secrets.sh"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", filepath.Join(dir, "secrets.sh"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("secrets.sh: %v\n%s", err, out)
	}
	secrets := filepath.Join(dir, "secrets")
	if err := os.WriteFile(filepath.Join(secrets, "store-url"), []byte(store), 0o600); err != nil {
		t.Fatal(err)
	}
	return secrets
}

func readSecret(t *testing.T, secrets, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(secrets, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(raw))
}

func (f *fleet) startNetwork() {
	f.network = sandbox.New(sandbox.Options{EveryVersion: true, Dir: f.t.TempDir(), MaxPosts: 10_000})
	server := httptest.NewServer(f.network)
	f.networkURL = server.URL
	f.t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		if err := f.network.Close(); err != nil {
			f.t.Error(err)
		}
	})
}

// startBucket starts the S3 server as compose.yaml does, in a folder of this test.
func (f *fleet) startBucket() {
	dir := f.t.TempDir()
	f.bucket = freeAddress(f.t)
	program := os.Getenv("CRIER_INTEROP_S3_SERVER")
	command := slices.Clone(f.containers["s3"].Entrypoint)
	last := len(command) - 1
	command[last] = strings.NewReplacer("/data/", dir+"/", "/run/secrets", f.secrets, "exec versitygw", "exec '"+program+"'", ":7070", f.bucket).Replace(command[last])
	p := &process{t: f.t, name: "s3", program: command[0], args: command[1:], environ: os.Environ()}
	p.start()
	until(f.t, "the S3 server", func() bool { return listens(f.t.Context(), f.bucket) })
}

// startBalancer starts the load balancer with its configuration, and tells each process of
// Crier its addresses.
func (f *fleet) startBalancer() {
	address, operations := freeAddress(f.t), freeAddress(f.t)
	f.url, f.metrics = "https://localhost:"+port(address), "http://"+operations+"/metrics"
	environ := append(os.Environ(), "BIND_HTTPS="+address, "BIND_HTTP="+freeAddress(f.t), "BIND_OPS="+operations,
		"TLS_FILE="+filepath.Join(f.secrets, "tls.pem"), "DNS=127.0.0.1:53")
	for name := range f.containers {
		role, number, _ := strings.Cut(name, "-")
		if role != "crier" && role != "worker" {
			continue
		}
		api, ops := freeAddress(f.t), freeAddress(f.t)
		f.addProcess(name, role, api, ops)
		if role == "crier" {
			environ = append(environ, "SERVER_"+number+"="+api, "SERVER_"+number+"_OPS="+port(ops))
		}
	}
	configuration, err := filepath.Abs(filepath.Join(deployFolder, "haproxy", "haproxy.cfg"))
	if err != nil {
		f.t.Fatal(err)
	}
	f.balancer = &process{t: f.t, name: "haproxy", program: "haproxy", args: []string{"-db", "-f", configuration}, environ: environ}
	f.balancer.start()
	until(f.t, "the load balancer", func() bool { return listens(f.t.Context(), address) })
}

// addProcess sets up a process of Crier with the settings of its container. What differs is
// where things are on this machine.
func (f *fleet) addProcess(name, role, api, ops string) {
	command := map[string]string{"crier": "serve", "worker": "worker"}[role]
	places := strings.NewReplacer("/run/secrets", f.secrets, "http://s3:7070", "http://"+f.bucket)
	settings := maps.Clone(f.containers[name].Environment)
	for key, value := range settings {
		settings[key] = places.Replace(value)
	}
	settings["CRIER_PUBLIC_URL"] = f.url
	settings["CRIER_ADDR"], settings["CRIER_OPS_ADDR"] = api, ops
	settings["CRIER_DATA_DIR"] = f.t.TempDir()
	settings["CRIER_LINKEDIN_API_URL"], settings["CRIER_LINKEDIN_POSTS_PER_DAY"] = f.networkURL, "0"
	settings["CRIER_LOG_FORMAT"] = "json"
	p := &process{t: f.t, name: name, program: f.binary, args: []string{command}}
	p.environ = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CRIER_") })
	for key, value := range settings {
		p.environ = append(p.environ, key+"="+value)
	}
	f.processes[name] = p
}

// healthy waits for a process to say that it is ready, as a container's health check asks it.
func (f *fleet) healthy(name string) {
	f.t.Helper()
	p := f.processes[name]
	until(f.t, name+" to be ready", func() bool {
		ctx, cancel := context.WithTimeout(f.t.Context(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, p.program, "health")
		cmd.Env = p.environ
		return cmd.Run() == nil
	})
}

// replace stops a process and starts it again, as an upgrade does it.
func (f *fleet) replace(name string) {
	f.t.Helper()
	limit, err := time.ParseDuration(f.containers[name].StopGracePeriod)
	if err != nil {
		f.t.Fatal(err)
	}
	p := f.processes[name]
	if took, err := p.end(syscall.SIGTERM); err != nil || took > limit {
		f.t.Errorf("%s ended after %v of %v: %v", name, took, limit, err)
	}
	p.start()
	f.healthy(name)
}

// stopAll ends all processes of Crier, and looks for defects in what they wrote.
func (f *fleet) stopAll() {
	for _, name := range slices.Sorted(maps.Keys(f.processes)) {
		p := f.processes[name]
		if _, err := p.end(syscall.SIGTERM); err != nil {
			f.t.Errorf("%s: %v", name, err)
		}
		for _, line := range p.errors() {
			f.t.Errorf("%s logged: %s", name, line)
		}
	}
}

// balanced counts the answers of the load balancer by status, and lists those with 5xx.
func (f *fleet) balanced() (statuses map[int]int, failed []string) {
	statuses = map[int]int{}
	for line := range strings.Lines(f.balancer.log.String()) {
		fields := strings.Fields(line) // of `option httplog`: …, timers, status, bytes
		for i, field := range fields {
			if strings.Count(field, "/") != 4 || i+1 >= len(fields) {
				continue
			}
			if status, err := strconv.Atoi(fields[i+1]); err == nil {
				statuses[status]++
				if status >= 500 || status < 0 {
					failed = append(failed, strings.TrimSpace(line))
				}
				break
			}
		}
	}
	return statuses, failed
}
