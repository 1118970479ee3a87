//go:build interop

package programtest

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"
)

// serverLog gathers what the server logs. It is read by one goroutine at a time.
type serverLog struct {
	lines *bufio.Reader
	text  strings.Builder
}

// untilStarted reads until the server tells its addresses.
func (l *serverLog) untilStarted() (api, sandbox string, err error) {
	for {
		line, err := l.lines.ReadString('\n')
		l.text.WriteString(line)
		if err != nil {
			return "", "", err
		}
		var entry struct {
			Msg, API string
			Sandbox  map[string]string // by network
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "started" {
			return entry.API, entry.Sandbox["linkedin"], nil
		}
	}
}

// check looks for defects: a refusal is none.
func (l *serverLog) check(t *testing.T) {
	t.Helper()
	for line := range strings.Lines(l.text.String()) {
		var entry struct{ Level string }
		if json.Unmarshal([]byte(line), &entry) != nil || entry.Level == "ERROR" {
			t.Errorf("logged: %s", line)
		}
	}
}
