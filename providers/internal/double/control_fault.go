package double

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// FaultJSON is a fault in a control API.
type FaultJSON struct {
	ID     int               `json:"id,omitempty"`
	Match  string            `json:"match"`
	Action Action            `json:"action"`
	Times  int               `json:"times,omitempty"`
	Delay  string            `json:"delay,omitempty"` // "1.5s"
	After  string            `json:"after,omitempty"` // "2m"
	Bytes  int64             `json:"bytes,omitempty"`
	Status int               `json:"status,omitempty"`
	Body   json.RawMessage   `json:"body,omitempty"` // a string, or JSON as it shall be sent
	Header map[string]string `json:"header,omitempty"`
}

// Routes adds GET, POST and DELETE of a path, by which faults are seen, armed and disarmed.
func (s *Faults) Routes(mux *http.ServeMux, path string) {
	mux.HandleFunc("GET "+path, Show(s.list))
	mux.HandleFunc("POST "+path, Do(http.StatusCreated, func(in FaultJSON) ([]FaultJSON, error) {
		f, err := in.fault()
		if err == nil {
			err = s.Next(in.Match, f)
		}
		return s.list(), err
	}))
	mux.HandleFunc("DELETE "+path, func(w http.ResponseWriter, _ *http.Request) {
		s.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
}

func (s *Faults) list() []FaultJSON {
	out := []FaultJSON{}
	for _, f := range s.Armed() {
		one := FaultJSON{
			ID: f.ID, Match: f.Match, Action: f.Fault.Action, Times: f.Left,
			Bytes: f.Fault.Bytes, Status: f.Fault.Status, Header: f.Fault.Header,
		}
		if f.Fault.Delay > 0 {
			one.Delay = f.Fault.Delay.String()
		}
		if f.Fault.After > 0 {
			one.After = f.Fault.After.String()
		}
		if raw, err := json.Marshal(f.Fault.Body); err == nil && f.Fault.Body != "" {
			one.Body = raw
		}
		out = append(out, one)
	}
	return out
}

func (in FaultJSON) fault() (Fault, error) {
	f := Fault{Action: in.Action, Times: in.Times, Bytes: in.Bytes, Status: in.Status, Header: in.Header}
	if in.Delay != "" {
		d, err := time.ParseDuration(in.Delay)
		if err != nil {
			return Fault{}, fmt.Errorf("delay %q: want a duration such as 1.5s", in.Delay)
		}
		f.Delay = d
	}
	if in.After != "" {
		d, err := time.ParseDuration(in.After)
		if err != nil {
			return Fault{}, fmt.Errorf("after %q: want a duration such as 2m", in.After)
		}
		f.After = d
	}
	if json.Unmarshal(in.Body, &f.Body) != nil {
		f.Body = string(in.Body)
	}
	return f, nil
}
