package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/crier-social/crier/core/setting"
)

// Endpoint is an address to listen on, as host:port; port 0 takes a free one.
// It is empty when listening is off.
type Endpoint string

// UnmarshalText takes host:port, or "off".
func (e *Endpoint) UnmarshalText(text []byte) error {
	value := string(text)
	if value == off {
		*e = ""
		return nil
	}
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		return fmt.Errorf("%q is not host:port, such as 127.0.0.1:8080 or :8080", value)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q is not a port: a number from 0 to 65535 is needed", port)
	}
	if strings.ContainsAny(host, "/ ") {
		return fmt.Errorf("%q is not a host name or an IP address", host)
	}
	*e = Endpoint(value)
	return nil
}

// URL is the http address under which a client on this machine reaches the
// endpoint.
func (e Endpoint) URL() string {
	host, port, err := net.SplitHostPort(string(e))
	if err != nil {
		return ""
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Prefixes is a list of networks.
type Prefixes []netip.Prefix

// UnmarshalText takes a comma list of networks in CIDR form; a lone address is
// the network of that address.
func (p *Prefixes) UnmarshalText(text []byte) error {
	var list Prefixes
	for item := range splitList(text) {
		prefix, err := parsePrefix(item)
		if err != nil {
			return err
		}
		list = append(list, prefix)
	}
	*p = list
	return nil
}

// String writes the list as it is read.
func (p Prefixes) String() string { return joinList(p) }

func parsePrefix(item string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(item); err == nil {
		return addr.Prefix(addr.BitLen())
	}
	prefix, err := netip.ParsePrefix(item)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not a network such as 10.0.0.0/8 or fd00::/8", item)
	}
	if masked := prefix.Masked(); masked != prefix {
		return netip.Prefix{}, fmt.Errorf("%q has bits set beyond its length: write %s", item, masked)
	}
	return prefix, nil
}

// Durations is a list of durations.
type Durations []time.Duration

// UnmarshalText takes a comma list of durations, each longer than zero and than
// the one before.
func (d *Durations) UnmarshalText(text []byte) error {
	var list Durations
	for item := range splitList(text) {
		value, err := setting.ParseDuration(item)
		if err != nil {
			return err
		}
		if value <= 0 || len(list) > 0 && value <= list[len(list)-1] {
			return errors.New("the durations must be longer than zero and grow from entry to entry")
		}
		list = append(list, value)
	}
	*d = list
	return nil
}

// String writes the list as it is read.
func (d Durations) String() string { return joinList(d) }

// LogLevel is the least important level that is logged; a slog.Leveler.
type LogLevel slog.Level

// UnmarshalText takes what slog.Level does: a name, in capitals or not, also with
// an offset, as in info+2.
func (l *LogLevel) UnmarshalText(text []byte) error {
	if (*slog.Level)(l).UnmarshalText(text) != nil {
		return fmt.Errorf("%q is none of debug, info, warn and error", text)
	}
	return nil
}

// Level returns the level as slog knows it.
func (l LogLevel) Level() slog.Level { return slog.Level(l) }

// String writes the level as it is read.
func (l LogLevel) String() string { return strings.ToLower(slog.Level(l).String()) }

// LogFormat is how log lines are written; empty leaves the choice to the server.
type LogFormat string

// The log formats.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// UnmarshalText takes text or json.
func (f *LogFormat) UnmarshalText(text []byte) error {
	switch value := LogFormat(text); value {
	case LogText, LogJSON:
		*f = value
		return nil
	default:
		return fmt.Errorf("%q is neither text nor json", value)
	}
}

const minAPIKey = 16

// checkAPIKey refuses keys that are guessed in no time or that no header can carry.
func checkAPIKey(key string) error {
	if len(key) < minAPIKey {
		return fmt.Errorf("the key has %d characters; at least %d are needed", len(key), minAPIKey)
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the key may have letters, digits and punctuation of ASCII, without spaces")
	}
	return nil
}

// checkSMTP never repeats the value, which holds a password.
func checkSMTP(value string) error {
	_, err := parseMailServer(value)
	return err
}

func checkMail(value string) error {
	if _, err := mail.ParseAddress(value); err != nil {
		return fmt.Errorf("%q is not a mail address", value)
	}
	return nil
}

// splitList yields the trimmed entries of a comma list that are not empty.
func splitList(text []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for item := range strings.SplitSeq(string(text), ",") {
			if item = strings.TrimSpace(item); item != "" && !yield(item) {
				return
			}
		}
	}
}

func joinList[T fmt.Stringer](list []T) string {
	parts := make([]string, len(list))
	for i, item := range list {
		parts[i] = item.String()
	}
	return strings.Join(parts, ",")
}
