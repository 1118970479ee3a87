//go:build !linux

package main

import "testing"

func withOwnMounts(t *testing.T, _ func()) {
	t.Helper()
	t.Skip("file systems are mounted on Linux only; sqlite's TestTroubles has a database without room and one that is read-only")
}

func mountSmall(*testing.T, string, string) {}

func freeze(*testing.T, string) {}
