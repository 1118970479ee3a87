package main

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"github.com/crier-social/crier/config"
)

// newLogger returns the log that the settings ask for: text for people at a
// terminal, JSON for machines, unless told otherwise.
func newLogger(w io.Writer, cfg config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel, ReplaceAttr: readableDuration}
	if logFormat(w, cfg) == config.LogText {
		return slog.New(newQuietHandler(slog.NewTextHandler(w, options)))
	}
	return slog.New(newQuietHandler(slog.NewJSONHandler(w, options)))
}

// logFormat is how the log is written to w.
func logFormat(w io.Writer, cfg config.Config) config.LogFormat {
	switch {
	case cfg.LogFormat != "":
		return cfg.LogFormat
	case isTerminal(w):
		return config.LogText
	default:
		return config.LogJSON
	}
}

// readableDuration writes durations as 1.5s; the JSON handler would write them as
// numbers of nanoseconds.
func readableDuration(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// isTerminal tells whether w leads to a person's terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// columns is the width of the terminal that w leads to; 0 where there is none, or where
// it is unknown.
func columns(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}
