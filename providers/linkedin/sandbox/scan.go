package sandbox

import (
	"io"
	"regexp"
)

const windowBytes = 256 << 10

// scanned is a piece of a file. The pieces overlap.
type scanned struct {
	window []byte
	offset int64 // of the window in the file
	seen   int   // how much of the window was in the one before
}

// matches returns where in the file the matches end that the piece before did not
// have already.
func (w scanned) matches(pattern *regexp.Regexp) []int64 {
	var ends []int64
	for _, at := range pattern.FindAllIndex(w.window, -1) {
		if at[1] > w.seen {
			ends = append(ends, w.offset+int64(at[1]))
		}
	}
	return ends
}

// scanWindows reads a file in pieces that overlap, so that nothing up to overlap bytes
// long is cut in two. It goes on for as long as visit says so, and ends at the first
// failure as at the end.
func scanWindows(r io.Reader, overlap int, visit func(scanned) bool) {
	buffer := make([]byte, overlap+windowBytes)
	kept, offset := 0, int64(0)
	for {
		n, err := io.ReadFull(r, buffer[kept:kept+windowBytes])
		window := buffer[:kept+n]
		if n > 0 && !visit(scanned{window: window, offset: offset, seen: kept}) {
			return
		}
		if err != nil {
			return
		}
		drop := len(window) - overlap
		offset += int64(drop)
		kept = copy(buffer, window[drop:])
	}
}
