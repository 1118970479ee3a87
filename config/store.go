package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Store names a database. Its content may hold a password: String hides it.
type Store struct {
	raw   string
	mongo *mongoURL // nil: SQLite
}

// The schemes of MongoDB's connection strings.
const (
	mongoScheme    = "mongodb"
	mongoSRVScheme = "mongodb+srv" // the servers are found by DNS
)

// mongoURL is the parts of a connection string that matter here, as they were written.
// https://www.mongodb.com/docs/manual/reference/connection-string-formats/
type mongoURL struct {
	scheme   string
	login    string // user:password; empty: none
	hosts    []string
	database string
	options  []string // name=value
}

// UnmarshalText takes sqlite, sqlite:<file> or a connection string of MongoDB. What is wrong
// with it is told without repeating it.
func (s *Store) UnmarshalText(text []byte) error {
	value := string(text)
	scheme, rest, _ := strings.Cut(value, ":")
	parsed := Store{raw: value}
	switch scheme {
	case "sqlite":
		if value != "sqlite" && rest == "" {
			return errors.New("sqlite: is to be followed by a file, such as sqlite:/var/lib/crier/crier.db")
		}
	case mongoScheme, mongoSRVScheme:
		var err error
		if parsed.mongo, err = parseMongo(value); err != nil {
			return fmt.Errorf("not the URL of a MongoDB database, such as mongodb://user:password@host:27017/crier: %w", err)
		}
	default:
		if strings.EqualFold(scheme, mongoScheme) || strings.EqualFold(scheme, mongoSRVScheme) {
			return errors.New("mongodb:// and mongodb+srv:// are to be written in small letters")
		}
		return errors.New("sqlite, sqlite:/path/file.db or a mongodb:// URL is needed")
	}
	*s = parsed
	return nil
}

// parseMongo takes a connection string apart. It is stricter than MongoDB's driver where that
// would take a part of a password for a host, or a host for nothing.
func parseMongo(value string) (*mongoURL, error) {
	scheme, rest, found := strings.Cut(value, "://")
	if !found {
		return nil, errors.New("mongodb:// or mongodb+srv:// is needed")
	}
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	u := &mongoURL{scheme: scheme}
	hosts := authority
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		u.login, hosts = authority[:i], authority[i+1:]
	}
	path, query, _ := strings.Cut(tail, "?")
	u.database = strings.TrimPrefix(path, "/")
	u.options = strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
	// An @ behind the hosts: a / or ? of the password has ended them.
	if strings.Contains(path, "@") || u.login == "" && strings.Contains(query, "@") || !isLogin(u.login) {
		return nil, errors.New("special characters of user and password have to be percent-encoded, such as %40 for @ and %2F for /")
	}
	if tail != "" && path == "" {
		return nil, errors.New("a / is needed before the ?")
	}
	if strings.Contains(u.database, "/") {
		return nil, errors.New("the name of the database cannot hold a /")
	}
	return u, u.setHosts(hosts)
}

// isLogin tells whether a login is user:password or a user, or nothing.
func isLogin(login string) bool {
	user, password, _ := strings.Cut(login, ":")
	if strings.ContainsAny(user+password, "@:/?#[]") || user == "" && login != "" {
		return false
	}
	_, err := url.PathUnescape(login)
	return err == nil
}

// setHosts reads host[:port], joined by commas.
func (u *mongoURL) setHosts(list string) error {
	u.hosts = strings.Split(list, ",")
	for _, host := range u.hosts {
		if err := checkMongoHost(host); err != nil {
			return err
		}
	}
	if u.scheme == mongoSRVScheme && (len(u.hosts) > 1 || strings.Contains(list, ":")) {
		return errors.New("mongodb+srv:// takes one name without a port")
	}
	return nil
}

func checkMongoHost(host string) error {
	name := host
	if strings.Contains(host, ":") && !strings.HasSuffix(host, "]") { // an IPv6 address stands in brackets
		var port string
		var err error
		if name, port, err = net.SplitHostPort(host); err != nil {
			return errors.New("a host is a name, or name:port; an IPv6 address stands in brackets")
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return errors.New("the port of a host is a number from 1 to 65535")
		}
	}
	if strings.Trim(name, "[]") == "" {
		return errors.New("the name of a host is missing")
	}
	return nil
}

// secretOptions are the options of a connection string that hold secrets, in small letters.
func secretOptions() []string {
	return []string{"tlscertificatekeyfilepassword", "sslclientcertificatekeypassword", "authmechanismproperties"}
}

// redacted writes the connection string without what is secret in it.
func (u *mongoURL) redacted() string {
	var b strings.Builder
	b.WriteString(u.scheme + "://")
	if u.login != "" {
		user, _, hasPassword := strings.Cut(u.login, ":")
		b.WriteString(user)
		if hasPassword {
			b.WriteString(":xxxxx")
		}
		b.WriteByte('@')
	}
	b.WriteString(strings.Join(u.hosts, ","))
	if u.database != "" || len(u.options) > 0 {
		b.WriteString("/" + u.database)
	}
	for i, option := range u.options {
		b.WriteString([]string{"?", "&"}[min(i, 1)])
		name, _, _ := strings.Cut(option, "=")
		if slices.Contains(secretOptions(), strings.ToLower(name)) {
			option = name + "=xxxxx"
		}
		b.WriteString(option)
	}
	return b.String()
}

// SQLiteFile returns the file of an SQLite store; false for another database.
func (s Store) SQLiteFile(dataDir string) (string, bool) {
	switch file, found := strings.CutPrefix(s.raw, "sqlite:"); {
	case found:
		return file, true
	case s.raw == "sqlite":
		return filepath.Join(dataDir, "crier.db"), true
	}
	return "", false
}

// Shared tells that the store is one of servers on several machines: a database with a
// server of its own.
func (s Store) Shared() bool { return s.mongo != nil }

// ByDNS tells that the servers of a shared store, and some of its options, are found by DNS.
func (s Store) ByDNS() bool { return s.mongo != nil && s.mongo.scheme == mongoSRVScheme }

// InDataDir tells that the store lies in the data folder, without a file or server
// of its own being named.
func (s Store) InDataDir() bool { return s.raw == "sqlite" }

// Reveal returns the setting with its password.
func (s Store) Reveal() string { return s.raw }

// String shows the store without a password.
func (s Store) String() string {
	if s.mongo != nil {
		return s.mongo.redacted()
	}
	return s.raw
}

// Redact takes the password of the store out of a text, such as an error of its driver, in
// which it may stand.
func (s Store) Redact(text string) string {
	if s.mongo == nil {
		return text
	}
	var secrets []string
	if _, password, _ := strings.Cut(s.mongo.login, ":"); password != "" {
		secrets = append(secrets, password)
	}
	for _, option := range s.mongo.options {
		if name, value, _ := strings.Cut(option, "="); value != "" && slices.Contains(secretOptions(), strings.ToLower(name)) {
			secrets = append(secrets, value)
		}
	}
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, "xxxxx")
		if plain, err := url.PathUnescape(secret); err == nil {
			text = strings.ReplaceAll(text, plain, "xxxxx")
		}
	}
	return text
}
