package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
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
		waitTogether()
		os.Exit(m.Run())
	}
	if err := runHelper(part, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// waitTogether lets more tests run at a time than there are processors, unless the command line
// says how many: most of them wait for processes, or for what time brings.
func waitTogether() {
	const each = 3 // of a processor
	flag.Parse()
	told := false
	flag.Visit(func(f *flag.Flag) { told = told || f.Name == "test.parallel" })
	if told {
		return
	}
	if err := flag.Set("test.parallel", strconv.Itoa(each*runtime.GOMAXPROCS(0))); err != nil {
		panic(err) // there is no such flag
	}
}
