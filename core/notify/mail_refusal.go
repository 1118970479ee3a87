package notify

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
)

// mailTaken is the answer of a server that has taken a mail.
const mailTaken = 250

// lasting tells which refusals of a server may be other ones later.
type lasting func(status int) (passing bool)

// always is of what depends on the server and its settings, not on the mail: the operator
// may mend it while the mail waits.
func always(int) bool { return true }

// temporary is of what depends on the mail and its receiver.
// https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1
func temporary(status int) bool { return status/100 == 4 }

// refusal tells what went wrong in a step; a zero reply: nothing.
func (l mailLine) refusal(err error, words string, passing lasting) reply {
	if err == nil {
		return reply{}
	}
	said, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return l.broken(err)
	}
	r := reply{status: said.Code, answer: printable([]byte(said.Msg)), passing: passing(said.Code)}
	if len(r.answer) > keptAnswer {
		r.answer = printable([]byte(r.answer[:keptAnswer]))
	}
	if temporary(said.Code) {
		words += " for now"
	}
	r.failure = fmt.Sprintf("%s (%d)", words, said.Code)
	return r
}

// broken tells why there was no answer.
func (l mailLine) broken(err error) reply {
	words, _ := explain("mail server", err, l.timeout)
	return reply{failure: words, passing: true}
}

// CheckMail finds out whether the mail server lets mail be sent, and tells in plain words why
// it does not. It sends none. Without a mail server there is nothing to find out.
func (n *Notifier) CheckMail(ctx context.Context) error {
	p, ok := n.mail.(*postman)
	if !ok {
		return nil
	}
	r := p.line.check(ctx)
	if r.failure == "" {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.New(r.failure)
}
