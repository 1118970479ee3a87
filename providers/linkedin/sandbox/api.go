package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

const maxAPIBody = 1 << 20 // bytes; far above what any call needs

// serveAPI answers one request of the API: faults first, then the call itself. A
// request whose connection is to be cut is aborted here, before or after the call
// took effect.
func (s *Sandbox) serveAPI(w http.ResponseWriter, r *http.Request) {
	entry := s.begin(r)
	f := s.faults.Take(r)
	if f != nil {
		entry.Fault = f.Action
	}
	if !f.Wait(r.Context(), s.opts.Clock, s.nextLatency()) {
		s.finish(entry, 0, nil)
		panic(http.ErrAbortHandler)
	}
	if f.CutsBefore() {
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxUploadSize))
		s.finish(entry, 0, nil)
		panic(http.ErrAbortHandler)
	}
	f.Bound(r)
	c := &call{http: r, base: s.baseURL(r), now: s.opts.Clock.Now()}
	answer := s.answerWith(c, f)
	entry.Token, entry.RestMethod, entry.Transfer, entry.GrantType = c.token.Name, string(c.method), c.transfer, c.grant
	s.finish(entry, answer.status, c.notes)
	if f.CutsAfter() {
		panic(http.ErrAbortHandler)
	}
	drain(r)
	s.write(w, answer)
}

// answerWith computes the answer of a call, faults that replace it included.
func (s *Sandbox) answerWith(c *call, f *Fault) *reply {
	if f != nil {
		switch f.Action {
		case ActionRespond:
			return faultReply(f)
		case ActionRateLimit:
			return failed(throttled())
		case ActionExpireToken:
			s.expireTokenOf(c)
		case ActionReject:
			c.rejected = &f.After
		case ActionExpireUpload:
			s.expireUploadOf(c)
		case ActionDelay, ActionCutBefore, ActionCutAfter, ActionCutDuring:
			// The call itself goes its way.
		}
	}
	answer, bad := s.route(c)
	if bad != nil {
		return failed(bad)
	}
	return answer
}

func failed(p *problem) *reply { return &reply{status: p.Status, body: p} }

func (s *Sandbox) route(c *call) (*reply, *problem) {
	path := c.http.URL.EscapedPath()
	switch {
	case strings.HasPrefix(path, uploadPrefix):
		return s.receiveUpload(c)
	case strings.HasPrefix(path, "/v2/"):
		return s.serveIdentity(c)
	case strings.HasPrefix(path, oauthPrefix):
		return s.serveOAuth(c)
	default:
		return s.serveRest(c)
	}
}

// serveRest understands a request to /rest and hands it to its endpoint. The order
// of the checks is LinkedIn's: who, which version, what, how often, may they.
func (s *Sandbox) serveRest(c *call) (*reply, *problem) {
	if bad := s.authenticate(c); bad != nil {
		return nil, bad
	}
	if bad := s.checkVersion(c); bad != nil {
		return nil, bad
	}
	if bad := c.checkProtocol(); bad != nil {
		return nil, bad
	}
	e, bad := s.resolve(c)
	if bad != nil {
		return nil, bad
	}
	if bad := s.countCall(c); bad != nil {
		return nil, bad
	}
	answer, bad := e.serve(s, c)
	if bad != nil {
		return nil, bad
	}
	return c.project(answer)
}

func (c *call) checkProtocol() *problem {
	switch protocol := c.http.Header.Get("X-Restli-Protocol-Version"); protocol {
	case "2.0.0":
		c.protocol = true
	case "", "1.0.0":
		c.note("X-Restli-Protocol-Version: 2.0.0 is missing: lists and records are not parsed")
	default:
		return illegalArgument("Rest.li protocol version %s used by the client is not supported", limitString(protocol, 20))
	}
	return nil
}

// resolve finds the endpoint of a request and decodes its key and parameters.
func (s *Sandbox) resolve(c *call) (endpoint, *problem) {
	path := c.http.URL.EscapedPath()
	res, at, known := s.locate(path)
	if !known {
		return endpoint{}, unknownResource(path)
	}
	c.resource = at.name
	httpMethod, rawQuery, bad := c.readBody()
	if bad != nil {
		return endpoint{}, bad
	}
	c.query = rawQuery
	query, err := splitQuery(rawQuery)
	if err != nil {
		return endpoint{}, illegalArgument("Invalid query parameters passed to request: %s", err)
	}
	if c.method, bad = methodOf(httpMethod, c.http.Header.Get("X-RestLi-Method"), at.key != "" || res.single, query); bad != nil {
		return endpoint{}, bad
	}
	if (c.method == methodFinder || c.method == methodAction) && at.key != "" && !res.record {
		return endpoint{}, illegalArgument("%s belongs to the collection %s, not to one entity", c.method, at.name)
	}
	e, bad := res.endpoint(at.name, c.method, query)
	if bad != nil {
		return endpoint{}, bad
	}
	if bad = c.decodeKeys(res, at); bad != nil {
		return endpoint{}, bad
	}
	return e, c.decodeParams(e, query)
}

func (res resource) endpoint(name string, m restMethod, query map[string]string) (endpoint, *problem) {
	table, missing := map[string]endpoint(nil), ""
	switch m {
	case methodFinder:
		table, missing = res.finders, query["q"]
	case methodAction:
		table, missing = res.actions, query["action"]
	default:
		if e, ok := res.methods[m]; ok {
			return e, nil
		}
		return endpoint{}, methodNotAllowed(name, m)
	}
	if e, ok := table[missing]; ok {
		return e, nil
	}
	return endpoint{}, illegalArgument("%s '%s' not found in resource %s", strings.ToLower(string(m)), limitString(missing, 40), name)
}

func (c *call) decodeParams(e endpoint, query map[string]string) *problem {
	c.params = map[string]value{}
	for name, raw := range query {
		switch name {
		case "q", "action":
			continue
		case "fields":
			c.fields = strings.Split(raw, ",")
			continue
		}
		if !slices.Contains(e.params, name) {
			return invalidField("QUERY_PARAM_NOT_ALLOWED", name, "Invalid query parameter %s", limitString(name, 60))
		}
		v, err := c.decodeParam(raw)
		if err != nil {
			return invalidParam(name, "Invalid value for param; wrong type or other syntax error")
		}
		c.params[name] = v
	}
	return nil
}

// decodeParam reads a value by the protocol that the client speaks: under the old
// one a list is an ordinary string, which no parameter takes.
func (c *call) decodeParam(raw string) (value, error) {
	if c.protocol {
		return parseValue(raw)
	}
	s, err := percentDecode(raw)
	return value{kind: kindString, str: s}, err
}

// write sends an answer with the headers that LinkedIn's have, unless it has its own.
func (s *Sandbox) write(w http.ResponseWriter, a *reply) {
	h := w.Header()
	h.Set("X-Li-Uuid", randomID(16))
	h.Set("X-Li-Request-Id", randomID(12))
	h.Set("X-Li-Fabric", "sandbox")
	h.Set("X-Li-Pop", "sandbox")
	h.Set("X-Restli-Protocol-Version", "2.0.0")
	maps.Copy(h, a.header)
	raw, isRaw := a.body.([]byte)
	if a.body != nil && !isRaw {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(a.body); err != nil {
			panic("sandbox: answer cannot be encoded: " + err.Error())
		}
		raw = bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
		h.Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(raw)
}
