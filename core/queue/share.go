package queue

import (
	"cmp"
	"slices"
)

// Share chooses which of the candidates a claim gives: as Claim promises, the tenants of
// whom the fewest jobs are worked on come first, and no lane is chosen twice. The
// candidates are due, and in free lanes; more than one of a lane may be among them.
func Share(w Wanted, candidates []Job) []Job {
	byTenant := map[string][]Job{}
	for _, j := range candidates {
		byTenant[j.Tenant] = append(byTenant[j.Tenant], j)
	}
	s := sharing{working: map[string]int{}, max: w.TenantMax, lanes: map[string]bool{}}
	for tenant, jobs := range byTenant {
		slices.SortFunc(jobs, Before)
		s.tenants = append(s.tenants, tenant)
		s.working[tenant] = w.Working[tenant]
	}
	s.waiting = byTenant
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
	lanes   map[string]bool // of what was chosen, by kind and name
}

// next takes the next job.
func (s *sharing) next() (Job, bool) {
	best := ""
	found := false
	for _, t := range s.tenants {
		s.skipTaken(t)
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
	if j.Lane != "" {
		s.lanes[laneKey(j)] = true
	}
	return j, true
}

// skipTaken drops the tenant's first jobs whose lanes were chosen.
func (s *sharing) skipTaken(tenant string) {
	waiting := s.waiting[tenant]
	for len(waiting) > 0 && waiting[0].Lane != "" && s.lanes[laneKey(waiting[0])] {
		waiting = waiting[1:]
	}
	s.waiting[tenant] = waiting
}

func laneKey(j Job) string { return j.Kind + "\x00" + j.Lane }
