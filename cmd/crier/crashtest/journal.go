package crashtest

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// journal is what the processes have written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// of returns where a process writes to; each line gets its name.
func (j *journal) of(p Process) io.Writer { return &column{journal: j, name: p.String()} }

// column is one stream of a process.
type column struct {
	*journal

	name string
	rest []byte // of a line that has not ended
}

// Write implements io.Writer.
func (c *column) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rest = append(c.rest, p...)
	for {
		line, rest, ended := bytes.Cut(c.rest, []byte("\n"))
		if !ended {
			return len(p), nil
		}
		c.text.WriteString(c.name + ": ")
		c.text.Write(append(line, '\n'))
		c.rest = rest
	}
}

// about returns the lines that hold the words, at most as many as max, the last ones.
func (j *journal) about(words string, most int) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []string
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, words) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found[max(0, len(found)-most):]
}
