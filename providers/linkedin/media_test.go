package linkedin_test

import (
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/media/mediatest"
)

const filmURL = "https://media.example/film"

// film returns a video of that many bytes.
func film(size int64) coretest.File {
	return filmOf(mediatest.VideoOptions{Size: size})
}

func filmOf(o mediatest.VideoOptions) coretest.File {
	return coretest.File{
		URL: filmURL, Data: mediatest.Whole(mediatest.Video(o)),
		Asset: core.Asset{
			Kind: core.MediaVideo, MIME: "video/mp4", Name: "film.mp4",
			Width: 1280, Height: 720, Duration: 5 * time.Second, VideoCodec: "avc1",
		},
	}
}

// slides returns a document.
func slides(pages int) coretest.File {
	return coretest.File{
		URL: "https://media.example/slides", Data: mediatest.PDF(),
		Asset: core.Asset{Kind: core.MediaDocument, MIME: "application/pdf", Name: "Slides 2026.pdf", Pages: pages},
	}
}

func subtitles() coretest.File {
	return coretest.File{
		URL: "https://media.example/subtitles.srt", Data: mediatest.SRT(),
		Asset: core.Asset{Kind: core.MediaCaptions, MIME: "application/x-subrip", Name: "subtitles.srt"},
	}
}
