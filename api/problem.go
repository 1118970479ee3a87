package api

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core"
)

// contentTypeProblem is the media type of problem details.
// https://www.rfc-editor.org/rfc/rfc9457#section-3
const contentTypeProblem = "application/problem+json"

// wantsProblem tells whether the client names the media type in its Accept header
// and does not like plain JSON better. A wildcard does not name it: most clients
// send one without knowing problems.
func wantsProblem(r *http.Request) bool {
	problem, plain := 0.0, 0.0
	for _, line := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(line, ",") {
			mediaType, params, err := mime.ParseMediaType(part)
			if err != nil {
				continue
			}
			switch mediaType {
			case contentTypeProblem:
				problem = max(problem, quality(params))
			case "application/json":
				plain = max(plain, quality(params))
			}
		}
	}
	return problem > 0 && problem >= plain
}

// quality is the weight of a media type, from 0 (not wanted) to 1. What is not a
// weight counts as not wanted.
// https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
func quality(params map[string]string) float64 {
	q, given := params["q"]
	if !given {
		return 1
	}
	weight, err := strconv.ParseFloat(q, 64)
	if err != nil || !(weight >= 0 && weight <= 1) {
		return 0
	}
	return weight
}

// problem turns an encoded error answer into problem details. The members of the
// answer stay beside those of the RFC, except for status, which is the number
// here. It depends on nothing else, so that an answer that is given again for an
// Idempotency-Key is the same again.
func (a *API) problem(status int, body []byte) []byte {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &members); err != nil {
		members = map[string]json.RawMessage{"results": body} // a list of results
	}
	first := firstError(members)
	info := first.Code.Info()
	own := map[string]any{
		"type":   a.PublicURL + "/error-explainer?code=" + strconv.Itoa(int(info.Code)),
		"title":  info.Meaning,
		"status": status,
		"detail": first.Message,
		"code":   info.Code,
	}
	for name, value := range own {
		members[name], _ = encode(value) // strings and numbers always encode
	}
	out, _ := encode(members) // every member is encoded already
	return out
}

// firstError finds the error that describes the answer best: the flat one, or
// the first of a list.
func firstError(members map[string]json.RawMessage) errorEntry {
	var flat errorEntry
	_ = json.Unmarshal(members["code"], &flat.Code)
	_ = json.Unmarshal(members["message"], &flat.Message)
	if flat.Code != 0 {
		return flat
	}
	for _, name := range []string{"errors", "results"} {
		var entries []errorEntry
		if err := json.Unmarshal(members[name], &entries); err != nil {
			continue
		}
		for _, e := range entries {
			if e.Status == statusError {
				return e
			}
		}
	}
	return errorEntry{Code: core.CodeInternal, Message: flat.Message}
}
