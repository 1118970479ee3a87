package crashtest

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
)

// request is one that creates a post or a comment.
type request struct {
	number  int // of the post in the plan; -1: of none
	comment bool
}

// record is all that was asked of the network and cannot be undone.
type record struct {
	mu sync.Mutex
	// came counts the requests that arrived, answered or not.
	came map[request]int
	// statuses are what the sandbox answered, whether or not that reached anybody.
	statuses   map[request][]int
	complaints []string
}

func newRecord() *record {
	return &record{came: map[request]int{}, statuses: map[request][]int{}}
}

// count counts a request that arrived and returns how many like it came before.
func (r *record) count(sent request) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	earlier := r.came[sent]
	r.came[sent]++
	return earlier
}

func (r *record) note(sent request, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statuses[sent] = append(r.statuses[sent], status)
}

func (r *record) complain(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.complaints = append(r.complaints, what)
}

// strange lists what came that no post of the plan explains.
func (r *record) strange() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.complaints)
}

// sentAgain counts the requests that reached the sandbox although one like them had
// taken effect already.
func (r *record) sentAgain(sent request) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	again, done := 0, false
	for _, status := range r.statuses[sent] {
		if done {
			again++
		}
		done = done || status == http.StatusCreated
	}
	return again
}

var numberForm = regexp.MustCompile(`[Nn]o\. (\d+)\b`)

// numberIn finds the number of the post that a text belongs to.
func numberIn(text string) (int, bool) {
	m := numberForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}
