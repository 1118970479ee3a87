package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Some settings have to be the same for all processes that work with a store. Each notes its
// own at its lease before it looks at those of the others, so that of two that begin at the
// same time at least one sees the other's.

// common is what a process tells the others of its settings.
type common struct {
	Host string `json:"host"`
	// Keys are the ids of the master keys that it has, the one that encrypts first.
	Keys []string `json:"keys"`
	// Clients stands for the key of clients that CRIER_API_KEY sets; empty: it is not set.
	Clients string `json:"clients,omitempty"`
	// Live tells of each network of the process whether it posts to the network itself.
	Live map[string]bool `json:"live,omitempty"`
	// FirstLive is Live of firstNetwork, as all that processes of Crier tell, and ask for, that
	// have no other network.
	FirstLive bool `json:"linkedIn"`
	// Sandbox tells that it runs a sandbox on a store that others can work with.
	Sandbox bool `json:"sandbox,omitempty"`
	// PublicURL and Media are compared in a store for several machines; elsewhere each server
	// may have its own.
	PublicURL string `json:"publicUrl,omitempty"`
	Media     string `json:"media,omitempty"`
	InFolder  bool   `json:"inFolder,omitempty"` // Media is a folder, whose name may be another on another machine
}

// firstNetwork is the network that Crier began with.
const firstNetwork = "linkedin"

// apiKeyIDSize is how much of the hash of a key tells it from others.
const apiKeyIDSize = 8

// commonOf is what a process tells of these settings.
func commonOf(cfg config.Config, host string, keys []string, sandbox bool) common {
	c := common{
		Host: host, Keys: keys, Live: map[string]bool{},
		Sandbox: sandbox && !cfg.Store.InDataDir(),
	}
	for _, a := range cfg.Adapters {
		c.Live[a.Name] = a.Settings.Live()
	}
	c.FirstLive = c.Live[firstNetwork]
	if cfg.APIKey != "" {
		hash := core.HashKey(cfg.APIKey)
		c.Clients = hex.EncodeToString(hash[:apiKeyIDSize])
	}
	if cfg.Store.Shared() {
		c.PublicURL = string(cfg.PublicURL)
		c.Media, c.InFolder = mediaPlace(cfg)
	}
	return c
}

// mediaPlace names the place of uploaded files.
func mediaPlace(cfg config.Config) (place string, inFolder bool) {
	if bucket, ok := cfg.MediaStore.S3(); ok {
		return "s3://" + bucket.Bucket + "/" + bucket.Prefix, false
	}
	folder, _ := cfg.MediaStore.Folder(cfg.DataDir)
	if absolute, err := filepath.Abs(folder); err == nil {
		folder = absolute
	}
	return "disk:" + folder, true
}

// knows tells whether the process can read what another one encrypts.
func (c common) knows(o common) bool { return len(o.Keys) == 0 || slices.Contains(c.Keys, o.Keys[0]) }

// clash tells why this process must not work beside the other one, with the way out.
func (c common) clash(name string, o common) error {
	switch {
	case !o.knows(c):
		return fmt.Errorf("CRIER_MASTER_KEY: %s works with this database too and lacks the first of these keys: it could not read what this process encrypts\n"+
			"Start all processes with the new key behind the former one (former,new) first, and then with the new one in front (new,former); or stop %[1]s", name)
	case c.Sandbox && o.together():
		return fmt.Errorf("crier serve --sandbox: %s works with this database too, and what one process has in its sandbox is not there for another\n"+
			"Stop it, or name another database. For a sandbox of several processes: %s", name, sandboxForAll)
	case o.Sandbox && c.together():
		return fmt.Errorf("CRIER_STORE: %s is `crier serve --sandbox` with this database, and what one process has in its sandbox is not there for another\n"+
			"Stop it, or name another database. For a sandbox of several processes: %s", name, sandboxForAll)
	case c.parted(o) != "":
		network := c.parted(o)
		return fmt.Errorf("CRIER_%s_…_URL: this process posts to %s, and %s to %s: what is meant for one must not go to the other\n"+
			"Set the addresses of the network to the same for all processes of this database, or name another database. For a sandbox: %s",
			strings.ToUpper(network), c.place(network), name, o.place(network), sandboxForAll)
	case c.Clients != "" && o.Clients != "" && c.Clients != o.Clients:
		return fmt.Errorf("CRIER_API_KEY: %s was started with another one, which this start would replace for all clients\n"+
			"Set it to the same for all processes. To change it, start all without it first, which keeps the key that is stored, and then with the new one; or stop the others", name)
	case c.Media != o.Media && !c.mayBeMounted(o):
		return fmt.Errorf("CRIER_MEDIA_STORE: this process keeps uploaded files in %s, and %s keeps them in %s: neither would find those of the other\n"+
			"Set it to the same for all processes of this database; to change it, stop them all and copy the files", c.Media, name, o.Media)
	}
	return nil
}

// together tells that the process must not work beside one with a sandbox: it has one too, or
// the store is for several machines, where only one of them would reach it.
func (c common) together() bool { return c.Sandbox || c.Media != "" }

// parted names a network that one of the processes posts to and the other one to a double of
// it; empty: there is none. A network that only one of them knows is none.
func (c common) parted(o common) string {
	theirs := o.live()
	for _, network := range slices.Sorted(maps.Keys(c.live())) {
		if live, known := theirs[network]; known && live != c.live()[network] {
			return network
		}
	}
	return ""
}

// live is Live, also of a process that knows the first network alone.
func (c common) live() map[string]bool {
	if c.Live == nil {
		return map[string]bool{firstNetwork: c.FirstLive}
	}
	return c.Live
}

// place names where posts to a network go.
func (c common) place(network string) string {
	if c.live()[network] {
		return network + " itself"
	}
	return "another address"
}

// mayBeMounted tells whether the places of uploaded files may be the same in spite of their
// names: a folder that several machines mount.
func (c common) mayBeMounted(o common) bool { return c.InFolder && o.InFolder && c.Host != o.Host }

// differences tells what is likely to be a mistake, and may be right while it is changed on one
// machine after the other.
func (c common) differences(o common) (settings []string) {
	if c.PublicURL != o.PublicURL {
		settings = append(settings, "CRIER_PUBLIC_URL")
	}
	if c.Media != o.Media {
		settings = append(settings, "CRIER_MEDIA_STORE")
	}
	return settings
}

// neighbour is another process that works with the store.
type neighbour struct {
	name   string
	until  time.Time // when its lease ends unless it is extended
	common common
}

// neighbours lists them.
func (a *app) neighbours(ctx context.Context) ([]neighbour, error) {
	leases, err := a.store.ListLeases(ctx, store.UserLease)
	if err != nil {
		return nil, fmt.Errorf("looking for other processes: %w", err)
	}
	var list []neighbour
	for _, l := range leases {
		if l.Holder == a.presence.id || l.Note == "" { // or it has not come so far
			continue
		}
		n := neighbour{name: l.Name[len(store.UserLease):], until: l.Until}
		if err := json.Unmarshal([]byte(l.Note), &n.common); err != nil {
			return nil, fmt.Errorf("reading the settings of %s: %w", n.name, err)
		}
		list = append(list, n)
	}
	return list, nil
}

// agree tells the others what they have to have in common with this process, and refuses to
// start beside one that is alive and has not. One that may be dead is waited for: its lease
// ends.
func (a *app) agree(ctx context.Context, sandbox bool) error {
	host, err := os.Hostname()
	if err != nil {
		host = unknownHost
	}
	own := commonOf(a.cfg, host, a.vault.KeyIDs(), sandbox)
	if err := a.presence.tell(ctx, own); err != nil {
		return fmt.Errorf("noting the settings of this process: %w", err)
	}
	seen := map[string]time.Time{}
	for first := true; ; first = false {
		list, err := a.neighbours(ctx)
		if err != nil {
			return err
		}
		clash, alive := own.clashes(list, seen)
		if clash == nil {
			a.warnOfDifferences(ctx, own, list)
			return nil
		}
		if alive {
			return clash
		}
		if first {
			a.log.WarnContext(ctx, "waiting for a process with other settings to show that it lives, or to be gone", "event", "settings.awaited", "at_most", presenceTime, "difference", clash)
		}
		if err := a.outwait(ctx); err != nil {
			return err
		}
	}
}

// clashes returns a clash with a neighbour, of one that is alive if there is one: that has
// extended its lease since it was seen first. seen notes when leases were to end.
func (c common) clashes(list []neighbour, seen map[string]time.Time) (clash error, alive bool) {
	for _, n := range list {
		err := c.clash(n.name, n.common)
		if err == nil {
			continue
		}
		until, known := seen[n.name]
		if known && n.until.After(until) {
			return err, true
		}
		seen[n.name] = n.until
		if clash == nil {
			clash = err
		}
	}
	return clash, false
}

// outwait waits a moment, in which this process shows that it lives, and what is known to be
// dead goes.
func (a *app) outwait(ctx context.Context) error {
	select {
	case <-a.clock.After(time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := a.releaseDead(ctx); err != nil {
		return err
	}
	return a.presence.renew(ctx)
}

// warnOfDifferences tells the log what others have set to something else.
func (a *app) warnOfDifferences(ctx context.Context, own common, list []neighbour) {
	for _, n := range list {
		for _, setting := range own.differences(n.common) {
			a.log.WarnContext(ctx, "a process of the same store has another value of a setting: links and uploads of one may not be found by way of the other until all have the same",
				"event", "settings.differ", "setting", setting, "process", n.name)
		}
	}
}

// awaitReaders waits until all processes of the store can read what this one encrypts.
func (a *app) awaitReaders(ctx context.Context) error {
	own, said := common{Keys: a.vault.KeyIDs()}, false
	for {
		list, err := a.neighbours(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(n neighbour) bool { return !n.common.knows(own) })
		if i < 0 {
			return nil
		}
		if !said {
			a.log.WarnContext(ctx, "nothing is encrypted anew while a process lacks the first key of CRIER_MASTER_KEY: start it with that key behind its own", "event", "key.awaited", "process", list[i].name)
			said = true
		}
		select {
		case <-a.clock.After(presenceEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
