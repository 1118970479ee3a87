package api

import (
	"strconv"
	"strings"
	"time"
)

// preferences are what a Prefer header asks for.
// https://www.rfc-editor.org/rfc/rfc7240
type preferences struct {
	async   bool
	hasWait bool
	wait    time.Duration
}

// parsePrefer reads Prefer headers. What is unknown or malformed is ignored, and
// the first of two equal preferences counts, as the RFC says.
func parsePrefer(headers []string) preferences {
	var p preferences
	for _, header := range headers {
		for _, item := range splitQuoted(header, ',') {
			preference := splitQuoted(item, ';')[0] // without its parameters
			name, value, _ := strings.Cut(preference, "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "respond-async":
				p.async = true
			case "wait":
				p.setWait(value)
			}
		}
	}
	return p
}

func (p *preferences) setWait(value string) {
	const longest = 1_000_000 // seconds; more cannot be meant
	value = strings.Trim(strings.TrimSpace(value), `"`)
	n, err := strconv.ParseUint(value, 10, 63)
	if err != nil || p.hasWait {
		return
	}
	p.hasWait, p.wait = true, time.Duration(min(n, longest))*time.Second
}

// apply returns how long to wait for an outcome, and the value of
// Preference-Applied; "" when nothing was asked for.
func (p preferences) apply(usual, longest time.Duration) (time.Duration, string) {
	var applied []string
	wait := usual
	if p.async {
		wait = 0
		applied = append(applied, "respond-async")
	}
	if p.hasWait {
		wait = min(p.wait, longest)
		applied = append(applied, "wait="+strconv.Itoa(seconds(wait)))
	}
	return wait, strings.Join(applied, ", ")
}

// splitQuoted splits s at the separator, except within quoted strings.
func splitQuoted(s string, separator byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}
