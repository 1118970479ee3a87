package double

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// clockView is a clock in a control API.
type clockView struct {
	Now   time.Time `json:"now"`
	Ahead string    `json:"ahead"` // of the real time: "8520h0m0s"
}

// clockRequest moves a clock forward, by the sum of both.
type clockRequest struct {
	Days    int    `json:"days,omitempty"`
	Advance string `json:"advance,omitempty"` // "90m"
}

// Routes adds GET and POST of a path, by which the clock is seen and moved ahead. advance is
// what moves it: Advance, and what the double does besides.
func (c *Clock) Routes(mux *http.ServeMux, path string, advance func(time.Duration) error) {
	view := func() clockView { return clockView{Now: c.Now(), Ahead: c.Lead().String()} }
	mux.HandleFunc("GET "+path, Show(view))
	mux.HandleFunc("POST "+path, Do(http.StatusOK, func(in clockRequest) (clockView, error) {
		by, err := in.duration()
		if err == nil {
			err = advance(by)
		}
		return view(), err
	}))
}

func (in clockRequest) duration() (time.Duration, error) {
	var by time.Duration
	if in.Advance != "" {
		d, err := time.ParseDuration(in.Advance)
		if err != nil {
			return 0, fmt.Errorf("advance %q: want a duration such as 90m", in.Advance)
		}
		by = d
	}
	if in.Days < 0 || by < 0 || in.Days > MaxDaysAhead {
		return 0, fmt.Errorf("the clock goes forward, by at most %d days", MaxDaysAhead)
	}
	by += time.Duration(in.Days) * 24 * time.Hour
	if by == 0 {
		return 0, errors.New("want days, such as 355, or advance, such as \"90m\"")
	}
	return by, nil
}
