package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Processes come back at the address that they had. So it must not be one that another
// program's connection gets meanwhile, as those are that systems give out by themselves: from
// 32768 at the lowest (Linux, net.ipv4.ip_local_port_range). Nor may another test find it free
// meanwhile: where all of 127.0.0.0/8 is this machine, each address is of a host of its own.
const (
	lowestPort   = 10_000
	ephemeral    = 32_768
	addressTries = 1000
)

// FreeAddresses finds addresses of this machine that nobody has.
func FreeAddresses(n int) ([]string, error) { return find(n, listenAnywhere) }

// FreeLocalhost finds an address of 127.0.0.1 that nobody has, for where no other of this machine
// will do.
func FreeLocalhost() (string, error) {
	list, err := find(1, listenAtLocalhost)
	if err != nil {
		return "", err
	}
	return list[0], nil
}

// find takes addresses, and lets go of them when it has them all.
func find(n int, take func() (net.Listener, error)) (list []string, err error) {
	var held []net.Listener
	defer func() {
		for _, l := range held {
			err = errors.Join(err, l.Close())
		}
	}()
	for range addressTries {
		if len(list) == n {
			return list, nil
		}
		l, err := take()
		if err != nil {
			continue // somebody has it
		}
		held, list = append(held, l), append(list, l.Addr().String())
	}
	return nil, fmt.Errorf("%d free ports were not found", n)
}

// listenAnywhere takes any address.
func listenAnywhere() (net.Listener, error) {
	own := net.IPv4(127, byte(1+rand.IntN(254)), byte(rand.IntN(256)), byte(1+rand.IntN(254))) //nolint:gosec // any
	l, err := listenAt(own.String())
	if err != nil {
		return listenAtLocalhost()
	}
	return l, nil
}

func listenAtLocalhost() (net.Listener, error) { return listenAt("127.0.0.1") }

// listenAt takes any port of a host.
func listenAt(host string) (net.Listener, error) {
	port := lowestPort + rand.IntN(ephemeral-lowestPort) //nolint:gosec // any that is free
	var listen net.ListenConfig
	return listen.Listen(context.Background(), "tcp", fmt.Sprintf("%s:%d", host, port))
}
