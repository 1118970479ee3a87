package bluesky_test

import (
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/media/mediatest"
)

// film returns a video.
func film() coretest.File {
	return coretest.File{
		URL: "https://media.example/film", Data: mediatest.Whole(mediatest.Video(mediatest.VideoOptions{Size: 75_000})),
		Asset: core.Asset{
			Kind: core.MediaVideo, MIME: "video/mp4", Name: "film.mp4",
			Width: 1280, Height: 720, Duration: 5 * time.Second, VideoCodec: "avc1",
		},
	}
}

func subtitles() coretest.File {
	return coretest.File{
		URL: "https://media.example/subtitles.srt", Data: mediatest.SRT(),
		Asset: core.Asset{Kind: core.MediaCaptions, MIME: "application/x-subrip", Name: "subtitles.srt"},
	}
}
