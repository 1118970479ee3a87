package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/crier-social/crier/providers/internal/double"
)

// controlRoutes adds the control API, with which a test in any language prepares
// the sandbox and looks into it.
func (s *Sandbox) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/posts", double.Show(func() []Record { return double.List(s.Posts()) }))
	mux.HandleFunc("GET /sandbox/records", s.controlRecords)
	mux.HandleFunc("POST /sandbox/records", double.Do(http.StatusCreated, s.controlCreate))
	mux.HandleFunc("DELETE /sandbox/records", s.controlDelete)
	mux.HandleFunc("POST /sandbox/figures", double.Add(func(in figuresOf) error { return s.SetFigures(in.URI, in.Figures) }))
	mux.HandleFunc("GET /sandbox/accounts", double.Show(s.AllAccounts))
	mux.HandleFunc("POST /sandbox/accounts", double.Add(s.AddAccount))
	mux.HandleFunc("POST /sandbox/accounts/{account}/status", s.controlStatus)
	mux.HandleFunc("POST /sandbox/accounts/{account}/handle", s.controlHandle)
	mux.HandleFunc("POST /sandbox/accounts/{account}/sessions/end", s.controlSessions(s.EndSessions))
	mux.HandleFunc("POST /sandbox/accounts/{account}/sessions/expire", s.controlSessions(s.ExpireTokens))
	mux.HandleFunc("POST /sandbox/accounts/{account}/videos", s.controlVideos)
	mux.HandleFunc("GET /sandbox/grants", double.Show(s.Grants))
	mux.HandleFunc("POST /sandbox/consent", double.Do(http.StatusOK, s.controlConsent))
	mux.HandleFunc("GET /sandbox/requests", s.journal.Handler(requestFilter))
	mux.HandleFunc("GET /sandbox/counts", double.Show(s.Counts))
	s.Routes(mux, s.Reset)
}

// controlRecords answers the records of ?collection=…, oldest first, or the one at ?uri=….
func (s *Sandbox) controlRecords(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if uri := query.Get("uri"); uri != "" {
		record, known := s.Record(uri)
		if !known {
			double.SendError(w, http.StatusNotFound, errNoRecord(uri))
			return
		}
		double.SendJSON(w, http.StatusOK, record)
		return
	}
	collection := query.Get("collection")
	if collection == "" {
		double.SendError(w, http.StatusBadRequest, errors.New("want uri, or collection, such as app.bsky.feed.post"))
		return
	}
	double.SendJSON(w, http.StatusOK, double.List(s.Records(collection)))
}

func errNoRecord(uri string) error { return fmt.Errorf("there is no record at %q", uri) }

// newRecord is a record that is written as if its owner had done so elsewhere.
type newRecord struct {
	Account    string          `json:"account"` // handle or DID
	Collection string          `json:"collection"`
	RKey       string          `json:"rkey,omitempty"`
	Value      json.RawMessage `json:"value"`
}

type newURI struct {
	URI string `json:"uri"`
}

func (s *Sandbox) controlCreate(in newRecord) (newURI, error) {
	uri, err := s.CreateRecord(in.Account, in.Collection, in.RKey, in.Value)
	return newURI{uri}, err
}

func (s *Sandbox) controlDelete(w http.ResponseWriter, r *http.Request) {
	uri := r.URL.Query().Get("uri")
	if !s.DeleteRecord(uri) {
		double.SendError(w, http.StatusNotFound, errNoRecord(uri))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sandbox) controlStatus(w http.ResponseWriter, r *http.Request) {
	type change struct {
		Status Status `json:"status"`
	}
	double.Add(func(in change) error { return s.SetStatus(r.PathValue("account"), in.Status) })(w, r)
}

func (s *Sandbox) controlHandle(w http.ResponseWriter, r *http.Request) {
	type change struct {
		Handle string `json:"handle"`
	}
	double.Add(func(in change) error { return s.SetHandle(r.PathValue("account"), in.Handle) })(w, r)
}

func (s *Sandbox) controlSessions(do func(account string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		double.Add(func(struct{}) error { return do(r.PathValue("account")) })(w, r)
	}
}

// requestFilter reads what the journal is asked for: ?writes=true, ?status=400.
func requestFilter(query url.Values) (func(Request) bool, error) {
	status := 0
	if raw := query.Get("status"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 0 {
			return nil, errors.New("status: want a whole number, 0 or more")
		}
		status = n
	}
	return func(r Request) bool {
		return (status == 0 || r.Status == status) && (query.Get("writes") != "true" || r.IsWrite())
	}, nil
}

// figuresOf sets counts of a post.
type figuresOf struct {
	URI string `json:"uri"`
	Figures
}

// controlVideos changes what the video service makes of an account's videos.
func (s *Sandbox) controlVideos(w http.ResponseWriter, r *http.Request) {
	type change struct {
		Forbidden bool   `json:"forbidden"`      // the limit of the day is reached
		Fail      string `json:"fail,omitempty"` // why those fail that are not done
	}
	double.Add(func(in change) error {
		if in.Fail != "" {
			if err := s.FailVideos(r.PathValue("account"), in.Fail); err != nil {
				return err
			}
		}
		return s.ForbidVideos(r.PathValue("account"), in.Forbidden)
	})(w, r)
}

// consentRequest answers a consent page without a browser.
type consentRequest struct {
	Address  string   `json:"address"` // of the page
	Account  string   `json:"account"`
	Decision Decision `json:"decision"`
}

type consentAnswer struct {
	Location string `json:"location"`
}

func (s *Sandbox) controlConsent(in consentRequest) (consentAnswer, error) {
	back, err := s.Decide(in.Address, in.Account, in.Decision)
	return consentAnswer{back}, err
}
