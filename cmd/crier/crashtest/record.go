package crashtest

import (
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/crier-social/crier/core"
)

// request is one that creates a post or a comment.
type request struct {
	number  int // of the post in the plan; -1: of none
	comment bool
}

// record is all that was asked of the network and cannot be undone.
type record struct {
	clock core.Clock

	mu sync.Mutex
	// came counts the requests that arrived, answered or not.
	came map[request]int
	// effects are what became of them at the network, whether or not anybody was told.
	effects    map[request][]EffectKind
	made       []Made
	complaints []string
}

func newRecord(c core.Clock) *record {
	return &record{clock: c, came: map[request]int{}, effects: map[request][]EffectKind{}}
}

// count counts a request that arrived and returns how many like it came before.
func (r *record) count(sent request) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	earlier := r.came[sent]
	r.came[sent]++
	return earlier
}

// total is how many requests arrived.
func (r *record) total() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, came := range r.came {
		n += came
	}
	return n
}

func (r *record) note(sent request, c Creation, e Effect) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.effects[sent] = append(r.effects[sent], e.Kind)
	if e.Kind == EffectMade {
		r.made = append(r.made, Made{Creation: c, Number: sent.number, ID: e.ID, At: r.clock.Now()})
	}
}

// all lists what was created, in that order.
func (r *record) all() []Made {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.made)
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

// sentAgain counts the requests that reached the network although one like them had taken
// effect already, without those that could not have done so again.
func (r *record) sentAgain(sent request) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	again, done := 0, false
	for _, effect := range r.effects[sent] {
		if done && effect != EffectSame {
			again++
		}
		done = done || effect == EffectMade
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
