package crashtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
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

const article = `<!doctype html><html><head><title>An article</title>
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
		_, _ = w.Write([]byte(article))
	})
	return &files{Server: httptest.NewServer(mux), videoSHA256: mediatest.SHA256(video)}
}

// shows adds to the body of a request what the post is to show.
func (f *files) shows(body map[string]any, k Kind) {
	media := func(names ...string) {
		for i, name := range names {
			names[i] = f.URL + "/media/" + name
		}
		body["mediaUrls"] = names
	}
	switch k {
	case KindText:
	case KindImage:
		media("picture.jpg")
	case KindImages:
		media("picture.jpg", "other.png")
	case KindVideo:
		media("film.mp4")
	case KindDocument:
		media("deck.pdf")
	case KindLink:
		body["linkedInOptions"] = map[string]any{"link": map[string]any{"url": f.URL + "/article"}}
	case KindPoll:
		body["linkedInOptions"] = map[string]any{"poll": map[string]any{"question": "Which?", "options": []string{"This", "That"}}}
	}
}

// wrongContent tells what a published post lacks of what it is to show; empty: nothing.
func (f *files) wrongContent(k Kind, p sandbox.Post, video func(urn string) (sandbox.Video, bool)) string {
	kinds := make([]string, len(p.Media))
	for i, m := range p.Media {
		kinds[i] = m.Kind
	}
	want := map[Kind]string{KindImage: "image", KindImages: "image image", KindVideo: "video", KindDocument: "document"}[k]
	switch got := strings.Join(kinds, " "); {
	case got != want:
		return fmt.Sprintf("it shows %q instead of %q", got, want)
	case (p.Article != nil) != (k == KindLink):
		return fmt.Sprintf("its card is %+v", p.Article)
	case (p.Poll != nil) != (k == KindPoll):
		return fmt.Sprintf("its poll is %+v", p.Poll)
	case k != KindVideo:
		return ""
	}
	if v, ok := video(p.Media[0].ID); !ok || v.SHA256 != f.videoSHA256 {
		return "its video is not the one that was sent"
	}
	return ""
}
