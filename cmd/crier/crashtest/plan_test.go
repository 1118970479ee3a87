package crashtest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// skipping is a program whose clock can be moved ahead.
func skipping() Program { return Program{AheadVariable: "AHEAD"} }

func TestPlan(t *testing.T) {
	t.Parallel()
	network := LinkedIn{}
	accounts := network.Accounts()
	o := Options{Seed: 1, Kills: 200, Networks: []Network{network}, Program: skipping()}
	other := o
	other.Seed = 2
	plan := NewPlan(o)
	if diff := cmp.Diff(plan, NewPlan(o)); diff != "" {
		t.Errorf("the same seed gives another plan:\n%s", diff)
	}
	if cmp.Equal(plan, NewPlan(other)) {
		t.Error("another seed gives the same plan")
	}
	seen := map[any]int{}
	for i, p := range plan.Posts {
		if p.Number != i {
			t.Errorf("post %d has the number %d", i, p.Number)
		}
		if p.Repeat && p.Key == KeyNone {
			t.Errorf("post %d is sent again without a key", i)
		}
		if p.Comment && !accounts[p.Account].Comments {
			t.Errorf("post %d has a comment that its token may not write", i)
		}
		if p.Ahead == 0 && (p.Change == ChangePause || p.Change == ChangeTime) {
			t.Errorf("post %d is to appear at once, and has a %s", i, p.Change)
		}
		seen[p.Kind]++
		seen[p.Key]++
		seen[p.Change]++
		seen[p.Trouble]++
		seen[accounts[p.Account].Name]++
	}
	for _, r := range plan.Rounds {
		if len(r.Victims) != 1 || slices.Contains(r.Absent, r.Victims[0]) {
			t.Fatalf("not one of those is killed that run: %+v", r)
		}
		seen[r.Victims[0]]++
		seen[len(r.Absent)]++
		if r.Early {
			seen["early"]++
			if r.After < time.Millisecond || r.After > starting {
				t.Errorf("killed %s after its start", r.After)
			}
		}
	}
	wanted := []any{Server(1), Worker(1), 0, 1, "early", KeyNone, KeyHeader, KeyBody, ChangeNone, ChangeCancel, ChangeText, ChangePause, ChangeTime}
	for _, w := range network.Kinds() {
		wanted = append(wanted, w.Choice)
	}
	for _, w := range troubleWeights() {
		wanted = append(wanted, w.Choice)
	}
	for _, a := range accounts {
		wanted = append(wanted, a.Name)
	}
	for _, what := range wanted {
		if seen[what] == 0 {
			t.Errorf("the plan has no %v", what)
		}
	}
}

func TestPlanOfFleet(t *testing.T) {
	t.Parallel()
	const kills = 300
	fleet := Fleet{Servers: 3, Workers: 2}
	o := Options{Seed: 1, Kills: kills, Networks: []Network{LinkedIn{}}, Fleet: fleet, Program: skipping()}
	plan := NewPlan(o)
	if diff := cmp.Diff(plan, NewPlan(o)); diff != "" {
		t.Errorf("the same seed gives another plan:\n%s", diff)
	}
	if len(plan.Posts) != postsPerRound*len(plan.Rounds) {
		t.Errorf("%d posts in %d rounds", len(plan.Posts), len(plan.Rounds))
	}
	killed, seen := 0, map[any]int{}
	for _, r := range plan.Rounds {
		if !r.Orderly && !r.Frozen {
			killed += len(r.Victims)
		}
		servers := 0
		for _, p := range fleet.Processes() {
			if slices.Contains(r.Absent, p) {
				if slices.Contains(r.Victims, p) {
					t.Errorf("%s is killed, and does not run: %+v", p, r)
				}
				continue
			}
			if p.Command == commandServe {
				servers++
			}
		}
		if servers == 0 || r.Early && (r.Orderly || r.Frozen) || r.Orderly && r.Frozen || (r.StoreFault != StoreWell) != (r.FaultFor > 0) {
			t.Errorf("not a round: %+v", r)
		}
		for _, p := range r.Victims {
			seen[p]++
		}
		seen[len(r.Victims)]++
		seen[r.StoreFault]++
		seen[map[bool]string{true: "orderly"}[r.Orderly]]++
		seen[map[bool]string{true: "frozen"}[r.Frozen]]++
		seen[map[bool]string{true: "early"}[r.Early]]++
		seen[map[bool]string{true: "absent"}[len(r.Absent) > 0]]++
	}
	for i, p := range plan.Posts {
		if p.Twice && p.Key == KeyNone {
			t.Errorf("post %d is sent twice without a key", i)
		}
		seen[map[bool]string{true: "twice"}[p.Twice]]++
	}
	if killed != kills {
		t.Errorf("%d kills, want %d", killed, kills)
	}
	wanted := []any{1, 2, 5, "orderly", "frozen", "early", "absent", "twice"}
	for _, p := range fleet.Processes() {
		wanted = append(wanted, p)
	}
	for _, w := range storeFaultWeights() {
		wanted = append(wanted, w.Choice)
	}
	for _, what := range wanted {
		if seen[what] == 0 {
			t.Errorf("the plan has no %v", what)
		}
	}
}

func TestPlanOfTwoNetworks(t *testing.T) {
	t.Parallel()
	networks := []Network{LinkedIn{}, Bluesky{}}
	both := 0
	for i, p := range NewPlan(Options{Seed: 1, Kills: 200, Networks: networks, Program: skipping()}).Posts {
		if p.Also == 0 {
			continue
		}
		both++
		first, _ := networkOf(networks, p.Account)
		second, account := networkOf(networks, p.Also)
		shows := slices.ContainsFunc(second.Kinds(), func(w Weighted[Kind]) bool { return w.Choice == p.Kind })
		if first.Platform() == second.Platform() || !shows || p.about() || p.Comment && !account.Comments {
			t.Errorf("post %d cannot be for both accounts: %+v", i, p)
		}
	}
	if both < 20 {
		t.Errorf("only %d posts are for both networks", both)
	}
}

func TestPlanInRealTimeEndsSoon(t *testing.T) {
	t.Parallel()
	o := Options{Seed: 1, Kills: 1000, Networks: []Network{LinkedIn{}}}
	plan, last := NewPlan(o), 0
	for i, p := range plan.Posts {
		if p.Trouble == TroubleSilent {
			last = i / postsPerRound
		}
	}
	if last == 0 || last > 400 {
		t.Errorf("the last round with a post that is never answered is %d", last)
	}
	o.Program = skipping()
	if diff := cmp.Diff(plan.Rounds, NewPlan(o).Rounds); diff != "" {
		t.Errorf("the kills are others:\n%s", diff)
	}
}

func TestTextsNameTheirPost(t *testing.T) {
	t.Parallel()
	p := Post{Number: 4711}
	for _, text := range []string{p.Text(), p.CommentText(), `{"commentary":"No. 4711 \\(come what may\\)"}`} {
		if n, ok := numberIn(text); !ok || n != 4711 {
			t.Errorf("%q is of post %d, %v", text, n, ok)
		}
	}
	if n, ok := numberIn("Somebody else's"); ok {
		t.Errorf("a strange text is of post %d", n)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	got := Table(Report{Seed: 42, Kills: 1000, Duration: 512400 * time.Millisecond, Verdict: Verdict{
		Posts: 2990, Published: 2700, Cancelled: 280, FoundOut: 600, Uncertain: 10,
		Anomalies: []Anomaly{{Fault: FaultLost}, {Fault: FaultWrong}, {Fault: FaultWrong}},
	}})
	want := `| Seed | Kills | Posts | Published | Cancelled | Lost answers found out | Uncertain | Lost | Doubled | Wrong | Duration |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
| 42 | 1000 | 2990 | 2700 | 280 | 600 | 10 | 1 | 0 | 2 | 8m32s |
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
