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
func documentSource(version string, networks []core.Provider) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		document, err := yaml.YAMLToJSON(description)
		if err != nil {
			return nil, err
		}
		if len(networks) > 0 {
			if document, err = withOptions(document, networks); err != nil {
				return nil, err
			}
		}
		if version == "" {
			return document, nil
		}
		return withVersion(document, version)
	})
}

// withOptions puts the option blocks of this server's networks into the document, beside
// the pattern that stands for all of them.
func withOptions(document []byte, networks []core.Provider) ([]byte, error) {
	return within(document, []string{"components", "schemas", "PostRequest", "properties"}, func(properties []byte) ([]byte, error) {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(properties, &members); err != nil {
			return nil, err
		}
		for _, p := range networks {
			info := p.Info()
			block, err := encode(blockSchema(info))
			if err != nil {
				return nil, err
			}
			members[info.OptionsKey] = block
		}
		return encode(members)
	})
}

// blockSchema describes the option block of a network. The type of an option is part of its
// description: some take several.
func blockSchema(info core.Info) map[string]any {
	options := map[string]any{}
	for _, o := range info.Options {
		options[o.Name] = map[string]any{"description": o.Help + " (" + o.Type + ")"}
	}
	return map[string]any{
		"type": []string{"object", "null"}, "properties": options,
		"description": "Options of " + info.Title + ".",
	}
}

// within changes the part of a JSON document that is at a path of keys.
func within(document []byte, path []string, change func([]byte) ([]byte, error)) ([]byte, error) {
	if len(path) == 0 {
		return change(document)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(document, &members); err != nil {
		return nil, err
	}
	part, err := within(members[path[0]], path[1:], change)
	if err != nil {
		return nil, err
	}
	members[path[0]] = part
	return encode(members)
}

// withVersion puts the version of the program into the document.
func withVersion(document []byte, version string) ([]byte, error) {
	return within(document, []string{"info", "version"}, func([]byte) ([]byte, error) { return encode(version) })
}

// openAPI is GET /openapi.json.
func (a *API) openAPI(*gin.Context) answer {
	document, err := a.document()
	if err != nil {
		return fail("request", &core.Error{Kind: core.KindInternal, Message: "an internal error occurred", Err: err})
	}
	return ok(json.RawMessage(document))
}
