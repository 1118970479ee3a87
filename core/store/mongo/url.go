package mongo

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

// minTimeout is the shortest timeoutMS: less than what a busy server or an election takes fails
// calls that would have succeeded, and without any a call could wait for ever.
const minTimeout = time.Second

// maxDatabaseName is how many bytes the name of a database may have.
// https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
const maxDatabaseName = 63

// optionsManual describes the options that a URL may have.
const optionsManual = "https://www.mongodb.com/docs/manual/reference/connection-string-options/"

// CheckURL tells what is wrong with the URL of a database, as far as that shows without
// asking anybody; it must not be a mongodb+srv:// one, which takes DNS. The error may hold
// parts of the URL.
func CheckURL(url string) error {
	_, err := parseURL(url)
	return err
}

// parseURL is stricter than the driver, which passes over options that it does not know.
func parseURL(url string) (*connstring.ConnString, error) {
	if err := checkNumbers(url); err != nil {
		return nil, err
	}
	parsed, err := connstring.ParseAndValidate(url)
	if err != nil {
		return nil, fmt.Errorf("mongo: %w; the options are described at %s", err, optionsManual)
	}
	return parsed, errors.Join(checkOptions(parsed, url), checkDatabase(parsed.Database))
}

// checkNumbers looks at the options that are times in milliseconds.
func checkNumbers(url string) error {
	for name, value := range urlOptions(url) {
		if !strings.HasSuffix(strings.ToLower(name), "ms") {
			continue
		}
		if n, err := strconv.Atoi(value); err != nil || n < 0 {
			return fmt.Errorf("mongo: the option %s is a number of milliseconds, such as %s=10000", name, name)
		}
	}
	return nil
}

func checkOptions(parsed *connstring.ConnString, url string) error {
	var unknown []string
	for name := range urlOptions(url) {
		if _, found := parsed.UnknownOptions[strings.ToLower(name)]; found {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	switch {
	case len(unknown) > 0:
		return fmt.Errorf("mongo: the option %s of the URL is not known and would have no effect: correct its name or leave it out; the options are described at %s",
			strings.Join(unknown, ", "), optionsManual)
	case parsed.TimeoutSet && parsed.Timeout < minTimeout:
		return fmt.Errorf("mongo: timeoutMS has to be %d or more, so that calls end, and not before a busy server has answered; without it, it is %d",
			minTimeout.Milliseconds(), callTimeout.Milliseconds())
	}
	return nil
}

// urlOptions returns the options of a URL, by their names as they are written.
func urlOptions(url string) map[string]string {
	_, query, _ := strings.Cut(url, "?")
	found := map[string]string{}
	for _, option := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(option, "=")
		found[name] = value
	}
	return found
}

// checkDatabase looks at the name of a database; empty: the URL names none.
// https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
func checkDatabase(name string) error {
	switch {
	case strings.ContainsAny(name, "/\\. \"$*<>:|?\x00"):
		return errors.New("mongo: the name of the database, which stands behind the hosts and a /, cannot hold spaces or any of / \\ . \" $ * < > : | ?")
	case len(name) > maxDatabaseName:
		return fmt.Errorf("mongo: the name of the database is longer than %d bytes", maxDatabaseName)
	case slices.Contains([]string{"admin", "local", "config"}, name):
		return fmt.Errorf("mongo: the database %s is MongoDB's own: name another behind the hosts, such as /%s; one where users are defined is named by ?authSource=%s",
			name, defaultDatabase, name)
	}
	return nil
}
