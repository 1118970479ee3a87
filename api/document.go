package api

import (
	_ "embed"
	"encoding/json"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/goccy/go-yaml"

	"github.com/crier-social/crier/core"
)

// description is the API's description, written by hand; the tests hold every
// route and every exchange against it.
//
//go:embed openapi.yaml
var description []byte

// documentSource returns what gives the description as JSON. It is converted when
// it is first asked for, so that starting stays fast.
func documentSource(version string) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		document, err := yaml.YAMLToJSON(description)
		if err != nil || version == "" {
			return document, err
		}
		return withVersion(document, version)
	})
}

// withVersion puts the version of the program into the document.
func withVersion(document []byte, version string) ([]byte, error) {
	var members, info map[string]json.RawMessage
	if err := json.Unmarshal(document, &members); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(members["info"], &info); err != nil {
		return nil, err
	}
	var err error
	if info["version"], err = encode(version); err != nil {
		return nil, err
	}
	if members["info"], err = encode(info); err != nil {
		return nil, err
	}
	return encode(members)
}

// openAPI is GET /openapi.json.
func (a *API) openAPI(*gin.Context) answer {
	document, err := a.document()
	if err != nil {
		return fail("request", &core.Error{Kind: core.KindInternal, Message: "an internal error occurred", Err: err})
	}
	return ok(json.RawMessage(document))
}
