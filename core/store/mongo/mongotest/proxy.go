package mongotest

import (
	"context"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Fault is what becomes of a command.
type Fault int

// The faults.
const (
	Pass Fault = iota // none
	// Refuse cuts the connection before the server gets the command.
	Refuse
	// LoseAnswer lets the server do what the command says, and then cuts the connection
	// before its client gets the answer.
	LoseAnswer
)

// Proxy stands between clients and a server, and fails as a network does.
type Proxy struct {
	server   string // host:port
	listener net.Listener
	url      url.URL

	mu     sync.Mutex
	cut    bool
	flow   chan struct{} // closed while bytes flow
	faults func(Command) Fault
	errors func(Command) *CommandError
	member *member // nil: it plays no replica set
	links  map[*link]struct{}
	closed bool
	group  sync.WaitGroup
}

// NewProxy returns a proxy in front of the server of the URL, which may name a database and
// options; it ends with the test. It passes everything on at first. Of a replica set, the URL has
// to name the primary alone.
func NewProxy(t testing.TB, serverURL string) *Proxy {
	t.Helper()
	server, err := url.Parse(serverURL)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(server.Host, ",") {
		t.Fatalf("a proxy stands in front of one server, not of %s: name the primary alone", server.Host)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{server: server.Host, listener: listener, url: *server, flow: make(chan struct{}), links: map[*link]struct{}{}}
	p.url.Host = listener.Addr().String()
	// Otherwise clients go past the proxy to the addresses of a replica set's members, which its
	// members tell them.
	p.option("directConnection", "true")
	p.option("replicaSet", "")
	close(p.flow)
	p.group.Go(p.accept)
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// URL is that of the server, by way of the proxy.
func (p *Proxy) URL() string { return p.url.String() }

// option sets an option of the URL, or takes it out if it is empty.
func (p *Proxy) option(name, value string) {
	query := p.url.Query()
	if query.Del(name); value != "" {
		query.Set(name, value)
	}
	p.url.RawQuery = query.Encode()
}

// Cut ends all connections, and every new one at once, until Heal: the server is gone.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	p.endAll()
}

// Stall keeps all connections and takes new ones, but passes nothing on until Heal: the
// server hangs, or the network loses every packet.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flow:
		p.flow = make(chan struct{})
	default: // it is stalled
	}
}

// Heal ends Cut and Stall; what was held back is passed on.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
	p.release()
}

// Fail has fn decide what becomes of each command, from several goroutines; nil: all pass.
// Commands by which drivers look after their connections always pass.
func (p *Proxy) Fail(fn func(Command) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = fn
}

// release lets bytes flow.
func (p *Proxy) release() {
	select {
	case <-p.flow:
	default:
		close(p.flow)
	}
}

func (p *Proxy) endAll() {
	for l := range p.links {
		l.end()
	}
}

func (p *Proxy) close() error {
	p.mu.Lock()
	p.closed = true
	p.release()
	p.endAll()
	p.mu.Unlock()
	err := p.listener.Close()
	p.group.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // it was closed
		}
		p.group.Go(func() { p.serve(client) })
	}
}

// serve passes everything of one client on, until either side ends.
func (p *Proxy) serve(client net.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l := &link{proxy: p, client: client, ctx: ctx, cancel: cancel, lost: map[uint32]bool{}}
	defer l.end()
	if !p.add(l) {
		return
	}
	defer p.remove(l)
	if !l.flows() || !l.dial() {
		return
	}
	var group sync.WaitGroup
	group.Go(l.requests)
	group.Go(l.answers)
	group.Wait()
}

// add tells whether the connection may stay.
func (p *Proxy) add(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut || p.closed {
		return false
	}
	p.links[l] = struct{}{}
	return true
}

func (p *Proxy) remove(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// fault is what becomes of a message to the server.
func (p *Proxy) fault(m message) Fault {
	p.mu.Lock()
	faults := p.faults
	p.mu.Unlock()
	c, ok := m.command()
	if faults == nil || !ok {
		return Pass
	}
	return faults(c)
}

func (p *Proxy) flowing() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flow
}

// link is the way of one client to the server.
type link struct {
	proxy  *Proxy
	client net.Conn
	ctx    context.Context //nolint:containedctx // it ends with the link
	cancel context.CancelFunc

	telling sync.Mutex // one message to the client at a time

	mu     sync.Mutex
	server net.Conn        // nil until dialed
	lost   map[uint32]bool // requests whose answers are lost
}

// end cuts both connections; it may be called more than once.
func (l *link) end() {
	l.cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.client.Close() // it may be closed already
	if l.server != nil {
		_ = l.server.Close()
	}
}

// flows waits while the proxy is stalled, and tells whether the link is still there.
func (l *link) flows() bool {
	for {
		flow := l.proxy.flowing()
		select {
		case <-flow:
		case <-l.ctx.Done():
		}
		if l.ctx.Err() != nil {
			return false
		}
		if l.proxy.flowing() == flow {
			return true
		}
	}
}

func (l *link) dial() bool {
	server, err := new(net.Dialer).DialContext(l.ctx, "tcp", l.proxy.server)
	if err != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil { // it ended meanwhile
		_ = server.Close() // nothing was sent
		return false
	}
	l.server = server
	return true
}

// requests passes on what the client says.
func (l *link) requests() {
	defer l.end()
	for {
		m, err := readMessage(l.client)
		if err != nil || !l.flows() {
			return
		}
		if answer := l.proxy.answer(m); answer != nil {
			if l.tell(answer) != nil {
				return
			}
			continue
		}
		switch l.proxy.fault(m) {
		case Refuse:
			return
		case LoseAnswer:
			l.lose(m.id())
		case Pass:
		}
		if _, err := l.server.Write(m); err != nil {
			return
		}
	}
}

// answers passes on what the server says.
func (l *link) answers() {
	defer l.end()
	for {
		m, err := readMessage(l.server)
		if err != nil || !l.flows() || l.isLost(m.responseTo()) {
			return
		}
		if l.tell(m) != nil {
			return
		}
	}
}

// tell sends a message to the client, whole.
func (l *link) tell(m message) error {
	l.telling.Lock()
	defer l.telling.Unlock()
	_, err := l.client.Write(m)
	return err
}

func (l *link) lose(request uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost[request] = true
}

func (l *link) isLost(request uint32) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost[request]
}
