//go:build interop

package interop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
)

// judge holds a file that was made against what is to be in it. A table that is wrong
// about its files would prove nothing.
func (w workshop) judge(ctx context.Context, f file) error {
	info, err := os.Stat(w.path(f.name))
	if err != nil {
		return err
	}
	if info.Size() == 0 || f.maxSize > 0 && info.Size() >= f.maxSize {
		return fmt.Errorf("%s has %d bytes, want fewer than %d", f.name, info.Size(), f.maxSize)
	}
	if f.facts == (facts{}) {
		return nil
	}
	if f.facts.codec == "" {
		return w.judgeAnimatedWebP(f)
	}
	got, err := probe(ctx, w.dir, f.name)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(f.facts, got.only(f.facts), cmp.AllowUnexported(facts{})); diff != "" {
		return fmt.Errorf("%s is not what was to be made (-want +made):\n%s", f.name, diff)
	}
	return nil
}

// only leaves out what want does not look at.
func (f facts) only(want facts) facts {
	if want.pixels == "" {
		f.pixels = ""
	}
	if want.frames == 0 {
		f.frames = 0
	}
	if want.duration == 0 {
		f.duration = 0
	}
	return f
}

// probe has ffprobe read a file.
func probe(ctx context.Context, dir, name string) (facts, error) {
	out, err := runTool(ctx, dir, "ffprobe", "-v", "error", "-print_format", "json", "-show_streams", "-show_format", "-count_packets", name)
	if err != nil {
		return facts{}, err
	}
	var answer struct {
		Streams []struct {
			Codec    string `json:"codec_name"`
			Width    int
			Height   int
			Pixels   string `json:"pix_fmt"`
			Packets  string `json:"nb_read_packets"`
			SideData []struct {
				Rotation int
			} `json:"side_data_list"`
		}
		Format struct {
			Duration string
		}
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return facts{}, err
	}
	if len(answer.Streams) == 0 {
		return facts{}, errors.New(name + " has no streams")
	}
	s := answer.Streams[0]
	f := facts{codec: s.Codec, pixels: s.Pixels, width: s.Width, height: s.Height}
	f.frames, _ = strconv.Atoi(s.Packets)
	if seconds, err := strconv.ParseFloat(answer.Format.Duration, 64); err == nil {
		// Sound ends a few milliseconds after the picture.
		f.duration = time.Duration(math.Round(seconds*10)) * time.Second / 10
	}
	for _, side := range s.SideData {
		if side.Rotation != 0 { // ffprobe counts against the clock
			f.rotation = (360 - side.Rotation) % 360
		}
	}
	if f.rotation%180 != 0 {
		f.width, f.height = f.height, f.width
	}
	return f, nil
}

func (w workshop) judgeAnimatedWebP(f file) error {
	content, err := os.ReadFile(w.path(f.name))
	if err != nil {
		return err
	}
	if got := bytes.Count(content, []byte("ANMF")); got != f.facts.frames {
		return fmt.Errorf("%s has %d frames, want %d", f.name, got, f.facts.frames)
	}
	return nil
}

// document is one that pdfinfo can read.
type document struct {
	name  string
	pages int
}

func readable() []document {
	return []document{{"deck.pdf", 10}, {"deck300.pdf", 300}, {"deck301.pdf", 301}, {"letter.pdf", 3}, {"restricted/deck.pdf", 10}}
}

var pagesLine = regexp.MustCompile(`(?m)^Pages:\s+(\d+)$`)

func (w workshop) judgeDocument(ctx context.Context, d document) error {
	out, err := runTool(ctx, w.dir, "pdfinfo", d.name)
	if err != nil {
		return err
	}
	found := pagesLine.FindSubmatch(out)
	if found == nil || string(found[1]) != strconv.Itoa(d.pages) {
		return fmt.Errorf("%s is to have %d pages:\n%s", d.name, d.pages, out)
	}
	if restricted := strings.Contains(string(out), "change:no"); restricted != strings.HasPrefix(d.name, "restricted/") {
		return fmt.Errorf("%s is restricted: %t\n%s", d.name, restricted, out)
	}
	return nil
}

func (w workshop) judgeCMYK(_ context.Context, name string) error {
	in, err := w.open(name)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	config, err := jpeg.DecodeConfig(in)
	if err != nil {
		return err
	}
	if config.ColorModel != color.CMYKModel {
		return errors.New(name + " is not CMYK")
	}
	return nil
}
