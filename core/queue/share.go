package queue

import (
	"cmp"
	"slices"
)

// Share chooses which of the candidates a claim gives: as Claim promises, of each lane the
// one that is next, and of these the tenants first of whom the fewest jobs are worked on.
// The candidates are due, and in free lanes; more than one of a lane may be among them.
func Share(w Wanted, candidates []Job) []Job {
	s := sharing{waiting: map[string][]Job{}, working: map[string]int{}, max: w.TenantMax}
	for _, j := range firstOfLanes(candidates) {
		if len(s.waiting[j.Tenant]) == 0 {
			s.tenants = append(s.tenants, j.Tenant)
			s.working[j.Tenant] = w.Working[j.Tenant]
		}
		s.waiting[j.Tenant] = append(s.waiting[j.Tenant], j)
	}
	var chosen []Job
	for len(chosen) < w.N {
		j, ok := s.next()
		if !ok {
			break
		}
		chosen = append(chosen, j)
	}
	return chosen
}

// firstOfLanes returns the jobs in order, without those that come after another of their
// lane, whosever that is.
func firstOfLanes(jobs []Job) []Job {
	type lane struct{ kind, name string }
	seen := map[lane]bool{}
	jobs = slices.SortedFunc(slices.Values(jobs), Before)
	return slices.DeleteFunc(jobs, func(j Job) bool {
		if j.Lane == "" {
			return false
		}
		l := lane{j.Kind, j.Lane}
		taken := seen[l]
		seen[l] = true
		return taken
	})
}

// Before orders jobs by the time at which they are to run, then by Order, kind and key.
func Before(a, b Job) int {
	return cmp.Or(a.RunAt.Compare(b.RunAt), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
}

// sharing is a claim that is being put together.
type sharing struct {
	tenants []string
	waiting map[string][]Job // by tenant, in order
	working map[string]int
	max     int
}

// next takes the next job.
func (s *sharing) next() (Job, bool) {
	best := ""
	found := false
	for _, t := range s.tenants {
		if len(s.waiting[t]) == 0 || s.max > 0 && s.working[t] >= s.max {
			continue
		}
		if !found || cmp.Or(cmp.Compare(s.working[t], s.working[best]), Before(s.waiting[t][0], s.waiting[best][0])) < 0 {
			best, found = t, true
		}
	}
	if !found {
		return Job{}, false
	}
	j := s.waiting[best][0]
	s.waiting[best] = s.waiting[best][1:]
	s.working[best]++
	return j, true
}
