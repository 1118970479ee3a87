package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// helper is this program again, as a process that plays a part in a benchmark.
type helper struct {
	b     *testing.B
	ready string // the first line that it printed
	in    io.Writer
	out   *bufio.Reader
}

// startHelper runs a helper until the benchmark ends.
func startHelper(b *testing.B, part string, o helperOptions) *helper {
	b.Helper()
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(b.Context()), program)
	cmd.Env = append(os.Environ(), helperVariable+"="+part)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close() // which ends it
		if err := cmd.Wait(); err != nil {
			b.Errorf("%s: %v", part, err)
		}
	})
	h := &helper{b: b, in: in, out: bufio.NewReader(out)}
	h.write(o)
	line, err := h.out.ReadString('\n')
	if err != nil {
		b.Fatalf("%s: %v", part, err)
	}
	h.ready = strings.TrimSpace(line)
	return h
}

func (h *helper) write(v any) {
	h.b.Helper()
	if err := json.NewEncoder(h.in).Encode(v); err != nil {
		h.b.Fatal(err)
	}
}

// ask sends an order and waits for the result.
func (h *helper) ask(order, result any) {
	h.b.Helper()
	h.write(order)
	line, err := h.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, result)
	}
	if err != nil {
		h.b.Fatal(err)
	}
}

// buildBinary compiles the program.
func buildBinary(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "crier")
	out, err := exec.CommandContext(tb.Context(), "go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		tb.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// memoryWatch follows the resident memory of a process.
type memoryWatch struct {
	pid       int
	idle      map[string]int64 // by the names of /proc, in bytes
	anonymous int64            // the highest
	end       chan struct{}
	ended     chan struct{}
}

// watchMemory begins with what the process has now. What it has at its highest is
// counted by the kernel from here on.
func watchMemory(pid int) *memoryWatch {
	w := &memoryWatch{pid: pid, idle: memoryOf(pid), end: make(chan struct{}), ended: make(chan struct{})}
	const resetPeak = "5" // see proc(5), clear_refs
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte(resetPeak), 0)
	go w.sample()
	return w
}

// sample looks for the highest anonymous memory, which the kernel does not keep.
func (w *memoryWatch) sample() {
	defer close(w.ended)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		w.anonymous = max(w.anonymous, memoryOf(w.pid)["RssAnon"])
		select {
		case <-ticker.C:
		case <-w.end:
			return
		}
	}
}

// stop returns the memory before, at its highest, and how far the anonymous part of it
// rose, in bytes; zeros where there is no /proc.
func (w *memoryWatch) stop() (idle, peak, anonymous int64) {
	close(w.end)
	<-w.ended
	return w.idle["VmRSS"], memoryOf(w.pid)["VmHWM"], w.anonymous - w.idle["RssAnon"]
}

// memoryOf reads what a process uses, in bytes, by the names of /proc/<pid>/status.
func memoryOf(pid int) map[string]int64 {
	sizes := map[string]int64{}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return sizes
	}
	for line := range strings.Lines(string(raw)) {
		name, rest, _ := strings.Cut(line, ":")
		if value, isSize := strings.CutSuffix(strings.TrimSpace(rest), " kB"); isSize {
			kib, _ := strconv.ParseInt(value, 10, 64)
			sizes[name] = kib << 10
		}
	}
	return sizes
}
