package double

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Journal keeps the latest requests to a double, each as an entry of the double's own type. It
// is safe for concurrent use.
type Journal[E any] struct {
	limit int

	mu      sync.Mutex
	begun   int
	entries []E // as they were filed
	calls   map[string]int
}

// NewJournal returns a journal of at most limit entries.
func NewJournal[E any](limit int) *Journal[E] {
	return &Journal[E]{limit: limit, calls: map[string]int{}}
}

// Begin returns the number of a request, from 1.
func (j *Journal[E]) Begin() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.begun++
	return j.begun
}

// File adds the entry of a request that is answered, or was given up, and counts it under the
// name of the call that it was.
func (j *Journal[E]) File(entry E, call string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, entry)
	if extra := len(j.entries) - j.limit; extra > 0 {
		j.entries = slices.Delete(j.entries, 0, extra)
	}
	j.calls[call]++
}

// Entries returns the latest requests, in the order in which they were filed.
func (j *Journal[E]) Entries() []E {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]E{}, j.entries...)
}

// Counts returns how many requests were begun, and how many were filed of each call.
func (j *Journal[E]) Counts() (begun int, calls map[string]int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.begun, maps.Clone(j.calls)
}

// Clear forgets all.
func (j *Journal[E]) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.begun, j.entries, j.calls = 0, nil, map[string]int{}
}

// Handler is that of a GET that answers with the entries which the query lets pass, all or the
// latest: ?limit=20. filter reads the rest of the query.
func (j *Journal[E]) Handler(filter func(url.Values) (keep func(E) bool, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		keep, err := filter(query)
		if err != nil {
			SendError(w, http.StatusBadRequest, err)
			return
		}
		found := slices.DeleteFunc(j.Entries(), func(e E) bool { return !keep(e) })
		if raw := query.Get("limit"); raw != "" {
			limit, err := strconv.Atoi(raw)
			if err != nil || limit < 0 {
				SendError(w, http.StatusBadRequest, errors.New("limit: want a whole number, 0 or more"))
				return
			}
			found = found[max(0, len(found)-limit):]
		}
		SendJSON(w, http.StatusOK, found)
	}
}

// IsSecret tells by its name whether a parameter of an address is shown to nobody: tokens and
// secrets that a client put there by mistake, and the state by which an app knows its member
// again.
func IsSecret(parameter string) bool {
	name := strings.ToLower(parameter)
	return name == "code" || name == "state" || strings.Contains(name, "token") || strings.Contains(name, "secret")
}
