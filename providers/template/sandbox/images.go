package sandbox

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	"github.com/crier-social/crier/core"
)

const (
	maxImage  = 2_000_000 // bytes
	maxPixels = 4096 * 4096
)

// upload is an image that somebody has uploaded.
type upload struct {
	owner, kind string
	data        []byte
}

func (s *Sandbox) uploadImage(w http.ResponseWriter, r *http.Request, m Member) {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxImage+1))
	kind := r.Header.Get("Content-Type")
	switch {
	case err != nil || len(data) == 0:
		s.refuse(w, http.StatusBadRequest, "bad_request", "the image did not arrive whole")
		return
	case kind != "image/jpeg" && kind != "image/png":
		s.refuse(w, http.StatusUnsupportedMediaType, "bad_type", "images are JPEG or PNG")
		return
	case len(data) > maxImage:
		s.refuse(w, http.StatusRequestEntityTooLarge, "too_large", "images have at most 2 MB")
		return
	}
	switch facts, err := imageFacts(kind, data); {
	case err != nil:
		s.refuse(w, http.StatusUnsupportedMediaType, "bad_type", "the file is not what its type says")
		return
	case facts.Width*facts.Height > maxPixels:
		s.refuse(w, http.StatusRequestEntityTooLarge, "too_large", "images have at most 16 megapixels")
		return
	}
	id := core.NewID(s.clock.Now())
	s.mu.Lock()
	s.images[id] = upload{m.ID, kind, data}
	s.mu.Unlock()
	s.answer(w, http.StatusCreated, map[string]string{"id": id})
}

func imageFacts(kind string, data []byte) (image.Config, error) {
	if kind == "image/png" {
		return png.DecodeConfig(bytes.NewReader(data))
	}
	return jpeg.DecodeConfig(bytes.NewReader(data))
}
