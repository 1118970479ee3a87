package api_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

func urlUnescape(s string) (string, error) { return url.QueryUnescape(s) }

// attack is one request of a stranger that names what belongs to the victim.
type attack struct {
	path    string
	body    any
	headers []header
	status  int
	code    core.Code // 0: the answer reports no error
	// native means that the network itself is asked, which shows to the stranger what it
	// shows to everybody.
	native bool
}

// guarded is what a route is tried with. The first attack is also made without a key, with
// wrong ones and with that of a deleted profile.
type guarded struct {
	attacks []attack
	// public is set for routes that take no key; their right is in the address.
	public bool
}

func at(path string, body any, status int, code core.Code) attack {
	return attack{path: path, body: body, status: status, code: code}
}

// natively is at for what asks the network.
func natively(path string, body any, status int, code core.Code) attack {
	return attack{path: path, body: body, status: status, code: code, native: true}
}

func by(attacks ...attack) guarded { return guarded{attacks: attacks} }

// TestIsolation tries every route with every kind of wrong key, and with the key of a
// profile for what belongs to another: the right refusal, nothing leaked, nothing changed.
// A route without an entry in guards fails it.
func TestIsolation(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	guards := v.guards()
	before := v.snapshot()
	var missing []string
	v.api.EachRoute(func(method, route string) {
		if method == http.MethodHead {
			return // the same handler as GET
		}
		g, there := guards[method+" "+route]
		if !there {
			missing = append(missing, method+" "+route)
			return
		}
		delete(guards, method+" "+route)
		t.Run(method+" "+route, func(t *testing.T) {
			v := *v
			v.server = v.with(t)
			if !g.public {
				v.tryKeys(method, g.attacks[0])
			}
			for _, a := range g.attacks {
				v.try(method, a)
			}
			if diff := cmp.Diff(before, v.snapshot()); diff != "" {
				t.Errorf("the victim's own has changed (-before +after):\n%s", diff)
				before = v.snapshot()
			}
		})
	})
	slices.Sort(missing)
	for _, route := range missing {
		t.Errorf("nobody has tried to get at another profile's by %s: give it an entry in guards", route)
	}
	for route := range guards {
		t.Errorf("there is no route %s", route)
	}
}

// tryKeys makes a request with every kind of wrong key.
func (v *victim) tryKeys(method string, a attack) {
	v.t.Helper()
	bearer := func(key string) header { return header{"Authorization", "Bearer " + key} }
	for name, tt := range map[string]struct {
		headers []header
		status  int
		code    core.Code
	}{
		"no key":                              {nil, 401, core.CodeUnauthorized},
		"a wrong key":                         {[]header{bearer(unknownKey)}, 401, core.CodeUnauthorized},
		"a profile's key as API key":          {[]header{bearer(victimKey)}, 401, core.CodeUnauthorized},
		"a profile's key as both":             {[]header{bearer(victimKey), {"Profile-Key", victimKey}}, 401, core.CodeUnauthorized},
		"a profile's key alone":               {[]header{{"Profile-Key", victimKey}}, 401, core.CodeUnauthorized},
		"an unknown profile":                  {[]header{bearer(apiKey), {"Profile-Key", unknownKey}}, 403, core.CodeProfileKey},
		"a deleted profile":                   {[]header{bearer(apiKey), {"Profile-Key", deletedKey}}, 403, core.CodeProfileKey},
		"the key of a deleted one as API key": {[]header{bearer(deletedKey)}, 401, core.CodeUnauthorized},
	} {
		r := v.send(v.t.Context(), method, a.path, a.body, append(slices.Clone(a.headers), tt.headers...)...)
		if p := r.problems()[0]; r.status != tt.status || p.Code != tt.code {
			v.t.Errorf("%s with %s: %d and code %d, want %d and %d\n%s", r, name, r.status, p.Code, tt.status, tt.code, r.body)
		}
		if strings.Contains(name, "profile's key as") && !strings.Contains(string(r.body), "Profile-Key") {
			v.t.Errorf("%s with %s: the answer does not tell where the key belongs: %s", r, name, r.body)
		}
		v.checkLeaks(r, false)
	}
}

// try makes an attack.
func (v *victim) try(method string, a attack) {
	v.t.Helper()
	key := strangeKey
	if method == http.MethodGet || method == http.MethodDelete {
		key = readerKey
	}
	r := v.as(key, method, a.path, a.body, a.headers...)
	var code core.Code
	if r.status >= http.StatusBadRequest {
		code = r.firstCode()
	}
	if r.status != a.status || code != a.code {
		v.t.Errorf("%s %s: %d and code %d, want %d and %d\n%s", r, r.requestBody, r.status, code, a.status, a.code, r.body)
	}
	v.checkLeaks(r, a.native)
}

// firstCode returns the number of the first error of an answer, which may be a list of
// results.
func (r *response) firstCode() core.Code {
	r.t.Helper()
	if !strings.HasPrefix(string(r.body), "[") {
		return r.problems()[0].Code
	}
	var list []problem
	if err := jsonUnmarshal(r.body, &list); err != nil || len(list) == 0 {
		r.t.Fatalf("%s: %v\n%s", r, err, r.body)
	}
	return list[0].Code
}
