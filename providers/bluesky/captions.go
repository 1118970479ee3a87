package bluesky

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// The types of captions.
const (
	mimeVTT = "text/vtt"
	mimeSRT = "application/x-subrip"
)

// sendCaptions sends captions, as WebVTT in any case.
func (w *preparation) sendCaptions(ctx context.Context, n core.Need, up *upload) (core.Progress, error) {
	asset, err := w.session.Fetch(ctx, n)
	if err != nil {
		return core.Progress{}, err
	}
	content, changes, err := loadCaptions(ctx, n, asset)
	if err != nil {
		return core.Progress{}, err
	}
	up.Kind, w.state.Changes[n.Key] = asset.Kind, changes
	return w.sendBlob(ctx, up, api.File{
		MIME: mimeVTT, Size: int64(len(content)),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
	})
}

// loadCaptions reads captions as WebVTT, and tells what was changed for that.
func loadCaptions(ctx context.Context, n core.Need, asset *core.Asset) (content []byte, changes []string, err error) {
	if content, err = readCaptionsFile(ctx, asset); err != nil {
		return nil, nil, err
	}
	if asset.MIME == mimeSRT {
		content, changes = webVTT(content), []string{"converted from SRT to WebVTT"}
	}
	if len(content) > maxCaptionsBytes {
		return nil, nil, &core.Error{
			Kind: core.KindMedia, Code: core.CodeMediaTooLarge, Platform: name, Field: n.Field,
			Message: fmt.Sprintf("The captions have %d bytes as WebVTT; Bluesky takes %d.", len(content), maxCaptionsBytes),
			Help:    "Shorten them: leave out what is not spoken, and formatting.",
		}
	}
	return content, changes, nil
}

func readCaptionsFile(ctx context.Context, asset *core.Asset) ([]byte, error) {
	r, err := asset.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(r, maxCaptionsBytes+1))
}

// cueTiming is the line of an SRT file that tells when a caption is shown.
var cueTiming = regexp.MustCompile(`(?m)^[ \t]*(\d{1,3}:\d{2}:\d{2}),(\d{3})([ \t]*-->[ \t]*)(\d{1,3}:\d{2}:\d{2}),(\d{3})`)

// webVTT turns captions in SRT into WebVTT: a line at the beginning, and fractions of
// seconds behind a full stop.
// https://www.w3.org/TR/webvtt1/#file-structure
func webVTT(srt []byte) []byte {
	text := bytes.TrimPrefix(srt, []byte("\ufeff"))
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	text = cueTiming.ReplaceAll(text, []byte("$1.$2$3$4.$5"))
	return append([]byte("WEBVTT\n\n"), bytes.ToValidUTF8(bytes.TrimLeft(text, "\n"), []byte("\ufffd"))...)
}
