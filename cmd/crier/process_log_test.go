package main

import (
	"bytes"
	"sync"
)

// processLog is what processes write, which can be read while they run.
type processLog struct {
	mu      sync.Mutex
	written bytes.Buffer
}

// Write implements io.Writer.
func (l *processLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.Write(p)
}

// String returns all that was written.
func (l *processLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.String()
}
