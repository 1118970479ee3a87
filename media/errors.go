package media

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/probe"
	"github.com/crier-social/crier/media/sniff"
)

const op = "media.fetch"

// errTimeout is the cause of a download's end when its time is up.
var errTimeout = errors.New("the time limit of the download has passed")

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
	return &core.Error{
		Kind: core.KindTemporary, Code: core.CodeStoreUnavailable, Op: op,
		Message: "the file could not be kept on the server", Err: cause,
		Help: "The operator of the server looks for free space; the post can be retried.",
	}
}

func cutShort(got, expected int64, cause error) *core.Error {
	message := "the connection broke after " + formatBytes(got)
	if expected >= 0 {
		message += " of " + formatBytes(expected)
	}
	return temporary(message, cause)
}

func tooSlow(limit time.Duration, got int64, cause error) *core.Error {
	return temporary(fmt.Sprintf("the download is not complete after %s, %s arrived", limit, formatBytes(got)), cause)
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
	return mediaError(core.CodeMediaType, "the file is "+describe(t)+"; accepted: "+acceptable(accept))
}

func animatedType(f facts, a core.Accept) *core.Error {
	return mediaError(core.CodeMediaType, fmt.Sprintf(
		"the file is an animation of %d frames as %s, which converting would stop; accepted: %s",
		f.image.Frames, f.MIME, strings.Join(a.MIME, ", ")))
}

func tooManyFrames(frames, most int) *core.Error {
	return mediaError(core.CodeMediaLimits, fmt.Sprintf("the animation has %d frames, at most %d", frames, most))
}

func tooManyPixels(img probe.Image, most int64) *core.Error {
	return mediaError(core.CodeImageTooLarge, fmt.Sprintf("%d×%d are %d pixels, at most %d",
		img.Width, img.Height, img.Pixels(), most))
}

func tooLarge(size, limit int64, exact bool) *core.Error {
	measured, most := formatPair(size, limit)
	if !exact {
		most = formatIn(limit, units(limit))
		measured = "more than " + most
	}
	return mediaError(core.CodeMediaTooLarge, measured+", at most "+most)
}

func tooSmall(size, limit int64) *core.Error {
	measured, least := formatPair(size, limit)
	return mediaError(core.CodeMediaLimits, measured+", at least "+least)
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
		names = append(names, a.MIME...)
		for _, t := range convertible(a) {
			names = append(names, t+" (converted)")
		}
	}
	return strings.Join(names, ", ")
}

// shortened keeps what strangers write from filling a message.
func shortened(s string) string {
	const most = 100
	if c := cut(s, most); c != s {
		return c + "…"
	}
	return s
}
