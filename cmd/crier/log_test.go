package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/config"
)

// People read durations, whatever the format of the log.
func TestLogDurations(t *testing.T) {
	t.Parallel()
	for format, want := range map[config.LogFormat]string{config.LogJSON: `"took":"17.6s"`, config.LogText: "took=17.6s"} {
		var out bytes.Buffer
		newLogger(&out, config.Config{LogFormat: format}).Info("done", slog.Group("request", "took", 17600*time.Millisecond))
		if !strings.Contains(strings.ReplaceAll(out.String(), "request.", ""), want) {
			t.Errorf("%s: %s lacks %s", format, &out, want)
		}
	}
}
