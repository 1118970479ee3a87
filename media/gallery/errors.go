package gallery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/media/internal/diskfull"
)

const op = "gallery"

// errSuperseded means that what is being received is no longer wanted: the upload
// is gone, has its bytes, or gets them from another attempt.
var errSuperseded = errors.New("the attempt does not count any more")

// errGone is errSuperseded by nothing: the upload was given up or deleted.
var errGone = fmt.Errorf("%w: there is no such upload any more", errSuperseded)

func refused(code core.Code, message, help string) *core.Error {
	return &core.Error{Kind: core.KindMedia, Code: code, Op: op, Message: message, Help: help}
}

func tooLarge(limit int64) *core.Error {
	return refused(core.CodeMediaTooLarge, "the file is larger than the "+core.FormatBytes(limit)+" that may be uploaded at once", "")
}

func emptyFile() *core.Error {
	return refused(core.CodeMediaURL, "the file is empty: it has 0 bytes", "Check the file and upload it again.")
}

// overQuota refuses an upload that does not fit beside what the others take. used may
// be more than quota: uploads under way ask for room before they know whether they get it.
func overQuota(used, quota int64) *core.Error {
	message := "the upload does not fit into the profile's space for uploads: %s of %s are used, or set aside for uploads under way"
	return refused(core.CodeUploadQuota, fmt.Sprintf(message, core.FormatBytes(used), core.FormatBytes(quota)), "")
}

// brokenOff is a body that ended before, or went on after, the announced size.
func brokenOff(got, want int64) *core.Error {
	message := fmt.Sprintf("the upload broke off: %d of %d bytes arrived", got, want)
	if got > want {
		message = fmt.Sprintf("the upload has more than the %d bytes that were announced", want)
	}
	return refused(core.CodeMediaURL, message, "Send the file again.")
}

func notFound() *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeMediaURL, Op: op,
		Message: "there is no upload of this id", Help: "Upload the file again and use the id of the answer.",
	}
}

const newAddress = "Ask for a new address to upload to."

func unknownTicket() *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeMediaURL, Op: op,
		Message: "this address to upload to does not exist, or not any more", Help: newAddress,
	}
}

func badTicket(message string) *core.Error {
	return &core.Error{Kind: core.KindForbidden, Code: core.CodeMediaURL, Op: op, Message: message, Help: newAddress}
}

func usedTicket() *core.Error {
	return badTicket("a file was sent to this address before; it takes one only")
}

func expiredTicket() *core.Error {
	return badTicket("the time to send a file to this address has passed")
}

func replaced() *core.Error {
	return badTicket("another file is being sent to this address since, or was; only one counts")
}

func gone() *core.Error {
	return badTicket("the upload was given up because nothing arrived for too long, or it was deleted")
}

// tooSlow is the end of an upload from which nothing came for so long that it was
// given up.
func tooSlow() *core.Error {
	return &core.Error{
		Kind: core.KindTemporary, Code: core.CodeMediaURL, Op: op,
		Message: "the upload was given up because nothing arrived for too long", Help: "Send the file again.",
	}
}

// storeFailed is trouble with the index or the blobs. What is an error of this
// program's own, or of the caller's context, stays.
func storeFailed(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ours := errors.AsType[*core.Error](err); ours {
		return err
	}
	e := &core.Error{
		Kind: core.KindTemporary, Code: core.CodeStoreUnavailable, Op: op,
		Message: "the uploaded files cannot be reached at the moment", RetryAfter: time.Second, Err: err,
	}
	trouble, known := store.TroubleOf(err)
	switch {
	case diskfull.Is(err), errors.Is(err, store.ErrFull):
		e.Message = "uploaded files cannot be kept: the server's disk is full"
		e.Help = "The operator makes room on the disk of CRIER_DATA_DIR and of the database, or deletes uploads that are not needed any more. Send the file again after the time in Retry-After."
		e.RetryAfter = troublePause
	case known:
		e.Message = "the uploaded files cannot be reached: the server's database cannot be used: " + trouble.Reason
		e.Help = trouble.Help + " " + core.HelpOf(e)
		e.RetryAfter = trouble.Pause
	}
	return e
}

// troublePause is when to try again while somebody has to end a trouble.
const troublePause = 30 * time.Second
