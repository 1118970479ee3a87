package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/crier-social/crier/providers/bluesky/atdata"
	"github.com/crier-social/crier/providers/bluesky/sandbox/appview"
	"github.com/crier-social/crier/providers/bluesky/sandbox/lexicon"
)

// xrpcPrefix begins the paths of methods. https://atproto.com/specs/xrpc
const xrpcPrefix = "/xrpc/"

// maxInput is the largest JSON body, in bytes.
const maxInput = 150 << 10

// problem is an error as a method answers it.
type problem struct {
	status  int
	name    string
	message string
	header  http.Header
}

func invalid(message string) *problem { return named("InvalidRequest", message) }

func named(name, message string) *problem {
	return &problem{status: http.StatusBadRequest, name: name, message: message}
}

func unauthorized(name, message string) *problem {
	return &problem{status: http.StatusUnauthorized, name: name, message: message}
}

// broken is how the genuine server answers what it did not expect.
func broken() *problem {
	return &problem{status: http.StatusInternalServerError, name: "InternalServerError", message: "Internal Server Error"}
}

func tooLarge() *problem {
	return &problem{status: http.StatusRequestEntityTooLarge, name: "PayloadTooLarge", message: "request entity too large"}
}

// access says who may call a method.
type access int

const (
	byAnybody  access = iota
	byRefresh         // token, which may have ended
	byAccount         // whatever its state
	byPassword        // the main one
)

// method is one method of the API.
type method struct {
	verb   string // GET or POST
	access access
	// handle answers; nil means no body. It is called with the lock, unless own is set.
	handle func(*Sandbox, *call) (any, *problem)
	own    bool
	stream bool // the body is no JSON
}

// call is one request to a method.
type call struct {
	http   *http.Request
	base   string // address of the sandbox as the client sees it
	now    time.Time
	params url.Values
	input  map[string]any
	who    *account
	token  credentials
	header http.Header // of the answer
}

func (c *call) param(name string) string { return c.params.Get(name) }

// text returns a string of the input.
func (c *call) text(name string) string {
	s, _ := c.input[name].(string)
	return s
}

// need returns a parameter that has to be there.
func (c *call) need(name string) (string, *problem) {
	if v := c.params.Get(name); v != "" {
		return v, nil
	}
	return "", invalid(`Error: Params must have the property "` + name + `"`)
}

// reply is what a request is answered with.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (p *problem) reply(header http.Header) *reply {
	maps.Copy(header, p.header)
	body := struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	}{p.name, p.message}
	return jsonReply(p.status, header, body)
}

func jsonReply(status int, header http.Header, v any) *reply {
	if v == nil {
		return &reply{status: status, header: header}
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	return &reply{status: status, header: header, body: compact(v)}
}

// compact writes JSON as servers of the AT protocol do: nothing escaped that needs not be.
func compact(v any) []byte {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte("null")
	}
	return []byte(strings.TrimSuffix(out.String(), "\n"))
}

// serveXRPC answers a method of the API.
func (s *Sandbox) serveXRPC(r *http.Request, now time.Time) (*reply, *call) {
	c := &call{http: r, base: s.baseURL(r), now: now, header: http.Header{}, params: r.URL.Query()}
	c.header.Set("Access-Control-Allow-Origin", "*")
	out, bad := s.serveMethod(c)
	switch {
	case bad != nil:
		return bad.reply(c.header), c
	default:
		if raw, isReply := out.(*reply); isReply {
			return raw, c
		}
		return jsonReply(http.StatusOK, c.header, out), c
	}
}

func (s *Sandbox) serveMethod(c *call) (any, *problem) {
	name := methodName(c)
	m, known := s.methods[name]
	if !known && appview.Has(name) && c.http.Method != http.MethodPost {
		return s.serveAppView(c)
	}
	if !known {
		return nil, s.unknownMethod(c)
	}
	verb := c.http.Method
	if verb == http.MethodHead {
		verb = http.MethodGet
	}
	if verb != m.verb {
		return nil, s.unknownMethod(c)
	}
	if bad := s.authenticate(c, m.access); bad != nil {
		return nil, bad
	}
	if m.verb == http.MethodPost && !m.stream {
		if bad := c.readInput(name); bad != nil {
			return nil, bad
		}
	}
	if m.own {
		return m.handle(s, c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.handle(s, c)
}

// unknownMethod is what a server answers that hands all else to its AppView: who is asking comes first.
func (s *Sandbox) unknownMethod(c *call) *problem {
	if bad := s.authenticate(c, byAccount); bad != nil {
		return bad
	}
	return &problem{status: http.StatusNotImplemented, name: "MethodNotImplemented", message: "Method Not Implemented"}
}

// readInput reads the JSON body of a method that has one.
func (c *call) readInput(name string) *problem {
	raw, err := io.ReadAll(http.MaxBytesReader(nil, c.http.Body, maxInput))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return tooLarge()
		}
		return named("InvalidRequest", "request aborted")
	}
	if !lexicon.HasInput(name) {
		if len(raw) > 0 {
			return invalid("A request body was provided when none was expected")
		}
		return nil
	}
	if c.http.Header.Get("Content-Type") == "" {
		return invalid("Request encoding (Content-Type) required but not provided")
	}
	if len(raw) == 0 {
		return invalid("A request body is expected but none was provided")
	}
	if kind, _, _ := strings.Cut(c.http.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return invalid("Wrong request encoding (Content-Type): " + c.http.Header.Get("Content-Type"))
	}
	v, err := atdata.Parse(raw)
	if float, isFloat := errors.AsType[*atdata.FloatError](err); isFloat {
		return invalid("Expected one of null, boolean, integer, string, cid, bytes, array or object value type (got " +
			float.Number + ") at " + lexicon.PathText(float.Path))
	}
	if err != nil {
		return named("SyntaxError", syntaxMessage(err))
	}
	if err := lexicon.CheckInput(name, v); err != nil {
		return invalid(err.Error())
	}
	c.input, _ = v.(map[string]any)
	return nil
}

func syntaxMessage(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "Unexpected end of JSON input"
	}
	return err.Error()
}
