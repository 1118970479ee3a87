package sandbox

import (
	"errors"
	"io"
	"time"
)

// Media is a picture, video or document of a post.
type Media struct {
	ID           string `json:"id"`
	Kind         string `json:"kind"` // image, video or document
	AltText      string `json:"altText"`
	Title        string `json:"title,omitempty"`
	ContentType  string `json:"contentType"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	Milliseconds int64  `json:"duration,omitempty"` // of a video
	Pages        int    `json:"pages,omitempty"`    // of a document, if they can be counted
	Size         int64  `json:"size"`               // bytes
	// SHA256 of a video is told by Video alone, as it takes time.
	SHA256       string `json:"sha256,omitempty"`
	DownloadURL  string `json:"downloadUrl"`            // path
	ThumbnailURL string `json:"thumbnailUrl,omitempty"` // path; of a video
	CaptionsURL  string `json:"captionsUrl,omitempty"`  // path; of a video
	// CaptionsLanguage is "en" or the like.
	CaptionsLanguage string `json:"captionsLanguage,omitempty"`
}

// showMedia shows a medium of a post. The caller holds the lock.
func (s *Sandbox) showMedia(m postMedia) Media {
	out := Media{ID: m.id, Kind: string(m.kind), AltText: m.altText, Title: m.title, DownloadURL: downloadPath(m.id)}
	a, known := s.assets[m.id]
	if !known {
		return out
	}
	f := a.facts
	out.ContentType, out.Width, out.Height, out.Pages = f.MIME, f.Width, f.Height, f.Pages
	out.Milliseconds, out.Size, out.SHA256 = f.Duration.Milliseconds(), f.Size, f.SHA256
	if a.video == nil {
		return out
	}
	if a.video.thumbnail != nil {
		out.ThumbnailURL = out.DownloadURL + "/" + roleThumbnail
	}
	if a.video.captions != nil {
		out.CaptionsURL = out.DownloadURL + "/" + roleCaptions
		out.CaptionsLanguage = a.video.captions.language
	}
	return out
}

// File is what every upload has in common, begun or complete.
type File struct {
	URN         string    `json:"urn"`
	Owner       string    `json:"owner"`
	Status      string    `json:"status"`
	Failure     string    `json:"failure,omitempty"`
	ContentType string    `json:"contentType,omitempty"`
	Size        int64     `json:"size"` // bytes; of a video, as announced
	SHA256      string    `json:"sha256,omitempty"`
	CreatedAt   time.Time `json:"createdAt"`
	UploadedAt  time.Time `json:"uploadedAt,omitzero"` // of a video, when it was finalized
}

// Image is an upload of an image.
type Image struct {
	File
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
}

// Document is an upload of a document.
type Document struct {
	File
	Pages int `json:"pages,omitempty"` // 0 when they cannot be counted
}

// Video is an upload of a video.
type Video struct {
	File
	Width        int    `json:"width,omitempty"`
	Height       int    `json:"height,omitempty"`
	Milliseconds int64  `json:"duration,omitempty"`
	Parts        []Part `json:"parts"`
	// Thumbnail and Captions are nil when none were uploaded.
	Thumbnail *Thumbnail `json:"thumbnail,omitempty"`
	Captions  *Captions  `json:"captions,omitempty"`
}

// Part is one part of a video.
type Part struct {
	Number    int    `json:"number"` // from 1
	FirstByte int64  `json:"firstByte"`
	LastByte  int64  `json:"lastByte"`
	ETag      string `json:"etag"`
	// Attempts counts the uploads whose bytes were taken, Uploads those that were
	// complete.
	Attempts int `json:"attempts"`
	Uploads  int `json:"uploads"`
	// Stored means that the bytes of the latest attempt are all there.
	Stored bool `json:"stored"`
}

// Thumbnail is the picture of a video.
type Thumbnail struct {
	ContentType string `json:"contentType"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	Size        int64  `json:"size"`
	SHA256      string `json:"sha256"`
}

// Captions are the captions of a video.
type Captions struct {
	Language string `json:"language"` // "en"
	Cues     int    `json:"cues"`
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256"`
}

// Images returns every image, oldest first. Asking does not make its processing go
// on; that holds for the other kinds too.
func (s *Sandbox) Images() []Image {
	return listAssets(s, kindImage, func(a *asset, f File) Image {
		return Image{File: f, Width: a.facts.Width, Height: a.facts.Height}
	})
}

// Documents returns every document, oldest first.
func (s *Sandbox) Documents() []Document {
	return listAssets(s, kindDocument, func(a *asset, f File) Document { return Document{File: f, Pages: a.facts.Pages} })
}

// Videos returns every video, oldest first. The first time after a video is
// finalized, this reads all of it for its SHA256.
func (s *Sandbox) Videos() []Video {
	type item struct {
		video  Video
		digest func() string
	}
	items := listAssets(s, kindVideo, func(a *asset, f File) item { return item{a.showVideo(f), a.video.digest} })
	out := make([]Video, len(items))
	for i, one := range items { // without the lock, as this may take time
		out[i] = one.video
		if one.digest != nil {
			out[i].SHA256 = one.digest()
		}
	}
	return out
}

// Video returns one video, like Videos.
func (s *Sandbox) Video(urn string) (Video, bool) {
	s.mu.Lock()
	a, known := s.assets[urn]
	if !known || a.video == nil {
		s.mu.Unlock()
		return Video{}, false
	}
	v, digest := a.showVideo(s.file(a)), a.video.digest
	s.mu.Unlock()
	if digest != nil {
		v.SHA256 = digest()
	}
	return v, true
}

func listAssets[T any](s *Sandbox, kind assetKind, show func(*asset, File) T) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []T{}
	for _, a := range s.assetOrder {
		if a.kind == kind {
			out = append(out, show(a, s.file(a)))
		}
	}
	return out
}

func (s *Sandbox) file(a *asset) File {
	out := File{
		URN: a.urn, Owner: a.owner, Status: string(s.statusAt(a, s.opts.Clock.Now())), Failure: a.facts.Failure,
		ContentType: a.facts.MIME, Size: a.facts.Size, SHA256: a.facts.SHA256, CreatedAt: a.created, UploadedAt: a.uploaded,
	}
	if a.video != nil {
		out.Size = a.video.size
	}
	return out
}

// showVideo shows a video without its digest. The caller holds the lock.
func (a *asset) showVideo(f File) Video {
	out := Video{File: f, Width: a.facts.Width, Height: a.facts.Height, Milliseconds: a.facts.Duration.Milliseconds()}
	for _, p := range a.video.parts {
		out.Parts = append(out.Parts, p.show())
	}
	if t := a.video.thumbnail; t != nil {
		out.Thumbnail = &Thumbnail{
			ContentType: t.facts.MIME, Width: t.facts.Width, Height: t.facts.Height, Size: t.facts.Size, SHA256: t.facts.SHA256,
		}
	}
	if c := a.video.captions; c != nil {
		out.Captions = &Captions{Language: c.language, Cues: c.cues, Size: c.facts.Size, SHA256: c.facts.SHA256}
	}
	return out
}

func (p *videoPart) show() Part {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Part{
		Number: p.number, FirstByte: p.first, LastByte: p.last, ETag: p.etag,
		Attempts: p.attempts, Uploads: p.uploads, Stored: p.stored,
	}
}

// Upload returns the bytes of an upload. They are gone when the store had to make
// room.
func (s *Sandbox) Upload(urn string) ([]byte, error) {
	f, err := s.uploads.Open(urn)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(f)
	return content, errors.Join(err, f.Close())
}
