package linkedin

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
)

// audienceError recognises a post that LinkedIn refuses for its targeting; nil for
// anything else. LinkedIn documents no code for it: this is the one of advertisements.
func (a refusal) audienceError() *core.Error {
	if a.op != "createPost" || a.body.ServiceErrorCode == codeNoScope || a.status == http.StatusConflict {
		return nil
	}
	named := a.body.Has("AUDIENCE_SIZE_TOO_SMALL")
	if !named && !strings.Contains(a.low, "audience") && !strings.Contains(a.low, "target") {
		return nil
	}
	e := &core.Error{
		Kind: core.KindInvalid, Code: core.CodeAudienceTooSmall, Field: targetingField,
		Message: "LinkedIn refused the audience of the post" + a.quote(),
		Help:    fmt.Sprintf("At least %d followers must match; use fewer or wider criteria.", minAudience),
	}
	if !named && (a.status == http.StatusUnprocessableEntity || a.body.Has("INVALID_URN_TYPE", "INVALID_URN_ID", "INVALID_VALUE_FOR_FIELD")) {
		e.Code, e.Help = core.CodeUnknownTarget, "" // a value, not the number of people
	}
	return e
}
