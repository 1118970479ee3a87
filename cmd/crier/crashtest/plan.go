package crashtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// postsPerRound is how many posts are sent between two kills.
	postsPerRound = 3
	// starting is about how long a process takes to start.
	starting = 100 * time.Millisecond
	// firstStarts is how many processes are killed while they set up the data folder.
	firstStarts = 6
)

// Plan is what happens in a run, as far as the seed decides it.
type Plan struct {
	Posts  []Post // in the order of sending, postsPerRound for each round
	Rounds []Round
	// FirstStarts is how long the processes live that are started first, before anything is stored.
	FirstStarts []time.Duration
}

// Kind is what a post shows.
type Kind string

// The kinds of posts.
const (
	KindText     Kind = "text"
	KindImage    Kind = "image"
	KindImages   Kind = "two images"
	KindVideo    Kind = "video"
	KindDocument Kind = "document"
	KindLink     Kind = "link"
	KindPoll     Kind = "poll"
	// KindReply answers an earlier post of the run, and KindQuote shows one; both are a text as
	// long as none is published.
	KindReply Kind = "reply"
	KindQuote Kind = "quote"
)

// Key is how a client makes its request one that can be repeated.
type Key string

// The ways.
const (
	KeyNone   Key = "none"   // it cannot be: an unanswered request is never sent again
	KeyHeader Key = "header" // Idempotency-Key
	KeyBody   Key = "body"   // the field idempotencyKey
)

// Change is what the author does about a post after it was accepted.
type Change string

// The changes.
const (
	ChangeNone   Change = "none"
	ChangeCancel Change = "cancel" // deletes it; one that is published goes from the network
	ChangeText   Change = "text"   // rewrites it; one that is published is edited on the network
	ChangePause  Change = "pause"  // holds it, and releases it after ChangeAfter
	ChangeTime   Change = "time"   // puts it off
)

// Trouble is what the network does with the request that is to create a post or a
// comment.
type Trouble string

// The troubles.
const (
	TroubleNone      Trouble = "none"
	TroubleCutAfter  Trouble = "cut after it took effect"
	TroubleCutBefore Trouble = "cut before it took effect"
	TroubleFailed    Trouble = "500 without effect"
	TroubleDisguised Trouble = "500 although it took effect"
	TroubleBusy      Trouble = "503 without effect"
	TroubleLimited   Trouble = "429"
	TroubleSlow      Trouble = "takes effect after the client has given up"
	TroubleHeld      Trouble = "takes effect, and is answered late"
	// TroubleSilent cuts the answer of every such request, however often it is sent.
	TroubleSilent Trouble = "never answered"
)

// Post is a post as its author means it.
type Post struct {
	Number  int
	Account int // place among the accounts of the run's networks
	// Also is the place of another network's account that the same request is for; 0: none.
	Also    int
	Kind    Kind
	Comment bool          // it has a first comment
	Pause   time.Duration // from the beginning of the round to the request
	// Ahead is how long before its time it is sent; 0: it is to appear at once.
	Ahead  time.Duration
	Key    Key
	Repeat bool // the same request is sent again after it was answered
	Twice  bool // the same request is sent twice at once; by clients of a fleet
	Change Change
	// ChangeAfter is how long after the answer the change is asked for.
	ChangeAfter time.Duration

	Trouble Trouble
	// TroubleAt is which of the post's creates meets it, from 0.
	TroubleAt      int
	CommentTrouble Trouble
}

// Text is what readers see of the post.
func (p Post) Text() string { return fmt.Sprintf("No. %d (come what may) #crash", p.Number) }

// NewText is what readers see after ChangeText.
func (p Post) NewText() string { return p.Text() + " – corrected" }

// CommentText is the first comment.
func (p Post) CommentText() string { return fmt.Sprintf(commentBegins+" no. %d", p.Number) }

// commentBegins is how comments begin, and nothing else.
const commentBegins = "Comment on"

// Round is one kill, of one process or of several at the same moment, and what leads to it.
type Round struct {
	Absent  []Process // those that do not run
	Victims []Process // those that are killed
	// After is how long the load goes on before the kill. It counts from when the processes
	// are up, from the victims' start when Early is set, or from the round's first request that
	// is to create something when Called is set.
	After  time.Duration
	Early  bool
	Called bool
	// Orderly has the victims stopped by SIGTERM instead, as for a new version.
	Orderly bool
	// Frozen has the victims stand still instead, for longer than their leases last, and then
	// go on as if nothing had been.
	Frozen bool
	// StoreFault lasts for FaultFor, and until after the kill at the most.
	StoreFault StoreFault
	FaultFor   time.Duration
}

// kills is how many processes the round kills.
func (r Round) kills() int {
	if r.Orderly || r.Frozen {
		return 0
	}
	return len(r.Victims)
}

// silenceEnds is how many rounds take longer than the time after which Crier gives up a
// post that is never answered: it may ask for 8 minutes, after which the network would not
// recognise a duplicate.
const silenceEnds = 600

// NewPlan makes the plan of a run. In real time, posts are left without an answer in the
// beginning of a long run alone, or its end would have to be waited for.
func NewPlan(o Options) Plan {
	r := rand.New(rand.NewPCG(o.Seed, 1)) //nolint:gosec // a plan that can be repeated is what it is for
	fleet, realTime := o.Fleet, o.Program.AheadVariable == ""
	var plan Plan
	if fleet == (Fleet{}) {
		for i := range o.Kills {
			plan.Rounds = append(plan.Rounds, newRound(r, i))
		}
	} else {
		plan.Rounds = fleet.newRounds(r, o.Kills)
	}
	for range firstStarts {
		plan.FirstStarts = append(plan.FirstStarts, between(r, starting/20, starting))
	}
	for i := range len(plan.Rounds) * postsPerRound {
		p := newPost(r, i, o.Networks)
		if p.Trouble == TroubleSilent && realTime && i/postsPerRound > len(plan.Rounds)-silenceEnds {
			p.Trouble = TroubleCutAfter
		}
		p.Twice = fleet != (Fleet{}) && p.Key != KeyNone && r.IntN(3) == 0
		p.Also = newCompanion(r, p, o.Networks)
		plan.Posts = append(plan.Posts, p)
	}
	return plan
}

// newRound is one with a single server.
func newRound(r *rand.Rand, i int) Round {
	server, worker := Server(1), Worker(1)
	round := Round{After: between(r, 0, 500*time.Millisecond)}
	victim := server
	if i%10 >= 6 { // stretches with and without a second process
		if r.IntN(2) == 0 {
			victim = worker
		}
	} else {
		round.Absent = []Process{worker}
	}
	if victim == server && r.IntN(6) == 0 {
		round.Early, round.After = true, between(r, time.Millisecond, starting)
	}
	round.Victims = []Process{victim}
	return round
}

func newPost(r *rand.Rand, i int, networks []Network) Post {
	p := Post{Number: i, Account: r.IntN(len(accountsOf(networks)))}
	network, account := networkOf(networks, p.Account)
	p.Kind, p.Pause, p.Key = pick(r, network.Kinds()), between(r, 0, 400*time.Millisecond), pick(r, keyWeights())
	p.Trouble, p.TroubleAt, p.CommentTrouble = pick(r, troubleWeights()), r.IntN(4)/3, TroubleNone
	p.Repeat = r.IntN(3) == 0 && p.Key != KeyNone
	if r.IntN(2) == 0 {
		p.Ahead = between(r, 300*time.Millisecond, 6*time.Second)
	}
	p.Change, p.ChangeAfter = pick(r, changeWeights(p.Ahead > 0)), between(r, 0, time.Second)
	if account.Comments && r.IntN(3) == 0 {
		p.Comment, p.CommentTrouble = true, pick(r, commentTroubleWeights())
	}
	return p
}

// newCompanion chooses an account of another network for every third post that it can show,
// and that would be changed on both alike; 0: none.
func newCompanion(r *rand.Rand, p Post, networks []Network) int {
	if len(networks) < 2 || r.IntN(3) > 0 {
		return 0
	}
	other := r.IntN(len(accountsOf(networks)))
	own, account := networkOf(networks, p.Account)
	network, companion := networkOf(networks, other)
	shows := slices.ContainsFunc(network.Kinds(), func(w Weighted[Kind]) bool { return w.Choice == p.Kind })
	if own.Platform() == network.Platform() || !shows || p.about() || p.Comment && !companion.Comments || p.Change == ChangeText && account.Edits != companion.Edits {
		return 0
	}
	return other
}

// about tells whether the post is about an earlier one.
func (p Post) about() bool { return p.Kind == KindReply || p.Kind == KindQuote }

// places are those of the accounts that the post is for.
func (p Post) places() []int {
	if p.Also == 0 {
		return []int{p.Account}
	}
	return []int{p.Account, p.Also}
}

func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)))
}

// Weighted is a choice and how often it is made.
type Weighted[T any] struct {
	Weight int
	Choice T
}

func pick[T any](r *rand.Rand, list []Weighted[T]) T {
	sum := 0
	for _, w := range list {
		sum += w.Weight
	}
	n := r.IntN(sum)
	for _, w := range list {
		if n -= w.Weight; n < 0 {
			return w.Choice
		}
	}
	panic("crashtest: weights that do not add up")
}

func keyWeights() []Weighted[Key] {
	return []Weighted[Key]{{5, KeyHeader}, {2, KeyBody}, {3, KeyNone}}
}

// changeWeights leaves out what only a post can have whose time is still to come.
func changeWeights(scheduled bool) []Weighted[Change] {
	list := []Weighted[Change]{{12, ChangeNone}, {2, ChangeCancel}, {1, ChangeText}}
	if scheduled {
		list = append(list, Weighted[Change]{2, ChangeText}, Weighted[Change]{2, ChangePause}, Weighted[Change]{2, ChangeTime})
	}
	return list
}

func troubleWeights() []Weighted[Trouble] {
	return []Weighted[Trouble]{
		{60, TroubleNone},
		{10, TroubleCutAfter},
		{5, TroubleCutBefore},
		{3, TroubleFailed},
		{4, TroubleDisguised},
		{3, TroubleBusy},
		{4, TroubleLimited},
		{4, TroubleSlow},
		{6, TroubleHeld},
		{1, TroubleSilent},
	}
}

func commentTroubleWeights() []Weighted[Trouble] {
	return []Weighted[Trouble]{{6, TroubleNone}, {2, TroubleCutAfter}, {1, TroubleCutBefore}, {1, TroubleDisguised}, {1, TroubleLimited}}
}
