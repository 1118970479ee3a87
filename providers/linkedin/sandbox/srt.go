package sandbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// cueTimes is the second line of a cue: from when to when it is shown.
var cueTimes = regexp.MustCompile(`^(\d{2,}):([0-5]\d):([0-5]\d),(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d),(\d{3})\s*$`)

var cueNumber = regexp.MustCompile(`^\d{1,9}\s*$`)

const maxCaptionLine = 64 << 10

// srtLines reads the lines of an SRT file: UTF-8, with or without a byte order mark.
func srtLines(r io.Reader) *bufio.Scanner {
	in := bufio.NewReader(r)
	if mark, err := in.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(len(mark)) // they were just seen
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxCaptionLine)
	return lines
}

// checkSRT reads captions in the SubRip format and returns how many there are: blocks
// of a number, the times and lines of text, with an empty line after each.
func checkSRT(r io.Reader) (cues int, err error) {
	lines := srtLines(r)
	at := 0
	next := func() (string, bool) {
		if lines.Err() != nil || !lines.Scan() { // a Scanner goes on after a line that is too long
			return "", false
		}
		at++
		return lines.Text(), true
	}
	for {
		line, more := next()
		if !more {
			break
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if !cueNumber.MatchString(line) {
			return 0, fmt.Errorf("line %d is not the number of a caption", at)
		}
		times, _ := next()
		if !validTimes(times) {
			return 0, fmt.Errorf("line %d does not have the times of a caption: 00:00:01,000 --> 00:00:02,500", at)
		}
		for more && strings.TrimSpace(line) != "" {
			if line, more = next(); !utf8.ValidString(line) {
				return 0, fmt.Errorf("line %d is not UTF-8", at)
			}
		}
		cues++
	}
	if lines.Err() != nil {
		return 0, errors.New("a line is too long")
	}
	if cues == 0 {
		return 0, errors.New("there are none")
	}
	return cues, nil
}

// validTimes tells whether a line has two times, the later one last.
func validTimes(line string) bool {
	m := cueTimes.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	from, to := strings.Join(m[1:5], ""), strings.Join(m[5:9], "")
	return len(from) < len(to) || len(from) == len(to) && from <= to
}

// writeVTT writes an SRT file as WebVTT, which is what browsers show.
func writeVTT(w io.Writer, r io.Reader) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("WEBVTT\n\n") // a bufio.Writer keeps its error for Flush
	lines := srtLines(r)
	for lines.Scan() {
		line := lines.Text()
		if cueTimes.MatchString(line) {
			line = strings.ReplaceAll(line, ",", ".")
		}
		_, _ = out.WriteString(line + "\n")
	}
	return errors.Join(lines.Err(), out.Flush())
}
