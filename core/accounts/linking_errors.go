package accounts

import (
	"fmt"

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

// goneAccount refuses to do something with an account that is not linked.
func goneAccount(id string) *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeAccountNotFound, Op: "linking.account", Field: "account",
		Message: "the account is not linked, or not any more (" + id + ")",
		Help:    "The page on which accounts are linked shows those that are.",
	}
}
