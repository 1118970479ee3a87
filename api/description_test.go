package api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// loadDescription reads openapi.yaml once for all tests of a run.
var loadDescription = sync.OnceValues(func() (*openapi3.T, error) {
	data, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background(), openapi3.IsOpenAPI31OrLater())
})

func description(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := loadDescription()
	if err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	return doc
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
// answered with 404 and 405.
func (e exchange) holdsTo(t testing.TB, doc *openapi3.T) {
	t.Helper()
	route, params := findRoute(doc, e.request)
	if route == nil {
		e.checkUndescribed(t, doc)
		return
	}
	options := &openapi3filter.Options{
		AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
		IncludeResponseStatus: true,
		SkipSettingDefaults:   true,
		MultiError:            true,
	}
	request := e.request.Clone(context.Background())
	request.Body = io.NopCloser(bytes.NewReader(e.requestBody))
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params, Route: route, Options: options,
		QueryParams: plainQuery(request.URL),
	}
	if e.status < 300 {
		if mediaType(request) == "multipart/form-data" || mediaType(request) == "" || mediaType(request) == "text/plain" {
			options.ExcludeRequestBody = true // parts and plain text have no schema beyond being there
		}
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			t.Errorf("%s: the request was answered with %d but departs from openapi.yaml: %v\n%s", e, e.status, err, e.requestBody)
		}
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: e.status, Header: e.header, Options: options,
	}
	if strings.HasPrefix(e.header.Get("Content-Type"), "image/") || e.request.Method == http.MethodHead {
		options.ExcludeResponseBody = true
	}
	response.SetBodyBytes(e.body)
	if err := openapi3filter.ValidateResponse(context.Background(), response); err != nil {
		t.Errorf("%s: the answer %d departs from openapi.yaml: %v\n%s", e, e.status, err, e.body)
	}
}

// checkUndescribed checks the answer to a path or method that does not exist.
func (e exchange) checkUndescribed(t testing.TB, doc *openapi3.T) {
	t.Helper()
	if e.status != http.StatusNotFound && e.status != http.StatusMethodNotAllowed {
		t.Errorf("%s was answered with %d, but openapi.yaml does not have it", e, e.status)
		return
	}
	if e.request.Method == http.MethodHead {
		return
	}
	var v any
	if err := jsonUnmarshal(e.body, &v); err != nil {
		t.Errorf("%s: %v", e, err)
		return
	}
	schema := doc.Components.Schemas["Error"].Value
	if strings.HasPrefix(e.header.Get("Content-Type"), "application/problem+json") {
		schema = doc.Components.Schemas["Problem"].Value
	}
	if err := schema.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("%s: the answer departs from openapi.yaml: %v", e, err)
	}
}

func (e exchange) String() string { return e.request.Method + " " + e.request.URL.RequestURI() }

func mediaType(r *http.Request) string {
	t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.TrimSpace(t)
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

// findRoute finds the described operation that a request is for; an exact path
// comes before one with a parameter.
func findRoute(doc *openapi3.T, r *http.Request) (*routers.Route, map[string]string) {
	path := strings.TrimPrefix(r.URL.Path, "/api")
	var found *routers.Route
	var params map[string]string
	for template, item := range doc.Paths.Map() {
		p, ok := match(template, path)
		operation := item.GetOperation(r.Method)
		if !ok || operation == nil || found != nil && len(p) > 0 {
			continue
		}
		found = &routers.Route{Spec: doc, Path: template, PathItem: item, Method: r.Method, Operation: operation}
		params = p
		if len(p) == 0 {
			break
		}
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
			params[strings.TrimSuffix(name, "}")] = got[i]
			continue
		}
		if want[i] != got[i] {
			return nil, false
		}
	}
	return params, true
}
