package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract is openapi.yaml, ready to hold exchanges against it.
type contract struct {
	*openapi3.T
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by place in the document
}

// loadContract reads openapi.yaml once for all tests of a run.
var loadContract = sync.OnceValues(func() (*contract, error) {
	data, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background(), openapi3.IsOpenAPI31OrLater()); err != nil {
		return nil, err
	}
	text, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, err
	}
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := &contract{T: doc, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	return c, c.compiler.AddResource(contractURL, resource)
})

const contractURL = "https://crier.example/openapi.json"

func description(t testing.TB) *contract {
	t.Helper()
	c, err := loadContract()
	if err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	return c
}

// schema compiles the schema at a place in the document, once.
func (c *contract) schema(place ...string) (*jsonschema.Schema, error) {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	parts := make([]string, len(place))
	for i, p := range place {
		parts[i] = url.PathEscape(escape.Replace(p))
	}
	pointer := "#/" + strings.Join(parts, "/")
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, known := c.schemas[pointer]; known {
		return s, nil
	}
	s, err := c.compiler.Compile(contractURL + pointer)
	if err == nil {
		c.schemas[pointer] = s
	}
	return s, err
}

// check holds a JSON text against the schema at a place.
func (c *contract) check(data []byte, place ...string) error {
	s, err := c.schema(place...)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// exchange is one request with its answer.
type exchange struct {
	request     *http.Request
	requestBody []byte
	status      int
	header      http.Header
	body        []byte
}

// holdsTo reports where an exchange departs from the description. A request that
// was answered with 2xx has to be as described, and every answer has to be,
// whatever the request. Paths and methods that are not described must have been
// answered with 404 and 405, or with 501 where Crier has nothing for a path of the
// API that it speaks.
func (e exchange) holdsTo(t testing.TB, c *contract) {
	t.Helper()
	route, params := findRoute(c.T, e.request)
	if route == nil {
		e.checkUndescribed(t, c)
		return
	}
	options := &openapi3filter.Options{
		AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
		IncludeResponseStatus: true,
		SkipSettingDefaults:   true,
		MultiError:            true,
		// Bodies are held against schemas that are compiled once.
		ExcludeRequestBody:  true,
		ExcludeResponseBody: true,
	}
	input := &openapi3filter.RequestValidationInput{
		Request: e.request, PathParams: params, Route: route, Options: options,
		QueryParams: plainQuery(e.request.URL),
	}
	if e.status < 300 {
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			t.Errorf("%s: the request was answered with %d but departs from openapi.yaml: %v", e, e.status, err)
		}
		if err := e.checkRequestBody(c, route); err != nil {
			t.Errorf("%s: the body was answered with %d but departs from openapi.yaml: %v\n%s", e, e.status, err, e.requestBody)
		}
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: e.status, Header: e.header, Options: options,
	}
	if err := openapi3filter.ValidateResponse(context.Background(), response); err != nil {
		t.Errorf("%s: the answer %d departs from openapi.yaml: %v", e, e.status, err)
	}
	if err := e.checkResponseBody(c, route); err != nil {
		t.Errorf("%s: the answer %d departs from openapi.yaml: %v\n%s", e, e.status, err, e.body)
	}
}

// checkRequestBody checks a JSON body. Forms and plain text have no schema beyond
// being there.
func (e exchange) checkRequestBody(c *contract, route *routers.Route) error {
	body := route.Operation.RequestBody
	switch {
	case body == nil && len(e.requestBody) > 0:
		return errors.New("no body is described")
	case body == nil, !body.Value.Required && len(e.requestBody) == 0:
		return nil
	}
	kind := mediaType(e.request.Header)
	if body.Value.Content.Get(kind) == nil {
		return fmt.Errorf("a body of type %q is not described", kind)
	}
	if kind != "application/json" || len(e.requestBody) == 0 {
		return nil
	}
	text := bytes.TrimPrefix(e.requestBody, []byte("\ufeff")) // a byte order mark is no part of the JSON
	return c.check(text, "paths", route.Path, strings.ToLower(route.Method), "requestBody", "content", kind, "schema")
}

func (e exchange) checkResponseBody(c *contract, route *routers.Route) error {
	kind := mediaType(e.header)
	described := route.Operation.Responses.Status(e.status)
	switch {
	case described == nil: // reported already
		return nil
	case len(e.body) == 0 && len(described.Value.Content) == 0:
		return nil
	case e.request.Method == http.MethodHead || described.Value.Content.Get(kind) != nil && kind != "application/json" && kind != "application/problem+json":
		return nil // a file
	case described.Value.Content.Get(kind) == nil:
		return fmt.Errorf("an answer of type %q is not described", kind)
	}
	place := []string{"paths", route.Path, strings.ToLower(route.Method), "responses", strconv.Itoa(e.status)}
	if described.Ref != "" {
		place = strings.Split(strings.TrimPrefix(described.Ref, "#/"), "/")
	}
	return c.check(e.body, append(place, "content", kind, "schema")...)
}

// checkUndescribed checks the answer to a path or method that does not exist.
func (e exchange) checkUndescribed(t testing.TB, c *contract) {
	t.Helper()
	if e.status != http.StatusNotFound && e.status != http.StatusMethodNotAllowed && e.status != http.StatusNotImplemented {
		t.Errorf("%s was answered with %d, but openapi.yaml does not have it", e, e.status)
		return
	}
	schema := "Error"
	if mediaType(e.header) == "application/problem+json" {
		schema = "Problem"
	}
	if err := c.check(e.body, "components", "schemas", schema); err != nil && e.request.Method != http.MethodHead {
		t.Errorf("%s: the answer departs from openapi.yaml: %v", e, err)
	}
}

func (e exchange) String() string { return e.request.Method + " " + e.request.URL.RequestURI() }

func mediaType(h http.Header) string {
	t, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// plainQuery writes the list parameters in the one form that the description can
// express.
func plainQuery(u *url.URL) url.Values {
	out := url.Values{}
	for name, values := range u.Query() {
		plain, _, _ := strings.Cut(name, "[")
		out[plain] = append(out[plain], values...)
	}
	return out
}

// findRoute finds the described operation that a request is for; an exact path comes
// before one with a parameter, also where it lacks the method: GET /post/bulk is not
// described by GET /post/{id}. HEAD is described once for all, as GET.
// https://spec.openapis.org/oas/v3.1.0#path-templating-matching
func findRoute(doc *openapi3.T, r *http.Request) (*routers.Route, map[string]string) {
	path, method := strings.TrimPrefix(r.URL.EscapedPath(), "/api"), r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var found *routers.Route
	var params map[string]string
	for template, item := range doc.Paths.Map() {
		p, ok := match(template, path)
		if !ok || found != nil && len(p) >= len(params) {
			continue
		}
		found = &routers.Route{Spec: doc, Path: template, PathItem: item, Method: method, Operation: item.GetOperation(method)}
		params = p
	}
	if found == nil || found.Operation == nil {
		return nil, nil
	}
	return found, params
}

// match compares a path with a template like /post/{id}.
func match(template, path string) (map[string]string, bool) {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	params := map[string]string{}
	for i := range want {
		if name, isParam := strings.CutPrefix(want[i], "{"); isParam && got[i] != "" {
			value, err := url.PathUnescape(got[i])
			if err != nil {
				return nil, false
			}
			params[strings.TrimSuffix(name, "}")] = value
			continue
		}
		if want[i] != got[i] {
			return nil, false
		}
	}
	return params, true
}
