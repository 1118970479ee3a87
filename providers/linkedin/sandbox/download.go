package sandbox

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// downloadRoutes adds the addresses of uploaded files.
func (s *Sandbox) downloadRoutes(mux *http.ServeMux) {
	for _, kind := range []assetKind{kindImage, kindVideo, kindDocument} {
		mux.HandleFunc("GET "+downloadPrefix+string(kind)+"/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.download(w, r, kind, "")
		})
	}
	for _, role := range []string{roleThumbnail, roleCaptions} {
		mux.HandleFunc("GET "+downloadPrefix+string(kindVideo)+"/{id}/"+role, func(w http.ResponseWriter, r *http.Request) {
			s.download(w, r, kindVideo, role)
		})
	}
}

// download serves an upload once it is available, with ranges. Only bytes that were
// recognised are ever served, under the type that was recognised.
func (s *Sandbox) download(w http.ResponseWriter, r *http.Request, kind assetKind, role string) {
	id := urn{string(kind), r.PathValue("id")}.String()
	key, mime, known := s.stored(id, role)
	if !known {
		sendProblem(w, unknownResource(r.URL.EscapedPath()))
		return
	}
	f, err := s.uploads.Open(key)
	if err != nil {
		sendProblem(w, unknownResource(r.URL.EscapedPath()))
		return
	}
	defer func() { _ = f.Close() }() // it was only read
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if kind == kindDocument {
		h.Set("Content-Disposition", attachmentNamed(r.URL.Query().Get("title"), mime))
	}
	if role != roleCaptions {
		h.Set("Content-Type", mime)
		http.ServeContent(w, r, "", time.Time{}, f)
		return
	}
	var vtt bytes.Buffer
	if err := writeVTT(&vtt, f); err != nil {
		sendProblem(w, s.storageProblem(&call{http: r}, err))
		return
	}
	h.Set("Content-Type", "text/vtt; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(vtt.Bytes()))
}

// stored tells under which key the store has the file of an available asset, or what
// belongs to it, and its type.
func (s *Sandbox) stored(id, role string) (key, mime string, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.assets[id]
	switch {
	case !known || s.statusAt(a, s.opts.Clock.Now()) != statusAvailable:
		return "", "", false
	case role == "":
		return id, a.facts.MIME, true
	case role == roleThumbnail && a.video.thumbnail != nil:
		return thumbnailKey(id), a.video.thumbnail.facts.MIME, true
	case role == roleCaptions && a.video.captions != nil:
		return captionsKey(id), a.video.captions.facts.MIME, true
	default:
		return "", "", false
	}
}

// attachmentNamed is the Content-Disposition of a document: saved under its title,
// with the ending of its type.
func attachmentNamed(title, kind string) string {
	ending := "." + strings.ToLower(documentEnding(kind))
	name := strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || strings.ContainsRune(`/\:*?"<>|`, c) {
			return '_'
		}
		return c
	}, limitString(title, 200))
	name = strings.Trim(strings.ToValidUTF8(name, ""), ". ")
	if name == "" {
		name = "document"
	}
	if !strings.EqualFold(path.Ext(name), ending) {
		name += ending
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// documentEnding is what names of documents of a type end with, in capital letters.
func documentEnding(mime string) string {
	return map[string]string{mimePDF: "PDF", mimeDOC: "DOC", mimePPT: "PPT", mimeDOCX: "DOCX", mimePPTX: "PPTX"}[mime]
}
