package media

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/internal/diskfull"
	"github.com/crier-social/crier/media/probe"
	"github.com/crier-social/crier/media/sniff"
)

const op = "media.fetch"

// The causes of a download's end.
var (
	errTimeout = errors.New("the time limit of the download has passed")
	errStalled = errors.New("the source sends nothing any more")
	errChanged = errors.New("the file is another one")
	// errAbandoned is the end of a writer that had a defect.
	errAbandoned = errors.New("the file was not written to its end")
)

// overLimit ends a download that nobody waiting for it can use. Every caller turns
// it into an error about its own need.
type overLimit struct {
	typ   sniff.Type
	size  int64 // bytes, so far or as announced
	exact bool  // size is the whole, as announced
}

func (o *overLimit) Error() string {
	return fmt.Sprintf("%d bytes of %q are more than anybody takes", o.size, o.typ.MIME)
}

// located completes an error for the caller whose need it is about.
func located(err error, n core.Need) *core.Error {
	e := *core.AsError(err)
	e.Field = n.Field
	if e.Op == "" {
		e.Op = op
	}
	return &e
}

func mediaError(code core.Code, message string) *core.Error {
	return &core.Error{Kind: core.KindMedia, Code: code, Op: op, Message: message}
}

func badAddress(message string, cause error) *core.Error {
	e := mediaError(core.CodeMediaURL, message)
	e.Err = cause
	return e
}

// temporary is a failure after which trying again may help.
func temporary(message string, cause error) *core.Error {
	return &core.Error{Kind: core.KindTemporary, Code: core.CodeMediaURL, Op: op, Message: message, Err: cause}
}

// interrupted is an end of the work for reasons that lie with the callers.
func interrupted(cause error) *core.Error {
	if errors.Is(cause, context.DeadlineExceeded) {
		return temporary("the download did not end in time", cause)
	}
	return temporary("the download was interrupted", cause)
}

// storeFailed is trouble with the server's own disk.
func storeFailed(cause error) *core.Error {
	e := &core.Error{
		Kind: core.KindTemporary, Code: core.CodeStoreUnavailable, Op: op,
		Message: "the file could not be kept on the server", Err: cause,
		Help: "The operator of the server looks at the disk and the log; a post that was accepted goes on by itself.",
	}
	if diskfull.Is(cause) {
		e.Message = "the file could not be kept on the server: its disk is full"
		e.Help = "The operator makes room on the disk of CRIER_DATA_DIR; a post that was accepted goes on by itself."
		e.RetryAfter = fullPause
	}
	return e
}

// fullPause is when to try again after the disk was full.
const fullPause = 30 * time.Second

func cutShort(got, expected int64, cause error) *core.Error {
	return temporary("the connection broke after "+arrivedOf(got, expected), cause)
}

func stalled(got, expected int64, limit time.Duration) *core.Error {
	return temporary(fmt.Sprintf("nothing arrived for %s, after %s", limit, arrivedOf(got, expected)), errStalled)
}

func arrivedOf(got, expected int64) string {
	if expected < 0 {
		return core.FormatBytes(got)
	}
	return core.FormatBytes(got) + " of " + core.FormatBytes(expected)
}

// wronglyAnnounced tells of a server that promises more than there is.
func wronglyAnnounced(announced, size int64) *core.Error {
	promised, there := core.FormatBytes(announced), core.FormatBytes(size)
	if promised == there {
		promised, there = exactly(announced), exactly(size)
	}
	return badAddress("the server announces a file of "+promised+", but has only "+there, nil)
}

func changedMeanwhile() *core.Error {
	return temporary("the file was changed at its source while it was being fetched", errChanged)
}

func tooSlow(limit time.Duration, got int64, cause error) *core.Error {
	return temporary(fmt.Sprintf("the download is not complete after %s, %s arrived", limit, core.FormatBytes(got)), cause)
}

// webPage is the answer of a server that has something to say instead of the file.
func webPage(head []byte, path string) *core.Error {
	if sniff.AsksForPassword(head) || looksLikeLogin(path) {
		e := badAddress("the address leads to a login page instead of a file", nil)
		e.Help = "Make the file public, or use a signed address that needs no login."
		return e
	}
	e := badAddress("the address leads to a web page instead of a file", nil)
	e.Help = "Use the address of the file itself, not of the page that shows it."
	return e
}

// looksLikeLogin tells whether a path is one to which visitors without an account
// are sent.
func looksLikeLogin(p string) bool {
	name := strings.ToLower(path.Base(p))
	for _, word := range []string{"login", "signin", "sign-in", "sign_in"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func damaged(mime string, cause error) *core.Error {
	e := badAddress(fmt.Sprintf("the %s file is damaged or not complete (%s)", mime,
		strings.TrimPrefix(cause.Error(), probe.ErrDamaged.Error()+": ")), cause)
	e.Help = "Check that the file opens in a viewer, and send it again."
	return e
}

// wrongKind refuses a file of a kind that a need does not take at all.
func wrongKind(t sniff.Type, n core.Need) *core.Error {
	reason, told := n.Unsupported[t.Kind]
	if !told {
		return wrongType(t, n.Accept)
	}
	return &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeUnsupported, Op: op,
		Message: "the file is " + describe(t) + ". " + reason,
	}
}

// wrongType names what the file is and what is taken.
func wrongType(t sniff.Type, accept []core.Accept) *core.Error {
	e := mediaError(core.CodeMediaType, "the file is "+describe(t)+"; accepted: "+acceptable(accept))
	for _, a := range accept {
		if a.Kind == t.Kind {
			e.Help = a.Help
		}
	}
	return e
}

// taker is who takes files within a limit: a network, or this server. The zero value
// names nobody.
type taker string

// server is the taker of what no network limits.
const server taker = "this server"

func (t taker) atMost(limit string) string { return t.bound("at most " + limit) }

func (t taker) atLeast(limit string) string { return t.bound("at least " + limit) }

func (t taker) bound(limit string) string {
	if t == "" {
		return limit
	}
	return string(t) + " takes " + limit
}

func animatedType(f facts, a core.Accept) *core.Error {
	e := mediaError(core.CodeMediaType, fmt.Sprintf(
		"the file is an animation of %d frames as %s, which converting would stop; accepted: %s",
		f.image.Frames, f.MIME, strings.Join(a.MIME, ", ")))
	e.Help = a.Help
	return e
}

func tooManyFrames(frames int, a core.Accept, by taker) *core.Error {
	e := mediaError(core.CodeMediaLimits, fmt.Sprintf("the animation has %d frames, %s", frames, by.atMost(strconv.Itoa(a.MaxFrames))))
	if a.MaxFrames == 1 { // none of any kind: the way out is that of a type that is not taken
		e.Help = a.Help
	}
	return e
}

func tooManyPixels(img probe.Image, most int64, by taker) *core.Error {
	return mediaError(core.CodeImageTooLarge, fmt.Sprintf("%d×%d are %d pixels, %s",
		img.Width, img.Height, img.Pixels(), by.atMost(strconv.FormatInt(most, 10))))
}

func tooManyPages(pages, most int, by taker) *core.Error {
	return mediaError(core.CodeMediaLimits, fmt.Sprintf("%d pages, %s", pages, by.atMost(strconv.Itoa(most))))
}

func tooLong(measured, limit time.Duration, by taker) *core.Error {
	m, most := formatDurations(measured, limit)
	return mediaError(core.CodeMediaLimits, m+" long, "+by.atMost(most))
}

func tooShort(measured, limit time.Duration, by taker) *core.Error {
	m, least := formatDurations(measured, limit)
	return mediaError(core.CodeMediaLimits, m+" long, "+by.atLeast(least))
}

func tooLarge(size int64, limit limit, exact bool) *core.Error {
	measured, most := formatPair(size, limit.bytes)
	if !exact {
		most = formatIn(limit.bytes, units(limit.bytes))
		measured = "more than " + most
	}
	e := mediaError(core.CodeMediaTooLarge, measured+", "+limit.by.atMost(most))
	if limit.by == server {
		e.Help = "Send a smaller file, or ask the operator of the server to raise CRIER_MEDIA_DISK."
	}
	return e
}

func tooSmall(size, limit int64, by taker) *core.Error {
	measured, least := formatPair(size, limit)
	return mediaError(core.CodeMediaLimits, measured+", "+by.atLeast(least))
}

// noVideo refuses a file of which the client said that it is a video.
func noVideo(t sniff.Type) *core.Error {
	e := mediaError(core.CodeMediaType, "the post says isVideo, but the file is "+describe(t))
	e.Help = "Leave isVideo out, or send the address of the video."
	return e
}

// describe names a type for people.
func describe(t sniff.Type) string {
	switch t.Kind {
	case core.MediaImage:
		return "an image (" + t.MIME + ")"
	case core.MediaVideo:
		return "a video (" + t.MIME + ")"
	case core.MediaDocument:
		return "a document (" + t.MIME + ")"
	case core.MediaCaptions:
		return "captions (" + t.MIME + ")"
	}
	return t.MIME
}

// acceptable lists what is taken, as it is or converted.
func acceptable(accept []core.Accept) string {
	var names []string
	for _, a := range accept {
		if len(a.MIME) == 0 {
			names = append(names, "any "+string(a.Kind))
		}
		for _, t := range a.MIME {
			names = append(names, shortType(t))
		}
		for _, t := range convertible(a) {
			names = append(names, t+" (converted)")
		}
	}
	return strings.Join(names, ", ")
}

// shortType names office documents as everybody does, and other types by their MIME
// type.
func shortType(mime string) string {
	switch mime {
	case "application/pdf":
		return "PDF"
	case "application/msword":
		return "DOC"
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		return "DOCX"
	case "application/vnd.ms-powerpoint":
		return "PPT"
	case "application/vnd.openxmlformats-officedocument.presentationml.presentation":
		return "PPTX"
	}
	return mime
}

// shortened keeps what strangers write from filling a message.
func shortened(s string) string {
	const most = 100 // bytes
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
