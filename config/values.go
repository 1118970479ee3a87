package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
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

// BaseURL is an absolute http or https URL without a slash at its end.
type BaseURL string

// UnmarshalText takes an absolute URL without query, fragment or login.
func (b *BaseURL) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	switch {
	// url.Error would repeat the whole value, which may hold a login.
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return errors.New("an absolute URL is needed, beginning with https:// or http://")
	case u.User != nil:
		return errors.New("a login in the URL is not supported")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("the URL must end with its path: no ? and no #")
	}
	*b = BaseURL(strings.TrimRight(u.String(), "/"))
	return nil
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
		value, err := parseDuration(item)
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

// Scopes is a list of permissions.
type Scopes []string

// UnmarshalText takes a list that is separated by spaces, commas or both. A scope that is
// named twice counts once.
// https://www.rfc-editor.org/rfc/rfc6749#section-3.3
func (s *Scopes) UnmarshalText(text []byte) error {
	var list Scopes
	for _, scope := range strings.FieldsFunc(string(text), func(c rune) bool { return c == ',' || unicode.IsSpace(c) }) {
		if strings.ContainsFunc(scope, func(c rune) bool { return c < '!' || c > '~' || c == '"' || c == '\\' }) {
			return fmt.Errorf("%q is not the name of a permission", scope)
		}
		if !slices.Contains(list, scope) {
			list = append(list, scope)
		}
	}
	*s = list
	return nil
}

// String writes the list as it is sent.
func (s Scopes) String() string { return strings.Join(s, " ") }

// Duration is a length of time that may have many days.
type Duration time.Duration

// UnmarshalText takes a duration, also in days.
func (d *Duration) UnmarshalText(text []byte) error {
	value, err := parseDuration(string(text))
	*d = Duration(value)
	return err
}

// String writes the duration as it is read: in days where they are whole.
func (d Duration) String() string {
	if days := d / Duration(day); days > 0 && d%Duration(day) == 0 {
		return strconv.FormatInt(int64(days), 10) + "d"
	}
	return time.Duration(d).String()
}

const day = 24 * time.Hour

var daysPattern = regexp.MustCompile(`^(\d{1,5})d(.*)$`)

// parseDuration takes what time.ParseDuration does, with days of 24 hours before it.
func parseDuration(value string) (time.Duration, error) {
	mistake := fmt.Errorf("%q is not a duration such as 30s, 5m, 1h30m or 90d", value)
	var days time.Duration
	rest := value
	if match := daysPattern.FindStringSubmatch(value); match != nil {
		n, err := strconv.Atoi(match[1])
		if err != nil {
			return 0, mistake
		}
		days, rest = time.Duration(n)*day, match[2]
		if rest == "" {
			return days, nil
		}
		if rest[0] == '-' || rest[0] == '+' {
			return 0, mistake
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || days > math.MaxInt64-max(d, 0) {
		return 0, mistake
	}
	return days + d, nil
}

func parseInt(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0, fmt.Errorf("%q is not a whole number", value)
	}
	return n, nil
}

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

// Bytes is a size. It is written with a decimal unit (kB, MB, GB, TB), a binary one
// (KiB, MiB, GiB, TiB), or none.
type Bytes int64

var bytesPattern = regexp.MustCompile(`^(\d+) ?(|B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$`)

// bytesUnits are the units with the largest first, so that String finds the shortest.
func bytesUnits() []struct {
	name string
	size int64
} {
	return []struct {
		name string
		size int64
	}{
		{"TiB", 1 << 40},
		{"TB", 1e12},
		{"GiB", 1 << 30},
		{"GB", 1e9},
		{"MiB", 1 << 20},
		{"MB", 1e6},
		{"KiB", 1 << 10},
		{"kB", 1e3},
		{"B", 1},
	}
}

// UnmarshalText takes a size larger than zero.
func (b *Bytes) UnmarshalText(text []byte) error {
	match := bytesPattern.FindSubmatch(text)
	if match == nil {
		return fmt.Errorf("%q is not a size such as 500MB, 10GB or 2GiB", text)
	}
	n, err := strconv.ParseInt(string(match[1]), 10, 64)
	if err != nil {
		return fmt.Errorf("%q is too large", text)
	}
	for _, unit := range bytesUnits() {
		if unit.name == string(match[2]) {
			if n > math.MaxInt64/unit.size {
				return fmt.Errorf("%q is too large", text)
			}
			n *= unit.size
		}
	}
	if n == 0 {
		return errors.New("the size must be larger than zero")
	}
	*b = Bytes(n)
	return nil
}

// String writes the size in the largest unit that it is a whole number of.
func (b Bytes) String() string {
	for _, unit := range bytesUnits() {
		if b != 0 && int64(b)%unit.size == 0 {
			return strconv.FormatInt(int64(b)/unit.size, 10) + unit.name
		}
	}
	return "0"
}

// APIMonth is a version of an API that is named after its month, as YYYYMM,
// with an optional revision, as YYYYMM.RR.
type APIMonth string

var apiMonth = regexp.MustCompile(`^20\d\d(0[1-9]|1[0-2])(\.\d\d)?$`)

// UnmarshalText takes YYYYMM or YYYYMM.RR.
func (m *APIMonth) UnmarshalText(text []byte) error {
	if !apiMonth.Match(text) {
		return fmt.Errorf("%q is not a month as YYYYMM, such as 202607", text)
	}
	*m = APIMonth(text)
	return nil
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
