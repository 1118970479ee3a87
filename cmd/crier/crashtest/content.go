package crashtest

import (
	"net/http"
	"net/http/httptest"

	"github.com/crier-social/crier/media/mediatest"
)

const (
	videoBytes = 700_000
	videoParts = 200_000 // bytes of a part, so that a kill can come between two
)

// files is the web server on which the media of posts lie.
type files struct {
	*httptest.Server
	videoSHA256 string
}

const articlePage = `<!doctype html><html><head><title>An article</title>
<meta property="og:title" content="An article"><meta property="og:description" content="About the weather."></head></html>`

func newFiles() *files {
	served := mediatest.NewFiles()
	video := mediatest.Video(mediatest.VideoOptions{Size: videoBytes})
	served.Serve("picture.jpg", mediatest.Bytes(mediatest.JPEG(64, 48)), mediatest.Behaviour{})
	served.Serve("other.png", mediatest.Bytes(mediatest.PNG(48, 64)), mediatest.Behaviour{})
	served.Serve("film.mp4", video, mediatest.Behaviour{Rate: 10 * videoBytes})
	served.Serve("deck.pdf", mediatest.Bytes(mediatest.PDFPages(3)), mediatest.Behaviour{})
	mux := http.NewServeMux()
	mux.Handle("/media/", served)
	mux.HandleFunc("GET /article", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(articlePage))
	})
	return &files{Server: httptest.NewServer(mux), videoSHA256: mediatest.SHA256(video)}
}

// media are the files that a post of the kind shows.
func (f *files) media(k Kind) (urls []string) {
	names := map[Kind][]string{
		KindImage: {"picture.jpg"}, KindImages: {"picture.jpg", "other.png"}, KindVideo: {"film.mp4"}, KindDocument: {"deck.pdf"},
	}[k]
	for _, name := range names {
		urls = append(urls, f.URL+"/media/"+name)
	}
	return urls
}

// article is the address of the page that links lead to.
func (f *files) article() string { return f.URL + "/article" }
