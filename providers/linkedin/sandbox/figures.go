package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Figures is what readers did with a post on one day, besides what the sandbox sees
// itself: comments, reactions and reposts.
type Figures struct {
	Post string `json:"post"`          // URN
	Day  string `json:"day,omitempty"` // "2026-11-18", in UTC; empty: today

	Impressions       int64 `json:"impressions,omitempty"`
	UniqueImpressions int64 `json:"uniqueImpressions,omitempty"` // people
	Clicks            int64 `json:"clicks,omitempty"`
	Likes             int64 `json:"likes,omitempty"`
	Comments          int64 `json:"comments,omitempty"`
	Shares            int64 `json:"shares,omitempty"`

	VideoViews     int64 `json:"videoViews,omitempty"`
	VideoViewers   int64 `json:"videoViewers,omitempty"`
	VideoWatchTime int64 `json:"videoWatchTimeMs,omitempty"` // milliseconds

	FollowersGained int64 `json:"followersGained,omitempty"`

	// What LinkedIn tells of the posts of people alone.
	Saves            int64 `json:"saves,omitempty"`
	Sends            int64 `json:"sends,omitempty"`
	LinkClicks       int64 `json:"linkClicks,omitempty"`
	PremiumCTAClicks int64 `json:"premiumCtaClicks,omitempty"`
	ProfileViews     int64 `json:"profileViews,omitempty"`
}

// counts lists every number.
func (f *Figures) counts() []*int64 {
	return []*int64{
		&f.Impressions, &f.UniqueImpressions, &f.Clicks, &f.Likes, &f.Comments, &f.Shares,
		&f.VideoViews, &f.VideoViewers, &f.VideoWatchTime,
		&f.Saves, &f.Sends, &f.LinkClicks, &f.PremiumCTAClicks, &f.FollowersGained, &f.ProfileViews,
	}
}

// add adds the numbers of other figures.
func (f *Figures) add(other Figures) {
	more := other.counts()
	for i, n := range f.counts() {
		*n += *more[i]
	}
}

const (
	maxFigure      = 1_000_000_000_000
	maxFigureDays  = 1000 // of one post or page
	earliestFigure = "2003-05-05"
)

var (
	errFigure   = fmt.Errorf("figures must be from 0 to %d", int64(maxFigure))
	errTooManyF = fmt.Errorf("figures of more than %d days", maxFigureDays)
)

// dayOr reads a day of figures; an empty one is today's.
func dayOr(day string, now time.Time) (string, error) {
	day = cmp.Or(day, now.UTC().Format(time.DateOnly))
	if _, err := time.Parse(time.DateOnly, day); err != nil || day < earliestFigure {
		return "", fmt.Errorf("day %q: want one of the form 2026-11-18", day)
	}
	return day, nil
}

// AddFigures adds to what readers did with a post.
func (s *Sandbox) AddFigures(f Figures) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.postsByURN[f.Post]
	if !known {
		return fmt.Errorf("post %q does not exist; GET /sandbox/posts lists every one", f.Post)
	}
	day, err := dayOr(f.Day, s.opts.Clock.Now())
	if err != nil {
		return err
	}
	sum, there := p.figures[day]
	if !there && len(p.figures) >= maxFigureDays {
		return errTooManyF
	}
	for _, n := range f.counts() {
		if *n < 0 || *n > maxFigure {
			return errFigure
		}
	}
	sum.add(f)
	if slices.ContainsFunc(sum.counts(), func(n *int64) bool { return *n > maxFigure }) {
		return errFigure
	}
	sum.Post, sum.Day = p.urn, day
	if p.figures == nil {
		p.figures = map[string]Figures{}
	}
	p.figures[day] = sum
	return nil
}

// Figures returns what was added, by post in the order of publication and by day.
func (s *Sandbox) Figures() []Figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Figures{}
	for _, p := range s.posts {
		from := len(out)
		for _, f := range p.figures {
			out = append(out, f)
		}
		slices.SortFunc(out[from:], func(a, b Figures) int { return strings.Compare(a.Day, b.Day) })
	}
	return out
}

// PageViews is how often the sections of an organization's page were looked at on one
// day.
type PageViews struct {
	Page string `json:"page"`          // URN of the organization
	Day  string `json:"day,omitempty"` // as in Figures
	// Desktop and Mobile count by section: "overview", "lifeAt".
	Desktop map[string]int64 `json:"desktop,omitempty"`
	Mobile  map[string]int64 `json:"mobile,omitempty"`
}

// pageSections are the sections of a page whose views LinkedIn counts.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/page-statistics
func pageSections() []string {
	return []string{"about", "careers", "insights", "jobs", "lifeAt", "overview", "people", "products"}
}

// viewCounter counts views by device and section.
type viewCounter struct{ device, section string }

// AddPageViews adds to the views of a page.
func (s *Sandbox) AddPageViews(v PageViews) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := parseURN(v.Page)
	if _, known := s.organizations[u.ID]; !ok || u.Kind != "organization" || !known {
		return fmt.Errorf("page %q does not exist; GET /sandbox/organizations lists every one", v.Page)
	}
	day, err := dayOr(v.Day, s.opts.Clock.Now())
	if err != nil {
		return err
	}
	days := s.pageViews[u.ID]
	if _, there := days[day]; !there && len(days) >= maxFigureDays {
		return errTooManyF
	}
	sum := map[viewCounter]int64{}
	for device, sections := range map[string]map[string]int64{"desktop": v.Desktop, "mobile": v.Mobile} {
		for section, n := range sections {
			if !slices.Contains(pageSections(), section) {
				return fmt.Errorf("section %q: want one of %s", section, strings.Join(pageSections(), ", "))
			}
			at := viewCounter{device, section}
			if sum[at] = days[day][at] + n; n < 0 || n > maxFigure || sum[at] > maxFigure {
				return errFigure
			}
		}
	}
	if days == nil {
		days = map[string]map[viewCounter]int64{}
		s.pageViews[u.ID] = days
	}
	for at, n := range days[day] {
		if _, changed := sum[at]; !changed {
			sum[at] = n
		}
	}
	days[day] = sum
	return nil
}

var errNoFigures = errors.New("nothing was counted: send at least one number")

// addFigures is AddFigures for the control API, where a name that is missing is a
// mistake.
func (s *Sandbox) addFigures(f Figures) error {
	if !slices.ContainsFunc(f.counts(), func(n *int64) bool { return *n != 0 }) {
		return errNoFigures
	}
	return s.AddFigures(f)
}

// addPageViews is the same for AddPageViews.
func (s *Sandbox) addPageViews(v PageViews) error {
	if len(v.Desktop)+len(v.Mobile) == 0 {
		return errNoFigures
	}
	return s.AddPageViews(v)
}
