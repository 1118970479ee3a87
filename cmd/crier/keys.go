package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
)

const masterKeyFile = "master.key"

var errForeignKey = errors.New("CRIER_API_KEY is the key of another profile")

// ensureProfile returns the primary profile, and makes it at the first start: with
// the configured key, or with a new one that is returned and known to nobody else.
// A configured key replaces the one that was stored before; that is logged.
func ensureProfile(ctx context.Context, s store.Profiles, configured core.Secret, now time.Time, log *slog.Logger) (core.Profile, core.Secret, error) {
	p, err := s.PrimaryProfile(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return createProfile(ctx, s, configured, now, log)
	}
	if err != nil {
		return p, "", fmt.Errorf("reading the primary profile: %w", err)
	}
	return p, "", replaceKey(ctx, s, p, configured, log)
}

func createProfile(ctx context.Context, s store.Profiles, configured core.Secret, now time.Time, log *slog.Logger) (core.Profile, core.Secret, error) {
	key, generated := configured, core.Secret("")
	if key == "" {
		key = core.NewProfileKey()
		generated = key
	}
	p := core.Profile{ID: core.NewID(now), Title: "Primary Profile", RefID: core.NewRefID(), Primary: true, CreatedAt: now}
	err := s.CreateProfile(ctx, p, core.HashKey(key))
	if errors.Is(err, store.ErrExists) { // another process was first
		p, err = s.PrimaryProfile(ctx)
		if err == nil {
			err = replaceKey(ctx, s, p, configured, log)
		}
		return p, "", err
	}
	if err != nil {
		return p, "", fmt.Errorf("creating the primary profile: %w", err)
	}
	return p, generated, nil
}

// checkAPIKey refuses a configured key that another profile has than the primary one.
func checkAPIKey(ctx context.Context, s store.Profiles, configured core.Secret) error {
	if configured == "" {
		return nil
	}
	switch owner, err := s.ProfileByKey(ctx, core.HashKey(configured)); {
	case err == nil && !owner.Primary:
		return errForeignKey
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("reading the owner of the API key: %w", err)
	}
	return nil
}

func replaceKey(ctx context.Context, s store.Profiles, p core.Profile, configured core.Secret, log *slog.Logger) error {
	if configured == "" {
		return nil
	}
	owner, err := s.ProfileByKey(ctx, core.HashKey(configured))
	switch {
	case err == nil && owner.ID == p.ID:
		return nil
	case err == nil:
		return errForeignKey
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("reading the owner of the API key: %w", err)
	}
	if err := s.SetProfileKey(ctx, p.ID, core.HashKey(configured)); err != nil {
		return fmt.Errorf("storing the API key: %w", err)
	}
	log.WarnContext(ctx, "CRIER_API_KEY replaced the API key that the store had; the old key is no longer accepted", "profile", p.ID)
	return nil
}

// openVault returns the key ring that the settings name, or the one in the data
// folder. That one is made at the first start, unless inUse: the store already held
// accounts, whose tokens no new key could decrypt.
func openVault(configured core.Secret, dataDir string, inUse bool) (*vault.Ring, error) {
	list := configured.Reveal()
	if list == "" {
		var err error
		if list, err = masterKey(filepath.Join(dataDir, masterKeyFile), inUse); err != nil {
			return nil, fmt.Errorf("master key: %w", err)
		}
	}
	ring, err := parseKeyRing(list)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return ring, nil
}

// parseKeyRing reads a comma list of keys.
func parseKeyRing(list string) (*vault.Ring, error) {
	keys, err := vault.ParseKeys(list)
	if err != nil {
		return nil, err
	}
	return vault.New(keys...)
}

// ifKeyLost is the last way out for who has linked accounts and no key to their
// tokens.
const ifKeyLost = "If that key is lost, start once with `crier serve --key-lost`, and link the accounts again"

// checkKeys refuses a key ring that does not open the tokens of the linked accounts,
// before somebody posts to them. When that key is lost, it marks the accounts.
func (a *app) checkKeys(ctx context.Context, linked []core.Account, lost bool) error {
	unreadable, err := a.accounts.Unreadable(ctx, linked)
	if err != nil {
		return fmt.Errorf("reading the tokens of the linked accounts: %w", err)
	}
	if len(unreadable) == 0 {
		return a.checkStoreKey(ctx, lost)
	}
	if !lost {
		var names []string
		for _, account := range unreadable {
			names = append(names, fmt.Sprintf("%q (%s)", account.DisplayName, account.Platform))
		}
		return fmt.Errorf("CRIER_MASTER_KEY: the tokens of these accounts were encrypted with another key: %s\n"+
			"Set CRIER_MASTER_KEY to that key; or to a new one and that one, with a comma between them; "+
			"or, if it is unset, bring the file %s back from a backup. "+ifKeyLost,
			strings.Join(names, ", "), filepath.Join(a.cfg.DataDir, masterKeyFile))
	}
	for _, account := range unreadable {
		if err := a.accounts.AuthorizationLost(ctx, account.ID, "the key that encrypted its tokens is lost"); err != nil {
			return err
		}
	}
	return nil
}

// masterKey reads the key from the file. If it is not there, it makes one, or fails
// if the lost one is in use.
func masterKey(path string, inUse bool) (string, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // in the operator's data folder
	if errors.Is(err, fs.ErrNotExist) {
		if inUse {
			return "", fmt.Errorf("%s is missing, but the store holds accounts whose tokens were encrypted with it\n"+
				"Bring the file back from a backup, or set CRIER_MASTER_KEY to its content. "+ifKeyLost, path)
		}
		if err := createMasterKey(path); err != nil {
			return "", err
		}
		raw, err = os.ReadFile(path) //nolint:gosec // as above; it may be another process's
	}
	return strings.TrimSpace(string(raw)), err
}

// createMasterKey writes a new key under the name unless one is there meanwhile.
// The key is complete before it gets its name, and durable before it is used: what
// it encrypts would be lost with it.
func createMasterKey(path string) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, masterKeyFile+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = fmt.Fprintln(temp, base64.StdEncoding.EncodeToString(vault.NewKey()))
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the operator's data folder
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
