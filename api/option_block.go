package api

import (
	"strings"

	"github.com/crier-social/crier/core"
)

// optionsKeys lists the keys of the option blocks of this server's networks.
func (a *API) optionsKeys() []string {
	providers := a.Registry.All()
	keys := make([]string, len(providers))
	for i, p := range providers {
		keys[i] = p.Info().OptionsKey
	}
	return keys
}

// meantBlock returns the key of the option block that an unknown key most likely
// stands for. The block of a network that this server does not have stands for none.
func (a *API) meantBlock(key string) (string, bool) {
	keys := a.optionsKeys()
	name, isBlock := cutOptions(key)
	if name == "" {
		return strings.Join(keys, " or "), len(keys) > 0
	}
	byName, names := map[string]string{}, []string{}
	for _, k := range keys {
		n, _ := cutOptions(k)
		byName[n], names = k, append(names, n)
	}
	if n, found := nearest(name, names); found {
		return byName[n], true
	}
	if isBlock {
		return "", false // all blocks are near to each other in how they end
	}
	return nearest(key, keys)
}

// cutOptions returns the network's part of the key of an option block, in lower case,
// and whether the key is like one. Of any other key it returns the whole.
func cutOptions(key string) (string, bool) {
	low := strings.ToLower(key)
	for _, end := range []string{"options", "option"} {
		if name, found := strings.CutSuffix(low, end); found {
			return strings.TrimRight(name, "_-. "), true
		}
	}
	return low, false
}

// misnamedBlock refuses a block that is meant for a network of this server: without
// it, the post would go out otherwise than its author wants.
func misnamedBlock(key, meant string) *core.Error {
	shown := printable(key)
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeUnknownOption, Field: shown,
		Message: "no network of this server takes " + shown + "; did you mean " + meant + "?",
	}
}
