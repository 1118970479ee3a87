package crashtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// Process is one of those that a run starts and kills.
type Process struct {
	Command string // "serve" or "worker"
	Number  int    // from 1
}

// Server is the server of a number from 1, and Worker the worker.
func Server(number int) Process { return Process{Command: commandServe, Number: number} }

// Worker is the worker of a number from 1.
func Worker(number int) Process { return Process{Command: commandWork, Number: number} }

// String implements fmt.Stringer.
func (p Process) String() string { return fmt.Sprintf("%s %d", p.Command, p.Number) }

// Fleet is the processes that work with one database. The zero value is one server, which has
// a worker beside it at times.
type Fleet struct{ Servers, Workers int }

// Processes lists all that may run at a time, the servers first.
func (f Fleet) Processes() []Process {
	if f == (Fleet{}) {
		return []Process{Server(1), Worker(1)}
	}
	var all []Process
	for i := range f.Servers {
		all = append(all, Server(i+1))
	}
	for i := range f.Workers {
		all = append(all, Worker(i+1))
	}
	return all
}

// StoreFault is what goes wrong between the processes and the server of their database.
type StoreFault string

// The faults.
const (
	StoreWell  StoreFault = ""
	StoreGone  StoreFault = "gone"           // connections are cut, and new ones refused
	StoreHangs StoreFault = "hangs"          // nothing is passed on, until it goes on
	StoreDeaf  StoreFault = "loses commands" // some do not arrive, and the connection is cut
	StoreMute  StoreFault = "loses answers"  // some are carried out, and the connection is cut
)

// lossOneIn is how many commands there are for one that is lost, or its answer is.
const lossOneIn = 6

// begin lets the proxy do as the fault has it; random decides which commands are lost.
func (f StoreFault) begin(p *mongotest.Proxy, random func(n int) int) {
	losing := func(what mongotest.Fault) {
		p.Fail(func(mongotest.Command) mongotest.Fault {
			if random(lossOneIn) == 0 {
				return what
			}
			return mongotest.Pass
		})
	}
	switch f {
	case StoreWell:
	case StoreGone:
		p.Cut()
	case StoreHangs:
		p.Stall()
	case StoreDeaf:
		losing(mongotest.Refuse)
	case StoreMute:
		losing(mongotest.LoseAnswer)
	}
}

// end undoes begin, whichever fault it was.
func (StoreFault) end(p *mongotest.Proxy) {
	p.Heal()
	p.Fail(nil)
}

// newRounds makes rounds that kill as often as asked for, together.
func (f Fleet) newRounds(r *rand.Rand, kills int) []Round {
	var rounds []Round
	for left := kills; left > 0; {
		round := f.newRound(r, left)
		left -= round.kills()
		rounds = append(rounds, round)
	}
	return rounds
}

// newRound kills, stops or freezes one of the processes, two of them at the same moment, or all; at
// most as many as are left to be killed.
func (f Fleet) newRound(r *rand.Rand, left int) Round {
	all := f.Processes()
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	n := min(left, pick(r, []Weighted[int]{{12, 1}, {5, min(2, len(all))}, {2, len(all)}}))
	round := Round{Victims: all[:n:n], After: between(r, 0, time.Second), StoreFault: pick(r, storeFaultWeights())}
	switch pick(r, []Weighted[string]{{10, "killed"}, {2, "early"}, {2, "orderly"}, {2, "frozen"}}) {
	case "early":
		round.Early, round.After = true, between(r, time.Millisecond, 5*starting)
	case "orderly":
		round.Orderly = true
	case "frozen":
		round.Frozen = true
	}
	if round.StoreFault != StoreWell {
		round.FaultFor = between(r, 50*time.Millisecond, 1500*time.Millisecond)
	}
	if others := all[n:]; len(others) > 0 && r.IntN(4) == 0 && f.serves(all, others[0]) {
		round.Absent = []Process{others[0]}
	}
	return round
}

// serves tells whether a server is left without the process.
func (Fleet) serves(all []Process, without Process) bool {
	return slices.ContainsFunc(all, func(p Process) bool { return p.Command == commandServe && p != without })
}

func storeFaultWeights() []Weighted[StoreFault] {
	return []Weighted[StoreFault]{{12, StoreWell}, {2, StoreGone}, {1, StoreHangs}, {2, StoreDeaf}, {3, StoreMute}}
}
