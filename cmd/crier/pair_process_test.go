package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// processPair is a server and a worker on one store.
type processPair struct {
	*serverProcess
	worker    *exec.Cmd
	workerLog *processLog
}

// pair adds a worker to a server from the next start on.
func (s *serverProcess) pair() *processPair {
	p := &processPair{serverProcess: s, workerLog: &processLog{}}
	s.t.Cleanup(func() {
		p.killBoth()
		if strings.Contains(p.workerLog.String(), "DATA RACE") {
			s.t.Error("the worker had a data race")
		}
		if s.t.Failed() {
			s.t.Logf("the worker's log:\n%s", p.workerLog)
		}
	})
	return p
}

// startBothAt starts both at once, at a time of their clocks that has not come.
func (p *processPair) startBothAt(at time.Time) {
	p.t.Helper()
	p.clock.skip(at.Sub(p.clock.Now()))
	program, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	p.worker = exec.CommandContext(context.WithoutCancel(p.t.Context()), program, "worker")
	p.worker.Env = append(slices.Clone(p.env), serverVariable+"="+p.clock.skipped().String())
	p.worker.Stderr, p.worker.Stdout = p.workerLog, p.workerLog
	p.worker.Dir = p.t.TempDir()
	if err := p.worker.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.start()
}

// killBoth ends both as a power cut would.
func (p *processPair) killBoth() {
	p.t.Helper()
	if p.worker != nil {
		if err := p.worker.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			p.t.Error(err)
		}
		_ = p.worker.Wait() // says that it was killed
		p.worker = nil
	}
	if p.cmd != nil {
		p.kill()
	}
}
