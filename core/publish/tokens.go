package publish

import (
	"errors"

	"github.com/crier-social/crier/core"
)

// tokenTrouble is what a session tells an adapter that gets no access token. A network that
// refuses to renew one says nothing of the post: the kinds that would blame its content, or
// stand for the outcome of its call, pass for a trouble of the moment. And whether anything was
// sent is not for whoever renews tokens to say, but for the adapter that asked.
func tokenTrouble(err error) error {
	var e *core.Error
	if !errors.As(err, &e) {
		return ours(err)
	}
	switch e.Kind {
	case core.KindAuth, core.KindForbidden, core.KindNotFound, core.KindRateLimited, core.KindInternal:
		return err
	case core.KindTemporary:
		if e.Status == 0 && !e.Unsent {
			return err
		}
	case core.KindInvalid, core.KindUnsupported, core.KindMedia, core.KindDuplicate, core.KindUncertain:
	}
	c := *e
	c.Status, c.Unsent, c.Err = 0, false, err
	if e.Kind != core.KindTemporary {
		c.Kind, c.Code, c.Field, c.Help, c.RemoteID = core.KindTemporary, 0, "", "", ""
		c.Message = "the account's access token could not be had: " + core.Clause(e.Message)
	}
	return &c
}
