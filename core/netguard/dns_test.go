package netguard

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync/atomic"

	"golang.org/x/net/dns/dnsmessage"
)

// fakeDNS returns a resolver that answers the first look-up of any name with the
// first address, the second with the second, and so on; the last one stays.
func fakeDNS(addresses ...string) *net.Resolver {
	var asked atomic.Int32
	answer := func() netip.Addr {
		n := min(int(asked.Add(1)), len(addresses))
		return netip.MustParseAddr(addresses[n-1])
	}
	return &net.Resolver{
		PreferGo: true,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe() // not a packet connection: messages carry their length
			go serveDNS(server, answer)
			return client, nil
		},
	}
}

// serveDNS answers questions until the resolver hangs up.
func serveDNS(conn net.Conn, answer func() netip.Addr) {
	defer func() { _ = conn.Close() }()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}
		reply, err := replyTo(question, answer)
		if err != nil {
			return
		}
		reply = append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}

func replyTo(question []byte, answer func() netip.Addr) ([]byte, error) {
	var p dnsmessage.Parser
	header, err := p.Start(question)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: header.ID, Response: true, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q},
	}
	if q.Type == dnsmessage.TypeA {
		reply.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
			Body:   &dnsmessage.AResource{A: answer().As4()},
		}}
	}
	return reply.Pack()
}
