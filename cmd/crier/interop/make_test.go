//go:build interop

package interop_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// file is a file to make, and what is to be in it.
type file struct {
	name string
	from string // the file that it is made of, if it is made of one
	// One of these says how. Without any, ffmpeg converts from as the names say.
	ffmpeg string // arguments
	text   string // content
	cut    bool   // the first half of from
	turn   bool   // from, with the mark of a telephone that was held upright

	facts   facts // without any, nobody can read it
	maxSize int64 // bytes; 0 does not matter
}

// facts are what is in a file, as far as it matters; zero is not looked at.
type facts struct {
	codec         string // as ffprobe calls it
	pixels        string // their format, as ffprobe calls it
	width, height int    // as displayed
	rotation      int    // degrees, clockwise
	duration      time.Duration
	frames        int
}

// conversion is one run of LibreOffice.
type conversion struct {
	format  string // extension of what is made
	filter  string // of LibreOffice, with its options; empty: as the format says
	sources []string
	into    string // folder; empty: beside the sources
}

// workshop makes files in a folder.
type workshop struct {
	dir string
}

// makeFiles makes every file and has it judged.
func makeFiles(t *testing.T) workshop {
	t.Helper()
	w := workshop{dir: t.TempDir()}
	made := slices.Concat(sources(), videos(), pictures())
	for _, stage := range stages(made) {
		each(t, stage, w.make)
	}
	each(t, documents(), w.convert)
	// The only one of the programs that writes CMYK.
	each(t, []string{"cmyk"}, func(ctx context.Context, name string) error {
		_, err := runTool(ctx, w.dir, "pdftoppm", "-jpegcmyk", "-singlefile", "-r", "72", "deck.pdf", name)
		return err
	})
	each(t, made, w.judge)
	each(t, readable(), w.judgeDocument)
	each(t, []string{"cmyk.jpg"}, w.judgeCMYK)
	return w
}

// stages puts files behind those that they are made of.
func stages(files []file) [][]file {
	var list [][]file
	stage := map[string]int{}
	for _, f := range files {
		n := 0
		if f.from != "" {
			n = stage[f.from] + 1
		}
		stage[f.name] = n
		for len(list) <= n {
			list = append(list, nil)
		}
		list[n] = append(list[n], f)
	}
	return list
}

// each does the work on all items, a few at a time, since the programs use more than
// one processor themselves; a failure ends the test.
func each[T any](t *testing.T, items []T, work func(context.Context, T) error) {
	t.Helper()
	const atOnce = 3
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(atOnce)
	for _, item := range items {
		group.Go(func() error { return work(ctx, item) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

func (w workshop) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

// make writes one file.
func (w workshop) make(ctx context.Context, f file) error {
	switch {
	case f.text != "":
		return os.WriteFile(w.path(f.name), []byte(f.text), 0o600)
	case f.cut:
		return w.edit(f, func(b []byte) ([]byte, error) { return b[:len(b)/2], nil })
	case f.turn:
		return w.edit(f, turn)
	}
	args := []string{"-v", "error", "-nostdin", "-y"}
	if f.from != "" {
		args = append(args, "-i", f.from)
	}
	args = append(args, strings.Fields(f.ffmpeg)...)
	_, err := runTool(ctx, w.dir, "ffmpeg", append(args, f.name)...)
	return err
}

// edit makes a file of the bytes of another one.
func (w workshop) edit(f file, change func([]byte) ([]byte, error)) error {
	content, err := os.ReadFile(w.path(f.from))
	if err == nil {
		content, err = change(content)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(w.path(f.name), content, 0o600)
}

// turn writes the matrix of a quarter turn to the right into the head of the first
// track (ISO/IEC 14496-12, tkhd of version 0). How ffmpeg is told to do so depends on
// its version.
func turn(mp4 []byte) ([]byte, error) {
	const beforeMatrix = 44 // bytes, with the name of the box
	at := bytes.Index(mp4, []byte("tkhd\x00"))
	if at < 0 || len(mp4) < at+beforeMatrix+36 {
		return nil, errors.New("no track head")
	}
	matrix := mp4[at+beforeMatrix:]
	for i, value := range []int32{0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30} {
		binary.BigEndian.PutUint32(matrix[4*i:], uint32(value))
	}
	return mp4, nil
}

// convert runs LibreOffice, with a profile of its own: two runs cannot share one.
func (w workshop) convert(ctx context.Context, c conversion) error {
	profile, err := os.MkdirTemp(w.dir, "profile-*")
	if err != nil {
		return err
	}
	format := c.format
	if c.filter != "" {
		format += ":" + c.filter
	}
	args := []string{"--headless", "-env:UserInstallation=file://" + filepath.ToSlash(profile), "--convert-to", format, "--outdir", w.path(c.into)}
	for _, name := range c.sources {
		found, err := filepath.Glob(w.path(name) + ".fod?")
		if err != nil {
			return err
		}
		args = append(args, found...)
	}
	_, err = runTool(ctx, w.dir, "soffice", args...)
	return err
}

// open opens a file that was made.
func (w workshop) open(name string) (io.ReadCloser, error) { return os.Open(w.path(name)) }
