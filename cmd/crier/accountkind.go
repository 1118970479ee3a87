package main

import (
	"fmt"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
)

// accountKind is whose accounts of a network a server works with. The kinds never share a
// store: the sandbox's tokens mean nothing to the network, and a post that was meant for the
// sandbox must not appear on a real page, nor the other way round.
type accountKind int

const (
	anyAccounts     accountKind = iota // there is nothing to mix up: see kindOf
	realAccounts                       // those of the network itself
	sandboxAccounts                    // the accounts of the sandbox in this process
)

// sandboxForAll is how several processes work with one sandbox.
const sandboxForAll = "of all processes, one alone has it as `crier serve --sandbox`, with a database of its own; " +
	"the others have the settings of the network that name addresses (CRIER_<NETWORK>_…_URL) with its address; see \"A sandbox for several processes\" in providers/linkedin/sandbox/README.md"

// accountKinds tells of each network which accounts a store may hold.
type accountKinds map[string]networkAccounts

// networkAccounts are those of a network that a store may hold.
type networkAccounts struct {
	kind   accountKind
	double core.Sandboxed // knows the sandbox's; nil: there is none
}

// kindsOf tells which accounts a server with these settings works with, those of networks that
// are left out beside sandboxes included: what is due for real accounts must not fail there.
func kindsOf(cfg config.Config, withSandbox bool) accountKinds {
	kinds := accountKinds{}
	for _, a := range cfg.Adapters {
		double, _ := a.Settings.(core.Sandboxed)
		kinds[a.Name] = networkAccounts{kindOf(cfg, a.Settings, withSandbox), double}
	}
	return kinds
}

// kindOf is of one network. In the data folder, the sandbox's store is its own, with whomever
// was added to the sandbox; and when the network's settings lead elsewhere, such as to a
// sandbox of another process, its accounts are whatever they are there.
func kindOf(cfg config.Config, network core.Settings, withSandbox bool) accountKind {
	_, sandboxed := network.(core.Sandboxed)
	switch {
	case withSandbox && cfg.Store.InDataDir():
		return anyAccounts
	case withSandbox && (sandboxed || network.Live()):
		return sandboxAccounts
	case network.Live():
		return realAccounts
	default:
		return anyAccounts
	}
}

// check refuses a store with linked accounts of another kind.
func (k accountKinds) check(linked []core.Account, storeName string) error {
	for _, account := range linked {
		network, ok := k[account.Platform]
		if !ok {
			continue
		}
		inSandbox := network.double != nil && network.double.InSandbox(account.RemoteID)
		switch {
		case network.kind == sandboxAccounts && !inSandbox:
			return fmt.Errorf("CRIER_STORE: %s holds a real account of %s (%s), which the sandbox must not replace\n"+
				"Unset CRIER_STORE, and the sandbox gets a database of its own; or name another one", storeName, account.Platform, account.DisplayName)
		case network.kind == realAccounts && inSandbox:
			return fmt.Errorf("CRIER_STORE: %s holds an account of the sandbox of %s (%s), which the network itself does not know\n"+
				"Start it with `crier serve --sandbox` if it is the only process of that database; or name another database or another CRIER_DATA_DIR. For several processes: %s",
				storeName, account.Platform, account.DisplayName, sandboxForAll)
		}
	}
	return nil
}
