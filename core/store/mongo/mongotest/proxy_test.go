package mongotest_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// soon bounds what happens at once, on a slow machine too; quiet is how long nothing happens.
const (
	soon  = time.Minute
	quiet = 50 * time.Millisecond
)

// backend takes messages and answers each with its own body.
type backend struct {
	url string

	mu   sync.Mutex
	took int
}

func newBackend(t *testing.T) *backend {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &backend{url: "mongodb://" + l.Addr().String() + "/db?appName=test"}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { b.serve(c) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		group.Wait()
	})
	return b
}

func (b *backend) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		header := make([]byte, 16)
		if _, err := io.ReadFull(c, header); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(header)-16)
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		b.mu.Lock()
		b.took++
		b.mu.Unlock()
		copy(header[8:12], header[4:8]) // the answer is to this request
		if _, err := c.Write(append(header, body...)); err != nil {
			return
		}
	}
}

func (b *backend) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.took
}

// opMsg is a message with a command, behind a section of documents, as drivers send many.
func opMsg(t *testing.T, id uint32, command bson.D) []byte {
	t.Helper()
	body, err := bson.Marshal(command)
	if err != nil {
		t.Fatal(err)
	}
	m := binary.LittleEndian.AppendUint32(nil, 0) // the size
	for _, n := range []uint32{id, 0, 2013, 0} {
		m = binary.LittleEndian.AppendUint32(m, n)
	}
	documents := []byte("\x01\x0e\x00\x00\x00documents\x00")
	m = append(append(append(m, documents...), 0), body...)
	binary.LittleEndian.PutUint32(m, uint32(len(m)))
	return m
}

func insert(t *testing.T) []byte {
	t.Helper()
	return opMsg(t, 7, bson.D{{Key: "insert", Value: "things"}, {Key: "$db", Value: "test"}})
}

// dial connects to the proxy; nothing on the connection takes longer than soon.
func dial(t *testing.T, p *mongotest.Proxy) net.Conn {
	t.Helper()
	u, err := url.Parse(p.URL())
	if err != nil {
		t.Fatal(err)
	}
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	return c
}

// ask sends a message and returns what came back.
func ask(c net.Conn, m []byte) ([]byte, error) {
	if _, err := c.Write(m); err != nil {
		return nil, err
	}
	answer := make([]byte, len(m))
	_, err := io.ReadFull(c, answer)
	return answer, err
}

func mustAnswer(t *testing.T, c net.Conn, m []byte) {
	t.Helper()
	got, err := ask(c, m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m[16:], got[16:]); diff != "" {
		t.Errorf("what came back (-want +got):\n%s", diff)
	}
}

// mustBeCut fails unless the connection has ended, rather than waits.
func mustBeCut(t *testing.T, c net.Conn, m []byte) {
	t.Helper()
	var timeout net.Error
	if answer, err := ask(c, m); err == nil {
		t.Errorf("the connection answers: %q", answer)
	} else if errors.As(err, &timeout) && timeout.Timeout() {
		t.Error("the connection neither answers nor ends")
	}
}

func TestProxyURL(t *testing.T) {
	t.Parallel()
	b := newBackend(t)
	got, err := url.Parse(mongotest.NewProxy(t, b.url).URL())
	if err != nil {
		t.Fatal(err)
	}
	want, err := url.Parse(b.url)
	if err != nil {
		t.Fatal(err)
	}
	if got.Host == want.Host {
		t.Error("the URL is that of the server")
	}
	want.Host = got.Host
	want.RawQuery += "&directConnection=true"
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Errorf("all but the way stays (-want +got):\n%s", diff)
	}
}

// Clients of a replica set do not go past the proxy to the addresses that its members tell.
func TestProxyBeforeReplicaSet(t *testing.T) {
	t.Parallel()
	set := mongotest.NewProxy(t, mongotest.NewURL(t, "serverSelectionTimeoutMS=300"))
	set.PlayReplicaSet()
	p := mongotest.NewProxy(t, set.URL())
	things := collection(t, p.URL())
	if _, err := things.InsertOne(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	p.Cut()
	if _, err := things.InsertOne(t.Context(), bson.D{}); err == nil {
		t.Error("the client found another way to the server")
	}
}

func TestProxyCut(t *testing.T) {
	t.Parallel()
	b := newBackend(t)
	p := mongotest.NewProxy(t, b.url)
	old := dial(t, p)
	mustAnswer(t, old, insert(t))
	p.Cut()
	p.Cut() // twice is once
	mustBeCut(t, old, insert(t))
	mustBeCut(t, dial(t, p), insert(t))
	p.Heal()
	mustAnswer(t, dial(t, p), insert(t))
	if got := b.count(); got != 2 {
		t.Errorf("the server took %d messages, want 2", got)
	}
}

func TestProxyStall(t *testing.T) {
	t.Parallel()
	b := newBackend(t)
	p := mongotest.NewProxy(t, b.url)
	old := dial(t, p)
	mustAnswer(t, old, insert(t))
	p.Stall()
	p.Stall() // twice is once
	recent := dial(t, p)
	for _, c := range []net.Conn{old, recent} {
		if err := c.SetReadDeadline(time.Now().Add(quiet)); err != nil {
			t.Fatal(err)
		}
		var timeout net.Error
		if answer, err := ask(c, insert(t)); !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("a stalled connection gives %q, %v", answer, err)
		}
	}
	if got := b.count(); got != 1 {
		t.Errorf("the server took %d messages while nothing passes", got-1)
	}
	p.Heal()
	for _, c := range []net.Conn{old, recent} { // what was held back is answered
		if err := c.SetReadDeadline(time.Now().Add(soon)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, len(insert(t)))); err != nil {
			t.Error(err)
		}
	}
}

func TestProxyCutWhileStalled(t *testing.T) {
	t.Parallel()
	p := mongotest.NewProxy(t, newBackend(t).url)
	c := dial(t, p)
	mustAnswer(t, c, insert(t))
	p.Stall()
	p.Cut()
	mustBeCut(t, c, insert(t))
	p.Heal()
	mustAnswer(t, dial(t, p), insert(t))
}

func TestProxyFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault   mongotest.Fault
		answers bool
		took    int
	}{
		{mongotest.Pass, true, 1},
		{mongotest.Refuse, false, 0},
		{mongotest.LoseAnswer, false, 1},
	}
	for _, test := range tests {
		b := newBackend(t)
		p := mongotest.NewProxy(t, b.url)
		p.Fail(func(mongotest.Command) mongotest.Fault { return test.fault })
		if test.answers {
			mustAnswer(t, dial(t, p), insert(t))
		} else {
			mustBeCut(t, dial(t, p), insert(t))
		}
		if got := b.count(); got != test.took {
			t.Errorf("fault %d: the server took %d messages, want %d", test.fault, got, test.took)
		}
		p.Fail(nil)
		mustAnswer(t, dial(t, p), insert(t))
	}
}

func TestProxyCommands(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []mongotest.Command
	p := mongotest.NewProxy(t, newBackend(t).url)
	p.Fail(func(c mongotest.Command) mongotest.Fault {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, c)
		return mongotest.Pass
	})
	c := dial(t, p)
	database := bson.E{Key: "$db", Value: "db"}
	for i, command := range []bson.D{
		{{Key: "hello", Value: 1}, database},
		{{Key: "insert", Value: "a"}, database},
		{{Key: "getMore", Value: int64(4)}, {Key: "collection", Value: "b"}, database},
		{{Key: "findAndModify", Value: "c"}, database},
		{{Key: "ping", Value: 1}, database},
		{},
	} {
		mustAnswer(t, c, opMsg(t, uint32(i), command))
	}
	query := insert(t)
	binary.LittleEndian.PutUint32(query[12:], 2004) // OP_QUERY, of old clients
	mustAnswer(t, c, query)
	mu.Lock()
	defer mu.Unlock()
	want := []mongotest.Command{
		{Name: "insert", Database: "db", Collection: "a"},
		{Name: "getMore", Database: "db", Collection: "b"},
		{Name: "findAndModify", Database: "db", Collection: "c"},
		{Name: "ping", Database: "db"},
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	var writes []string
	for _, c := range seen {
		if c.Writes() {
			writes = append(writes, c.Name)
		}
	}
	if want := []string{"insert", "findAndModify"}; !slices.Equal(writes, want) {
		t.Errorf("%q write, want %q", writes, want)
	}
}

// Bytes that are no message end the connection, and nothing else.
func TestProxyNonsense(t *testing.T) {
	t.Parallel()
	p := mongotest.NewProxy(t, newBackend(t).url)
	for name, m := range map[string]string{
		"HTTP":      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"too short": "\x0f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"too large": "\xff\xff\xff\x7f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustBeCut(t, dial(t, p), []byte(m))
			mustAnswer(t, dial(t, p), insert(t))
		})
	}
}

// A driver sees an answer that is lost as an error of the network; the server has the
// document nevertheless.
func TestProxyWithServer(t *testing.T) {
	t.Parallel()
	direct := mongotest.NewURL(t)
	p := mongotest.NewProxy(t, direct)
	far, near := collection(t, p.URL()), collection(t, direct)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	for _, test := range []struct {
		id    string
		fault mongotest.Fault
		want  int64
	}{{"passed", mongotest.Pass, 1}, {"refused", mongotest.Refuse, 0}, {"lost", mongotest.LoseAnswer, 1}} {
		p.Fail(func(c mongotest.Command) mongotest.Fault {
			if c.Writes() {
				return test.fault
			}
			return mongotest.Pass
		})
		_, err := far.InsertOne(ctx, bson.D{{Key: "_id", Value: test.id}})
		if failed := err != nil; failed != (test.fault != mongotest.Pass) || failed && !mongo.IsNetworkError(err) {
			t.Errorf("%s: the client was told %v", test.id, err)
		}
		n, err := near.CountDocuments(ctx, bson.D{{Key: "_id", Value: test.id}})
		if err != nil {
			t.Fatal(err)
		}
		if n != test.want {
			t.Errorf("%s: %d documents, want %d", test.id, n, test.want)
		}
	}
}
