package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// benchLatency is how long the sandbox takes for an answer.
const benchLatency = 5 * time.Millisecond

// BenchmarkBurst measures 10,000 posts of one profile that are all due at the same time,
// over its 64 accounts, and 10 of another profile that are due then as well. How late a
// post is counts from its time to the end of the call that made it visible. Every account
// must get its posts in the order in which they were accepted, and each of them once. The
// baseline, measured in the same run, is LinkedIn's create call alone, by as many
// connections as there are workers. "cpu-s" is what processors worked from the due time on,
// the sandbox included: half of that is what two of them need at least.
func BenchmarkBurst(b *testing.B) {
	posts, accounts, ahead := 10_000, 64, 90*time.Second
	if testing.Short() {
		posts, accounts, ahead = 200, 8, 3*time.Second
	}
	l := newLoadBench(b, benchLatency)
	many, few := l.newProfile("many", accounts), l.newProfile("few", 1)
	create := measureCreate(b, l.server.app.cfg.Workers, posts/4, l.upstream)
	created := l.network.Counts().Posts
	for b.Loop() {
		b.StopTimer()
		due := time.Now().Add(ahead).Truncate(time.Second)
		accepted := time.Now()
		crowd := l.schedule(many, posts, func(int) time.Time { return due })
		guests := l.schedule(few, max(posts/1000, 1), func(int) time.Time { return due })
		if left := time.Until(due); left < time.Second {
			b.Fatalf("accepting the posts took %v, until %v before they were due", time.Since(accepted), left)
		}
		<-time.After(time.Until(due))
		b.StartTimer()
		worked := processorTime()
		created += len(crowd) + len(guests)
		l.await(created, due.Add(5*time.Minute))
		b.ReportMetric((processorTime() - worked).Seconds(), "cpu-s")
		late := l.lateness(append(slices.Clone(crowd), guests...))
		crowdLate, guestsLate := sortedLateness(late, crowd), sortedLateness(late, guests)
		took := max(crowdLate[len(crowdLate)-1], guestsLate[len(guestsLate)-1])
		b.ReportMetric(took.Seconds(), "all-out-s")
		b.ReportMetric(float64(posts)/took.Seconds(), "posts/s")
		b.ReportMetric(milliseconds(percentile(crowdLate, 50)), "late-p50-ms")
		b.ReportMetric(milliseconds(percentile(crowdLate, 99)), "late-p99-ms")
		b.ReportMetric(milliseconds(guestsLate[len(guestsLate)-1]), "other-profile-late-max-ms")
		l.checkOrder(crowd)
	}
	b.ReportMetric(create.rate, "bare-create/s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLag measures how late posts go out under a normal load, of 100 posts a minute.
// The baseline is LinkedIn's create call alone, one after the other.
func BenchmarkLag(b *testing.B) {
	posts, apart := 100, 600*time.Millisecond
	if testing.Short() {
		posts, apart = 10, 100*time.Millisecond
	}
	l := newLoadBench(b, benchLatency)
	p := l.newProfile("regular", 4)
	create := measureCreate(b, 1, posts, l.upstream)
	created := l.network.Counts().Posts
	for b.Loop() {
		first := time.Now().Add(3 * time.Second)
		list := l.schedule(p, posts, func(i int) time.Time { return first.Add(time.Duration(i) * apart) })
		created += posts
		l.await(created, first.Add(time.Duration(posts)*apart+time.Minute))
		late := sortedLateness(l.lateness(list), list)
		b.ReportMetric(milliseconds(percentile(late, 50)), "late-p50-ms")
		b.ReportMetric(milliseconds(percentile(late, 99)), "late-p99-ms")
		b.ReportMetric(milliseconds(late[len(late)-1]), "late-max-ms")
	}
	b.ReportMetric(milliseconds(create.p50), "bare-create-p50-ms")
	b.ReportMetric(milliseconds(create.p99), "bare-create-p99-ms")
	b.ReportMetric(0, "ns/op")
}

// processorTime is how long processors have worked for this process; 0 where there is no
// /proc. See proc(5), stat.
func processorTime() time.Duration { return processorTimeOf("self") }

// processorTimeOf is that of a process.
func processorTimeOf(process string) time.Duration {
	raw, err := os.ReadFile("/proc/" + process + "/stat")
	if err != nil {
		return 0
	}
	const user, system, tick = 11, 12, time.Second / 100 // behind the name, which may have spaces
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	var sum time.Duration
	for _, i := range []int{user, system} {
		ticks, _ := strconv.ParseInt(fields[i], 10, 64)
		sum += time.Duration(ticks) * tick
	}
	return sum
}

// percentile reads a sorted list.
func percentile(sorted []time.Duration, p int) time.Duration { return sorted[(len(sorted)-1)*p/100] }

func sortedLateness(late map[string]time.Duration, list []scheduledPost) []time.Duration {
	out := make([]time.Duration, len(list))
	for i, p := range list {
		out[i] = late[p.text]
	}
	slices.Sort(out)
	return out
}

// loadBench is a whole server in this process, and a sandbox that may take its time.
type loadBench struct {
	b        *testing.B
	network  *sandbox.Sandbox
	upstream string // address of the sandbox
	server   *server
	addr     string // of the API
	pages    int    // that the sandbox has more than at first
	texts    int
}

func newLoadBench(b *testing.B, latency time.Duration) *loadBench {
	b.Helper()
	network := newBenchSandbox(b, sandbox.Latency{Min: latency})
	upstream := httptest.NewServer(network)
	b.Cleanup(upstream.Close)
	s := runBenchServer(b, upstream.URL)
	return &loadBench{b: b, network: network, upstream: upstream.URL, server: s, addr: s.api.listener.Addr().String()}
}

// benchProfile is a profile with its accounts, each a page of its own.
type benchProfile struct {
	key      string
	accounts []string
}

func (l *loadBench) newProfile(name string, accounts int) benchProfile {
	l.b.Helper()
	p := benchProfile{key: "KEY-OF-THE-PROFILE-" + name}
	hash := sha256.Sum256([]byte(p.key))
	profile := core.Profile{ID: core.NewID(time.Now()), Title: name, RefID: core.NewID(time.Now()), CreatedAt: time.Now()}
	if err := l.server.app.store.CreateProfile(l.b.Context(), profile, hash[:]); err != nil {
		l.b.Fatal(err)
	}
	p.accounts = l.link(p.key, accounts)
	return p
}

// link links new pages to the profile of the key.
func (l *loadBench) link(key string, pages int) (accounts []string) {
	l.b.Helper()
	c := dial(l.b, l.addr)
	for range pages {
		page, token := l.newPage()
		var answer struct{ Account struct{ ID string } }
		l.ask(c, key, "/profiles/social", map[string]any{
			"platform": "linkedin", "accessToken": token, "expiresIn": 5184000, "id": page.URN(),
		}, &answer)
		accounts = append(accounts, answer.Account.ID)
	}
	return accounts
}

// newPage makes a page with an administrator of its own, and a token of that person: how
// many calls are made at once is limited for each.
func (l *loadBench) newPage() (page sandbox.Organization, token string) {
	l.b.Helper()
	l.pages++
	admin := sandbox.Person{ID: fmt.Sprintf("admin-%d", l.pages), FirstName: "Admin", LastName: strconv.Itoa(l.pages)}
	page = sandbox.Organization{
		ID: int64(90_000_000 + l.pages), Name: fmt.Sprintf("Page %d", l.pages),
		Roles: []sandbox.RoleAssignment{{Person: admin.ID, Role: "ADMINISTRATOR"}},
	}
	tokens := sandbox.DefaultWorld().Tokens
	access := tokens[slices.IndexFunc(tokens, func(t sandbox.Token) bool { return t.Value == sandbox.PageToken })]
	access.Name, access.Value, access.Person = admin.ID, "TOKEN-OF-"+admin.ID, admin.ID
	if err := errors.Join(l.network.AddPerson(admin), l.network.AddOrganization(page), l.network.AddToken(access)); err != nil {
		l.b.Fatal(err)
	}
	return page, access.Value
}

// scheduledPost is a post that was accepted.
type scheduledPost struct {
	id, account, text string
	due               time.Time
}

// schedule has the server accept posts, which take turns among the accounts.
func (l *loadBench) schedule(p benchProfile, count int, due func(i int) time.Time) []scheduledPost {
	l.b.Helper()
	const clients = 16
	list := make([]scheduledPost, count)
	for i := range list {
		l.texts++
		list[i] = scheduledPost{
			account: p.accounts[i%len(p.accounts)], due: due(i).UTC().Truncate(time.Microsecond),
			text: fmt.Sprintf("Post %d: %s", l.texts, strings.Repeat("lorem ipsum ", 20)),
		}
	}
	measureCount(l.b, clients, int64(count), func(int) func(int64) error {
		c := dial(l.b, l.addr)
		return func(n int64) error {
			post := &list[n-1]
			var answer struct{ ID, Status string }
			l.ask(c, p.key, "/post", map[string]any{
				"post": post.text, "accountIds": []string{post.account}, "scheduleDate": post.due.Format(time.RFC3339Nano),
			}, &answer)
			if post.id = answer.ID; answer.Status != "scheduled" {
				return fmt.Errorf("post %d is %s", n, answer.Status)
			}
			return nil
		}
	})
	return list
}

// ask makes a request for the profile of the key, which may be the API key; it has to succeed.
func (l *loadBench) ask(c *client, key, path string, body, answer any) {
	raw, err := json.Marshal(body)
	if err != nil {
		l.b.Error(err)
		return
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nProfile-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, l.addr, benchKey, key, len(raw))
	status, got := c.send(append([]byte(head), raw...))
	if err := json.Unmarshal(got, answer); err != nil || status != http.StatusOK {
		l.b.Errorf("%s: %d %s %v", path, status, got, err)
	}
}

// await waits until the network has so many posts.
func (l *loadBench) await(count int, until time.Time) {
	l.b.Helper()
	for l.network.Counts().Posts < count {
		if time.Now().After(until) {
			l.b.Fatalf("the network has %d posts of %d", l.network.Counts().Posts, count)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// lateness tells of each text how long after its time its post was to be seen, and fails
// for those that went out early, or not once.
func (l *loadBench) lateness(list []scheduledPost) map[string]time.Duration {
	l.b.Helper()
	seen := map[string][]time.Time{}
	for _, p := range l.network.Posts() {
		seen[p.DisplayText] = append(seen[p.DisplayText], p.CreatedAt)
	}
	late := map[string]time.Duration{}
	for _, p := range list {
		times := seen[p.text]
		if len(times) != 1 {
			l.b.Errorf("post %s went out %d times", p.id, len(times))
			continue
		}
		// The sandbox notes when the request came.
		late[p.text] = times[0].Add(benchLatency).Sub(p.due)
		if times[0].Before(p.due.Truncate(time.Millisecond)) {
			l.b.Errorf("post %s went out %v early", p.id, p.due.Sub(times[0]))
		}
	}
	return late
}

// checkOrder holds the order in which each account got its posts against that of their
// times and ids.
func (l *loadBench) checkOrder(list []scheduledPost) {
	l.b.Helper()
	place := map[string]int{}
	for i, p := range l.network.Posts() {
		place[p.DisplayText] = i
	}
	byAccount := map[string][]scheduledPost{}
	for _, p := range list {
		byAccount[p.account] = append(byAccount[p.account], p)
	}
	for account, posts := range byAccount {
		slices.SortFunc(posts, func(x, y scheduledPost) int { return cmp.Or(x.due.Compare(y.due), strings.Compare(x.id, y.id)) })
		for i := range posts[1:] {
			if place[posts[i].text] > place[posts[i+1].text] {
				l.b.Errorf("account %s got post %s before post %s", account, posts[i+1].id, posts[i].id)
				break
			}
		}
	}
}
