package api

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// query reads the parameters of a URL and collects everything that is wrong with
// them. Unknown parameters have no effect: clients add their own.
type query struct {
	values   url.Values
	problems core.Errors
	read     map[string]bool // parameters that were asked for
	repeated map[string]bool // single values that were sent more than once
}

// parseQuery reads the query of a URL.
func parseQuery(raw string) *query {
	values, err := url.ParseQuery(raw)
	q := &query{values: values, read: map[string]bool{}, repeated: map[string]bool{}}
	if err != nil {
		q.add(invalid("", "the query string is malformed: "+printable(err.Error())))
	}
	return q
}

func (q *query) add(e *core.Error) { q.problems = append(q.problems, e) }

// text returns a parameter, without the space around it. One that was sent twice
// cannot be read with certainty.
func (q *query) text(key string) string {
	q.read[key] = true
	if len(q.values[key]) > 1 && !q.repeated[key] {
		q.repeated[key] = true
		q.add(invalid(key, key+" was sent more than once"))
	}
	return strings.TrimSpace(q.values.Get(key))
}

// filled is text for a filter, which would choose everything if it were empty.
func (q *query) filled(key string) string {
	s := q.text(key)
	if s == "" && q.values.Has(key) {
		q.add(invalid(key, key+" is empty; leave it out to have all"))
	}
	return s
}

// ignored warns of every parameter that nobody has read.
func (q *query) ignored() []warning {
	var out ignoredList
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		if !q.read[name] && name != sourceKey {
			out.add(func() warning { return ignoredParameter(name) })
		}
	}
	return out.warnings()
}

// list returns a parameter with several values, in any of the ways that clients
// write them: name[0]=a&name[1]=b, name[]=a&name[]=b, name=a&name=b, name=a,b.
func (q *query) list(key string) []string {
	type indexed struct {
		index int
		value string
	}
	var found []indexed
	for name, values := range q.values {
		index, ok := listIndex(name, key)
		if !ok {
			continue
		}
		q.read[name] = true
		for _, v := range values {
			for _, part := range splitList(v) {
				found = append(found, indexed{index, part})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b indexed) int { return a.index - b.index })
	out := make([]string, len(found))
	for i, f := range found {
		out[i] = f.value
	}
	return out
}

// listIndex tells whether a parameter's name is key, key[] or key[n], and at
// which place its values stand.
func listIndex(name, key string) (int, bool) {
	rest, ok := strings.CutPrefix(name, key)
	if !ok {
		return 0, false
	}
	if rest == "" || rest == "[]" {
		return -1, true
	}
	inner, closed := strings.CutSuffix(rest, "]")
	digits, opened := strings.CutPrefix(inner, "[")
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), opened && closed && err == nil
}

// number reads a whole number within bounds; def when it was not sent.
func (q *query) number(key string, def, least, most int) int {
	s := q.text(key)
	if s == "" {
		return def
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		q.add(invalid(key, key+" must be a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most)+", not "+quote(s)))
		return def
	}
	return n
}

// flag reads a boolean; false when it was not sent.
func (q *query) flag(key string) bool { return q.choice(key, "true", "false") == "true" }

// choice reads one of the given words; "" when it was not sent.
func (q *query) choice(key string, words ...string) string {
	s := q.text(key)
	if s != "" && !slices.Contains(words, s) {
		q.add(invalid(key, key+" must be one of "+strings.Join(words, ", ")+", not "+quote(s)))
		return ""
	}
	return s
}

// moment reads a time; zero when it was not sent.
func (q *query) moment(key string) time.Time {
	s := q.text(key)
	if s == "" {
		return time.Time{}
	}
	t, err := core.ParseTime(s)
	if err != nil {
		q.add(invalid(key, key+" "+err.Error()))
	}
	return t
}
