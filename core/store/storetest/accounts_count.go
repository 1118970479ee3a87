package storetest

import (
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

func checkCountAccounts(t *testing.T, f *fixture) {
	counts, err := f.CountAccounts(t.Context())
	must(t, err)
	equal(t, 0, len(counts))
	for _, a := range []struct {
		id, profile, platform string
		status                core.AccountStatus
	}{
		{"a", profileA, "beta", core.AccountRelinkRequired},
		{"b", profileA, "beta", core.AccountActive},
		{"c", profileB, "beta", core.AccountActive},
		{"d", profileB, "alpha", core.AccountActive},
	} {
		account := newAccount(a.id, a.profile, "r"+a.id)
		account.Platform, account.Status = a.platform, a.status
		must(t, f.CreateAccount(t.Context(), account, nil))
	}
	_, err = f.UpdateAccount(t.Context(), "d", func(a *core.Account) error { a.Status = core.AccountRelinkRequired; return nil })
	must(t, err)
	counts, err = f.CountAccounts(t.Context())
	must(t, err)
	equal(t, []store.AccountCount{
		{Platform: "alpha", Status: core.AccountRelinkRequired, Accounts: 1},
		{Platform: "beta", Status: core.AccountActive, Accounts: 2},
		{Platform: "beta", Status: core.AccountRelinkRequired, Accounts: 1},
	}, counts)
}
