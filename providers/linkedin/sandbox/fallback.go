package sandbox

import (
	"net/http"
	"strings"

	"github.com/crier-social/crier/providers/internal/double"
)

// withJSONErrors answers with LinkedIn's JSON where a mux would answer in plain
// text: for paths that do not exist, and methods that a path does not take.
func withJSONErrors(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		allowed := strings.Join(allowedMethods(mux, r), ", ")
		if allowed == "" {
			sendProblem(w, unknownResource(r.URL.EscapedPath()))
			return
		}
		w.Header().Set("Allow", allowed)
		sendProblem(w, &problem{
			Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED", Message: "This path takes " + allowed,
		})
	})
}

// allowedMethods lists the methods that the path of a request takes.
func allowedMethods(mux *http.ServeMux, r *http.Request) []string {
	var out []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != "" {
			out = append(out, method)
		}
	}
	return out
}

func sendProblem(w http.ResponseWriter, p *problem) { double.SendJSON(w, p.Status, p) }
