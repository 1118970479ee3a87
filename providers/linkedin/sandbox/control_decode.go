package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
)

// decodeControl reads a JSON body. It wants the content type too, so that a page in
// a browser cannot send such a request across origins unasked.
func decodeControl(r *http.Request, v any) (int, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return http.StatusUnsupportedMediaType, errors.New("send Content-Type: application/json")
	}
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxAPIBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return decodeStatus(err), fmt.Errorf("body: %s", explainJSON(err))
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return http.StatusBadRequest, errors.New("body: more than one JSON value")
	}
	return 0, nil
}

func decodeStatus(err error) int {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// explainJSON says what is wrong with a body in terms of JSON, where the decoder
// speaks of Go.
func explainJSON(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		got, _, _ := strings.Cut(e.Value, " ") // a number is followed by its digits
		if e.Field == "" {
			return fmt.Sprintf("want %s, not %s", nameOfType(e.Type), got)
		}
		return fmt.Sprintf("%s: want %s, not %s", e.Field, nameOfType(e.Type), got)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("no valid JSON at byte %d", e.Offset)
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fmt.Sprintf("more than %d bytes", e.Limit)
	}
	if field, found := strings.CutPrefix(err.Error(), "json: unknown field "); found { // it has no type
		return "unknown field " + field
	}
	switch {
	case errors.Is(err, io.EOF):
		return "it is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the JSON is not complete"
	}
	// What remains are the values that decode themselves, which are times.
	return `want times of the form "2030-01-31T09:00:00Z"`
}

// nameOfType is what JSON calls the values that a Go type takes.
func nameOfType(t reflect.Type) string {
	switch t.Kind() { //nolint:exhaustive // the rest are numbers
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}
