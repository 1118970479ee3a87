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
// 32768 at the lowest (Linux, net.ipv4.ip_local_port_range).
const (
	lowestPort   = 10_000
	ephemeral    = 32_768
	addressTries = 1000
)

// FreeAddresses finds addresses of this machine that nobody has.
func FreeAddresses(n int) (list []string, err error) {
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
		port := lowestPort + rand.IntN(ephemeral-lowestPort) //nolint:gosec // any that is free
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue // somebody has it
		}
		held, list = append(held, l), append(list, l.Addr().String())
	}
	return nil, fmt.Errorf("%d free ports were not found", n)
}
