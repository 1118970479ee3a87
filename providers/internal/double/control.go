package double

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

// maxControlBody is the largest body of the control API.
const maxControlBody = 1 << 20

// Decode reads the JSON body of a request to a control API. It wants the content type too, so
// that a page in a browser cannot send such a request across origins unasked. The status goes
// with the error.
func Decode(r *http.Request, v any) (int, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return http.StatusUnsupportedMediaType, errors.New("send Content-Type: application/json")
	}
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxControlBody))
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

// SendJSON answers with a value, indented.
func SendJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // the client is gone; nobody is left to tell
}

// SendError answers with {"error": "…"}.
func SendError(w http.ResponseWriter, status int, err error) {
	SendJSON(w, status, map[string]string{"error": err.Error()})
}

// Do is the handler of a POST that answers with something else than it was sent.
func Do[In, Out any](status int, do func(In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		if status, err := Decode(r, &in); err != nil {
			SendError(w, status, err)
			return
		}
		out, err := do(in)
		if err != nil {
			SendError(w, http.StatusBadRequest, err)
			return
		}
		SendJSON(w, status, out)
	}
}

// Add is the handler of a POST that adds something and answers with it.
func Add[T any](add func(T) error) http.HandlerFunc {
	return Do(http.StatusCreated, func(v T) (T, error) { return v, add(v) })
}

// Show is the handler of a GET that answers with what there is.
func Show[T any](get func() T) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { SendJSON(w, http.StatusOK, get()) }
}

// List makes an empty list appear as [] instead of null.
func List[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// SameOrigin keeps pages of other origins from changing anything.
func SameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		SendError(w, http.StatusForbidden, errors.New("cross-origin request refused"))
	}))
	return protection.Handler(next)
}
