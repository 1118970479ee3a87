package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// attachCompanions puts the files that accompany a video, and came with the form, into
// the option blocks of the networks that have such an option. err is a failure to look
// something up.
func (d *decoder) attachCompanions(ctx context.Context, files map[string]core.MediaRef) error {
	if len(files) == 0 {
		return nil
	}
	addressed, err := d.addressed(ctx)
	if err != nil {
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(files)) {
		taken := false
		for _, info := range addressed {
			if option, has := optionNamed(info, field); has {
				taken = true
				d.setOption(info, option, files[field])
			}
		}
		if !taken && len(addressed) > 0 {
			d.add(unsupported(field, "no network that this post goes to takes a file as "+field))
		}
	}
	return nil
}

// addressed describes the networks that the post goes to, as far as they are here.
func (d *decoder) addressed(ctx context.Context) ([]core.Info, error) {
	names := map[string]bool{}
	for _, name := range d.request.Platforms {
		names[name] = true
	}
	if names[allPlatforms] {
		linked, err := d.api.Accounts.List(ctx, d.profileID)
		if err != nil {
			return nil, err
		}
		for _, account := range linked {
			names[account.Platform] = true
		}
	}
	for _, id := range d.request.AccountIDs {
		account, err := d.api.Accounts.Get(ctx, d.profileID, id)
		var known *core.Error
		switch {
		case err == nil:
			names[account.Platform] = true
		case !errors.As(err, &known) && !errors.Is(err, store.ErrNotFound):
			return nil, err // an account that is not there is found again, and told
		}
	}
	var infos []core.Info
	for _, p := range d.api.Registry.All() {
		if info := p.Info(); names[info.Name] {
			infos = append(infos, info)
		}
	}
	return infos, nil
}

// optionNamed returns the option of a network that has a name, whatever its case.
func optionNamed(info core.Info, name string) (string, bool) {
	for _, o := range info.Options {
		if strings.EqualFold(o.Name, name) {
			return o.Name, true
		}
	}
	return "", false
}

// setOption adds a file to the option block of a network. A block that has the option
// already cannot have both.
func (d *decoder) setOption(info core.Info, option string, file core.MediaRef) {
	block, _ := asObject(d.request.Options[info.Name]) // what is no object is refused already
	for _, key := range block.keys {
		if strings.EqualFold(key, option) && !blank(block.values[key]) {
			d.add(invalid(file.Field, file.Field+" is attached as a file, and "+info.OptionsKey+"."+printable(key)+" names another one; send one of them"))
			return
		}
	}
	value, _ := encode(file.URL) // a string always encodes
	block.set(option, value)
	if d.request.Options == nil {
		d.request.Options = map[string]json.RawMessage{}
	}
	d.request.Options[info.Name] = block.encode()
}

// encode writes the object, its keys in their order.
func (o object) encode() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := encode(key) // a string always encodes
		b.Write(name)
		b.WriteByte(':')
		b.Write(o.values[key])
	}
	b.WriteByte('}')
	return b.Bytes()
}
