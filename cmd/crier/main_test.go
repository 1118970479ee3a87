package main

import (
	"fmt"
	"os"
	"testing"
)

// helperVariable names the part that this program plays when a benchmark starts it as
// a process of its own.
const helperVariable = "BENCH_HELPER"

func TestMain(m *testing.M) {
	if ahead, given := os.LookupEnv(serverVariable); given {
		os.Exit(runServerProcess(ahead, os.Args[1:]))
	}
	part, given := os.LookupEnv(helperVariable)
	if !given {
		os.Exit(m.Run())
	}
	if err := runHelper(part, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
