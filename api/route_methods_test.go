package api_test

import (
	"net/http"
	"testing"

	"github.com/crier-social/crier/core"
)

// TestWrongMethods: a path with a name of its own is never taken for the parameter of
// another one, whatever the method.
func TestWrongMethods(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for path, tc := range map[string]struct {
		methods []string // that it does not take
		allow   string
	}{
		"/post/bulk":             {[]string{"GET", "HEAD", "DELETE", "OPTIONS"}, "POST, PUT"},
		"/api/post/bulk":         {[]string{"GET", "PATCH"}, "POST, PUT"},
		"/post/copy":             {[]string{"GET", "HEAD", "PUT"}, "POST"},
		"/post/checkPostWeight":  {[]string{"GET", "HEAD", "PUT"}, "POST"},
		"/post/retry":            {[]string{"GET", "HEAD", "POST"}, "PUT"},
		"/post/0":                {[]string{"POST", "PUT", "DELETE"}, "GET, HEAD"},
		"/post":                  {[]string{"GET", "HEAD"}, "POST, PATCH, PUT, DELETE"},
		"/comments/reply":        {[]string{"GET", "HEAD", "DELETE", "PUT"}, "POST"},
		"/comments/reply/c":      {[]string{"GET", "DELETE"}, "POST"},
		"/comments/c":            {[]string{"POST"}, "GET, HEAD, DELETE"},
		"/media/upload":          {[]string{"GET", "HEAD", "DELETE"}, "POST"},
		"/media/uploadUrl":       {[]string{"DELETE", "POST"}, "GET, HEAD"},
		"/media/meta":            {[]string{"DELETE"}, "GET, HEAD"},
		"/media/urlExists":       {[]string{"GET", "HEAD", "DELETE"}, "POST"},
		"/media/resize":          {[]string{"GET", "DELETE"}, "POST"},
		"/profiles/social":       {[]string{"GET", "PUT"}, "POST, DELETE"},
		"/auto-schedule/set":     {[]string{"GET", "DELETE"}, "POST"},
		"/api/auto-schedule/set": {[]string{"GET"}, "POST"},
	} {
		for _, method := range tc.methods {
			r := s.call(method, path, nil).want(http.StatusMethodNotAllowed)
			equal(t, tc.allow, r.header.Get("Allow"))
			if method == http.MethodHead {
				continue
			}
			equal(t, core.CodeMethodNotAllowed, r.problems()[0].Code)
			equal(t, path+" does not take "+method+"; it takes "+tc.allow, r.text("message"))
		}
	}
}
