package web

import (
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
)

// clientDocumentFor is how long whoever reads a client document may keep it: a change of the
// operator's settings is seen soon.
const clientDocumentFor = "public, max-age=300"

// clientDocument tells a network, and whoever asks, what it has to know of the operator's app.
// There is nothing in it that not everybody may read.
func (w *Web) clientDocument(rw http.ResponseWriter, r *http.Request) error {
	platform, is := strings.CutSuffix(r.PathValue(documentParam), ".json")
	document, there := w.Linking.ClientDocument(platform)
	if !is || !there {
		return &core.Error{
			Kind: core.KindNotFound, Code: core.CodeRouteNotFound, Message: "no network of this server reads a document at this address",
			Help: "GET /providers lists the networks.",
		}
	}
	h := rw.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", clientDocumentFor)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, _ = rw.Write(document) //nolint:gosec // JSON of the adapter, told to be that; whoever is gone cannot be told
	return nil
}
