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

// wantsProblem tells whether the client names the media type in its Accept
// header. A wildcard does not: most clients send one without knowing problems.
func wantsProblem(r *http.Request) bool {
	for _, line := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(line, ",") {
			mediaType, params, err := mime.ParseMediaType(part)
			if err != nil || mediaType != contentTypeProblem {
				continue
			}
			if q, err := strconv.ParseFloat(params["q"], 64); err != nil || q > 0 {
				return true
			}
		}
	}
	return false
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
