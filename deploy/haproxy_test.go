package deploy_test

import (
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// balancer is the configuration of the load balancer, as its lines.
func balancer(t *testing.T) string { return read(t, "haproxy/haproxy.cfg") }

// duration finds a time behind words of the configuration.
func duration(t *testing.T, words string) time.Duration {
	t.Helper()
	m := regexp.MustCompile(regexp.QuoteMeta(words) + ` (\d+m?s|\d+m)\b`).FindStringSubmatch(balancer(t))
	if m == nil {
		t.Fatalf("the configuration has no %q", words)
	}
	d, err := time.ParseDuration(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// noticed is how long the load balancer takes at most until it sends a server that is not
// ready no requests: until it asks, then as often as `fall` says, each time up to the answer.
func noticed(t *testing.T) time.Duration {
	t.Helper()
	const answer = 500 * time.Millisecond // of a server that drains, which asks nobody
	if !strings.Contains(balancer(t), " fall 3 ") {
		t.Fatal("the configuration counts failed checks otherwise than this test")
	}
	return duration(t, "inter") + 2*duration(t, "fastinter") + 3*answer
}

// The load balancer has the servers of compose.yaml, at the addresses that they have there.
func TestBalancerServers(t *testing.T) {
	t.Parallel()
	c := readCompose(t, "compose/compose.yaml")
	servers, _ := c.servers()
	text := balancer(t)
	lines := regexp.MustCompile(`(?m)^\tserver (\S+) "\$\{SERVER_\d-(\S+)\}" (.*)$`).FindAllStringSubmatch(text, -1)
	var repeatable, once []string
	for _, m := range lines {
		name, address, rest := m[1], m[2], m[3]
		host, port, err := net.SplitHostPort(address)
		if err != nil || host != name || c.Services[name].Environment["CRIER_ADDR"] != ":"+port {
			t.Errorf("%s is reached at %s", name, address)
		}
		if tracked, is := strings.CutPrefix(rest, "track crier_repeatable/"); is {
			once = append(once, tracked)
			continue
		}
		ops := regexp.MustCompile(`^port "\$\{SERVER_\d_OPS-(\d+)\}"$`).FindStringSubmatch(rest)
		if ops == nil || c.Services[name].Environment["CRIER_OPS_ADDR"] != ":"+ops[1] {
			t.Errorf("%s is asked for its health by %q", name, rest)
		}
		repeatable = append(repeatable, name)
	}
	for _, list := range [][]string{repeatable, once} {
		if diff := cmp.Diff(servers, list); diff != "" {
			t.Errorf("servers (-compose.yaml +haproxy.cfg):\n%s", diff)
		}
	}
	if !strings.Contains(text, "uri /readyz") {
		t.Error("servers are not asked whether they are ready")
	}
}

// A request that may have reached a server is sent again only by the backend of those that
// may be carried out twice.
func TestBalancerRepeats(t *testing.T) {
	t.Parallel()
	repeats := map[string][]string{}
	section := ""
	for line := range strings.Lines(balancer(t)) {
		line = strings.TrimRight(line, "\n")
		if on, is := strings.CutPrefix(line, "\tretry-on "); is {
			repeats[section] = append(repeats[section], strings.Fields(on)...)
		} else if line != "" && !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "#") {
			section = line
		}
	}
	want := map[string][]string{"defaults": {"conn-failure"}, "backend crier_repeatable": {"conn-failure", "empty-response"}}
	if diff := cmp.Diff(want, repeats); diff != "" {
		t.Errorf("repeated requests (-want +got):\n%s", diff)
	}
	const rule = "use_backend crier_repeatable if { method GET HEAD OPTIONS } || { req.hdr(Idempotency-Key) -m found }"
	if !strings.Contains(balancer(t), rule) || strings.Count(balancer(t), "use_backend") != 1 {
		t.Error("other requests may be repeated")
	}
}

// The load balancer waits longer than the server, which waits up to 5 minutes by itself.
func TestBalancerWaits(t *testing.T) {
	t.Parallel()
	const longestWait = 5 * time.Minute
	if d := duration(t, "timeout server"); d <= longestWait {
		t.Errorf("an answer may take %v, the load balancer waits for %v", longestWait, d)
	}
	c := readCompose(t, "compose/compose.yaml").Services["balancer"]
	if !slices.Contains(c.Volumes, "../haproxy/haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro") {
		t.Errorf("the load balancer has another configuration: %q", c.Volumes)
	}
	for _, port := range c.Ports {
		inside := port[strings.LastIndex(port, ":")+1:]
		if !regexp.MustCompile(`-:` + inside + `\}"`).MatchString(balancer(t)) {
			t.Errorf("nothing listens at %s, which is published", inside)
		}
	}
}
