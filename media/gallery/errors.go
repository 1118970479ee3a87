package gallery

import (
	"strconv"

	"github.com/crier-social/crier/core"
)

func tooLarge(limit int64) *core.Error {
	return &core.Error{
		Kind: core.KindMedia, Code: core.CodeMediaTooLarge, Op: "gallery",
		Message: "the file is larger than " + strconv.FormatInt(limit, 10) + " bytes",
	}
}

func emptyFile() *core.Error {
	return &core.Error{
		Kind: core.KindMedia, Code: core.CodeMediaURL, Op: "gallery",
		Message: "the file is empty: it has 0 bytes", Help: "Check the file and upload it again.",
	}
}

func notFound() *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeMediaURL, Op: "gallery",
		Message: "there is no upload of this id", Help: "Upload the file again and use the id of the answer.",
	}
}
