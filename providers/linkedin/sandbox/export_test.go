package sandbox

import (
	"bytes"
	"time"
)

// VideoFacts is what processing finds out about a video.
type VideoFacts struct {
	MIME, Failure string
	Width, Height int
	Duration      time.Duration
}

// ExamineVideo lets processing look at the bytes of a video.
func ExamineVideo(content []byte) VideoFacts {
	f := examineVideo(bytes.NewReader(content), int64(len(content)))
	return VideoFacts{MIME: f.MIME, Failure: f.Failure, Width: f.Width, Height: f.Height, Duration: f.Duration}
}

// ClockTime and ByteCount are how the pages write durations and sizes.
func ClockTime(milliseconds int64) string { return clockTime(milliseconds) }

func ByteCount(n int64) string { return byteCount(n) }

// DocumentFailure is why processing refuses a document that begins with some bytes and
// has a size.
func DocumentFailure(head []byte, size int64) string {
	return examineDocument(bytes.NewReader(head), size).Failure
}
