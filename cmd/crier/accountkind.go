package main

import (
	"fmt"
	"slices"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// accountKind is whose accounts a server works with. The kinds never share a
// store: the sandbox's tokens mean nothing to LinkedIn, and a post that was meant
// for the sandbox must not appear on a real page, nor the other way round.
type accountKind int

const (
	anyAccounts     accountKind = iota // there is nothing to mix up: see kindOf
	realAccounts                       // LinkedIn's own
	sandboxAccounts                    // the accounts of the sandbox in this process
)

// sandboxForAll is how several processes work with one sandbox.
const sandboxForAll = "of all processes, one alone has it as `crier serve --sandbox`, with a database of its own; " +
	"the others have CRIER_LINKEDIN_API_URL, _OAUTH_URL and _WEB_URL with its address; see \"A sandbox for several processes\" in the sandbox's README"

// linkedInAPI is the address of LinkedIn itself.
const linkedInAPI = config.BaseURL("https://api.linkedin.com")

// kindOf tells which accounts a server with these settings works with. In the data
// folder, the sandbox's store is its own, with whomever was added to the sandbox;
// and when LinkedIn's API is elsewhere, such as in a sandbox of another process, its
// accounts are whatever they are there.
func kindOf(cfg config.Config, withSandbox bool) accountKind {
	switch {
	case withSandbox && cfg.Store.InDataDir():
		return anyAccounts
	case withSandbox:
		return sandboxAccounts
	case cfg.LinkedIn.APIURL == linkedInAPI:
		return realAccounts
	default:
		return anyAccounts
	}
}

// check refuses a store with linked accounts of another kind.
func (k accountKind) check(linked []core.Account, storeName string) error {
	for _, account := range linked {
		if account.Platform != sandboxPlatform {
			continue
		}
		inSandbox := slices.Contains(sandboxURNs(), account.RemoteID)
		switch {
		case k == sandboxAccounts && !inSandbox:
			return fmt.Errorf("CRIER_STORE: %s holds a real account (%s), which the sandbox must not replace\n"+
				"Unset CRIER_STORE, and the sandbox gets a database of its own; or name another one", storeName, account.DisplayName)
		case k == realAccounts && inSandbox:
			return fmt.Errorf("CRIER_STORE: %s holds an account of the sandbox (%s), which LinkedIn does not know\n"+
				"Start it with `crier serve --sandbox` if it is the only process of that database; or name another database or another CRIER_DATA_DIR. For several processes: %s",
				storeName, account.DisplayName, sandboxForAll)
		}
	}
	return nil
}

// sandboxURNs lists everybody in the sandbox.
func sandboxURNs() []string {
	return []string{sandbox.JaneURN, sandbox.JohnURN, sandbox.PageURN, sandbox.SmallPageURN}
}
