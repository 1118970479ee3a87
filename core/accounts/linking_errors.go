package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// askAnew is the way out for a person whose address is of no use.
const askAnew = "Ask for a new address where you got this one."

// startAnew is the way out for a person whose step cannot be finished.
const startAnew = "Go back to the page on which accounts are linked, and start again."

func linkUnknown() *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeLinkUnknown, Op: "linking.open",
		Message: "this server does not know the address, or does not know it any more",
		Help:    "Check that the address is complete: it ends with a long row of letters and digits. Otherwise ask for a new one where you got it.",
	}
}

func linkRevoked() *core.Error {
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkRevoked, Op: "linking.open",
		Message: "this address was withdrawn, or has done what it was made for",
		Help:    "If you have just linked an account, nothing is left to do. Otherwise ask for a new address where you got this one.",
	}
}

func linkExpired() *core.Error {
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkExpired, Op: "linking.open",
		Message: "this address was good for a limited time, which is over", Help: askAnew,
	}
}

// notThisBrowser refuses what does not come from the browser that opened the page.
func notThisBrowser() *core.Error {
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkBrowser, Op: "linking.enter",
		Message: "this page was not opened in this browser, or the browser has not kept its cookie",
		Help:    "Open the address that you were given once more, in this browser, and let it keep cookies of this site.",
	}
}

// badForm refuses a form that is not one of this page.
func badForm() *core.Error {
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkBrowser, Op: "linking.form", Field: "form",
		Message: "the form is not one of this page, or was not sent completely",
		Help:    "Load the page again, then press the button once more.",
	}
}

// stepOver refuses a return from the network that cannot be told from one that was used.
func stepOver(message string) *core.Error {
	return &core.Error{Kind: core.KindForbidden, Code: core.CodeLinkBrowser, Op: "linking.return", Message: message, Help: startAnew}
}

// lostWay refuses a return from the network that does not tell to which page it belongs.
func lostWay() *core.Error {
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkBrowser, Op: "linking.return",
		Message: "on the way back from the network it was lost which page you came from, so nothing was linked",
		Help:    "Close this page, and open the address that you were given again.",
	}
}

// forPerson replaces an adapter's error that is the operator's to mend: that goes to the
// log, with what helps, and the person is told whom to tell.
func (v *Visit) forPerson(ctx context.Context, j journey, err error) error {
	e, told := errors.AsType[*core.Error](err)
	if !told {
		return err
	}
	code, title := core.CodeOf(e), v.Title(j.Platform)
	var message string
	switch code {
	case core.CodeLinkSetup:
		message = "this service and " + title + " are not set up for each other as they have to be"
	case core.CodeLinkScope:
		message = title + " does not let this service ask for all that it needs"
	default: // the person's
		return err
	}
	v.linking.Log.WarnContext(ctx, "the operator's app at the network has to be put right", "request", core.RequestID(ctx), "session", v.Session.ID, "profile", v.Session.ProfileID,
		"platform", j.Platform, "app", j.App, "code", code, "error", e, "help", core.HelpOf(e))
	return &core.Error{
		Kind: e.Kind, Code: code, Op: "linking.return", Platform: j.Platform, Message: message,
		Help: "Nothing was linked. This is not your fault, and trying again does not help: tell whoever gave you the address of this page: " + numbers(ctx, code) + ".",
	}
}

// tellOperator logs what a grant lacks that the operator can mend, and returns the grant's
// notes with the numbers that lead him there.
func (v *Visit) tellOperator(ctx context.Context, j journey, g core.Grant) []core.Finding {
	for _, f := range g.Operator {
		v.linking.Log.WarnContext(ctx, "a consent gave less than was asked for", "request", core.RequestID(ctx), "session", v.Session.ID, "profile", v.Session.ProfileID,
			"platform", j.Platform, "app", j.App, "code", f.Code, "message", f.Message, "help", f.Help, "url", f.URL)
	}
	notes := slices.Clone(g.Notes)
	for i, n := range notes {
		if n.Code != 0 {
			notes[i].Help = strings.TrimSuffix(n.Help, ".") + ": " + numbers(ctx, n.Code) + "."
		}
	}
	return notes
}

// numbers are what the operator finds an error by in the log.
func numbers(ctx context.Context, code core.Code) string {
	if id := core.RequestID(ctx); id != "" {
		return fmt.Sprintf("error %d, number %s", code, id)
	}
	return fmt.Sprintf("error %d", code)
}

// notOffered refuses to link what the session may not.
func notOffered(title string) *core.Error {
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkSetup, Op: "linking.begin", Field: "platform",
		Message: "accounts of " + title + " cannot be linked on this page",
		Help:    "Whoever gave you the address of this page decides which networks it offers.",
	}
}

// noApp refuses to link what none of the operator's apps can.
func noApp(title, what string) *core.Error {
	return &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Op: "linking.begin", Field: "app",
		Message: fmt.Sprintf("this server has no app of %s through which %s can be linked", title, what),
		Help:    "Tell whoever gave you the address of this page: the operator of the server sets up an app for it.",
	}
}

// goneAccount refuses to do something with an account that is not linked. A page for that
// account alone is of no use any more, and leads nowhere.
func (v *Visit) goneAccount() *core.Error {
	e := &core.Error{
		Kind: core.KindNotFound, Code: core.CodeAccountNotFound, Op: "linking.account", Field: "account",
		Message: "the account is not linked, or not any more",
		Help:    "The page on which accounts are linked shows those that are.",
	}
	if v.Relinks() {
		e.Message, e.Help = "this account was unlinked", "If it is to be linked again, ask whoever sent you this address."
	}
	return e
}
