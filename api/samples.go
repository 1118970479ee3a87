package api

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// sample is GET /samples/:name: a picture that the server ships.
func (a *API) sample(c *gin.Context) answer {
	s, found := a.findSample(c.Param("name"))
	if !found {
		return fail("request", &core.Error{
			Kind: core.KindNotFound, Code: core.CodeRouteNotFound,
			Message: "there is no sample " + quote(c.Param("name")),
		})
	}
	h := c.Writer.Header()
	h.Set("Content-Type", s.MIME)
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	w := &contentWriter{ResponseWriter: c.Writer, request: c.Request}
	http.ServeContent(w, c.Request, s.Name, time.Time{}, bytes.NewReader(s.Content))
	if w.refused == 0 {
		return answer{written: true}
	}
	h.Set("Cache-Control", "no-store")
	return w.refusal("request", "the sample")
}

func (a *API) findSample(name string) (Sample, bool) {
	for _, s := range a.Samples {
		if s.Name == name {
			return s, true
		}
	}
	return Sample{}, false
}

// sampleList names the samples, for messages.
func (a *API) sampleList() string {
	names := make([]string, len(a.Samples))
	for i, s := range a.Samples {
		names[i] = s.Name
	}
	if len(names) == 0 {
		return "; it has none"
	}
	return "; it has " + strings.Join(names, ", ")
}

// cutSample returns the name of a sample that a reference names.
func cutSample(ref string) (string, bool) { return strings.CutPrefix(ref, samplePrefix) }
