package media

import (
	"net/url"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

func TestDirect(t *testing.T) {
	t.Parallel()
	const drive = "https://drive.usercontent.google.com/download?"
	for link, want := range map[string]string{
		"https://drive.google.com/file/d/1AbC-_9/view?usp=sharing":           drive + "confirm=t&export=download&id=1AbC-_9",
		"https://drive.google.com/file/d/1AbC/view?resourcekey=0-x":          drive + "confirm=t&export=download&id=1AbC&resourcekey=0-x",
		"https://drive.google.com/open?id=1AbC":                              drive + "confirm=t&export=download&id=1AbC",
		"https://drive.google.com/uc?export=download&id=1AbC":                drive + "confirm=t&export=download&id=1AbC",
		"https://drive.google.com/file/u/0/d/1AbC/view":                      drive + "confirm=t&export=download&id=1AbC",
		"https://drive.google.com/u/1/uc?id=1AbC":                            drive + "confirm=t&export=download&id=1AbC",
		"https://docs.google.com/document/d/1AbC/edit?usp=sharing":           "https://docs.google.com/document/d/1AbC/export?format=docx",
		"https://docs.google.com/presentation/u/0/d/1AbC/edit#slide=id.p":    "https://docs.google.com/presentation/d/1AbC/export/pptx",
		"https://docs.google.com/presentation/d/e/2PACX/pub":                 "https://docs.google.com/presentation/d/e/2PACX/pub",
		"https://docs.google.com/spreadsheets/d/1AbC/edit":                   "https://docs.google.com/spreadsheets/d/1AbC/edit",
		"https://drive.google.com/file/d//view":                              "https://drive.google.com/file/d//view",
		"https://www.dropbox.com/s/abc/clip.mp4?dl=0":                        "https://www.dropbox.com/s/abc/clip.mp4?dl=1",
		"https://www.dropbox.com/scl/fi/abc/clip%20a.mp4?rlkey=k&raw=1&st=x": "https://www.dropbox.com/scl/fi/abc/clip%20a.mp4?dl=1&rlkey=k&st=x",
		"https://dropbox.com/s/abc/clip.mp4":                                 "https://dropbox.com/s/abc/clip.mp4?dl=1",
		"https://www.dropbox.com/home/clip.mp4":                              "https://www.dropbox.com/home/clip.mp4",
		"https://cdn.example/file/d/1/view?id=2":                             "https://cdn.example/file/d/1/view?id=2",
		"https://drive.google.com.evil.example/file/d/1AbC/view":             "https://drive.google.com.evil.example/file/d/1AbC/view",
	} {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := direct(u); err != nil || got.String() != want {
			t.Errorf("%s\n got %s, %v\nwant %s", link, got, err, want)
		}
	}
}

func TestFolders(t *testing.T) {
	t.Parallel()
	for _, link := range []string{
		"https://drive.google.com/drive/folders/1AbC?usp=sharing", "https://drive.google.com/drive/u/0/folders/1AbC",
		"https://www.dropbox.com/sh/abc/def?dl=0", "https://www.dropbox.com/scl/fo/abc/def?rlkey=k",
	} {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := direct(u); core.AsError(err).Message != "the address leads to a folder instead of a file" {
			t.Errorf("%s became %s, %v", link, got, err)
		}
	}
}

func TestParseContentRange(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]section{
		"bytes 100-199/1000": {from: 100, size: 1000},
		"bytes 0-0/*":        {from: 0, size: -1},
	} {
		if got, ok := parseContentRange(value); !ok || got != want {
			t.Errorf("%q: %+v, %v, want %+v", value, got, ok, want)
		}
	}
	for _, value := range []string{
		"", "bytes", "bytes */1000", "bytes 100/1000", "bytes -5-9/10", "bytes 5-9/5", "bytes a-b/c", "items 0-9/10",
		"bytes 0-9", "bytes 99999999999999999999-1/2", "bytes 0-9/99999999999999999999",
	} {
		if got, ok := parseContentRange(value); ok {
			t.Errorf("%q was read as %+v", value, got)
		}
	}
}

func TestFormatDurations(t *testing.T) {
	t.Parallel()
	const second, millisecond = 1_000_000_000, 1_000_000
	for _, test := range []struct {
		measured, limit int64
		want            [2]string
	}{
		{11524 * second, 1800 * second, [2]string{"3:12:04", "30:00"}},
		{1800*second + 1*millisecond, 1800 * second, [2]string{"30:00.001", "30:00"}},
		{1900*second + 500*millisecond, 1800 * second, [2]string{"31:40", "30:00"}},
		{2 * second, 3 * second, [2]string{"0:02", "0:03"}},
		{2*second + 999*millisecond, 3 * second, [2]string{"0:02.999", "0:03"}},
	} {
		m, l := formatDurations(time.Duration(test.measured), time.Duration(test.limit))
		if got := [2]string{m, l}; got != test.want {
			t.Errorf("%d, %d: %q, want %q", test.measured, test.limit, got, test.want)
		}
	}
}
