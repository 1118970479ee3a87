package config

import (
	"errors"

	"github.com/crier-social/crier/core"
)

// checkShared finds what servers need that share a store. What each would make or find on its
// own machine otherwise has to be named, so that all have the same.
func (c Config) checkShared() core.Errors {
	if !c.Store.Shared() {
		return nil
	}
	var problems core.Errors
	need := func(ok bool, name, message string) {
		if !ok {
			problems = append(problems, problem(Prefix+name, errors.New(message)))
		}
	}
	need(c.MasterKey != "", "MASTER_KEY", "has to be set with a MongoDB store, to the same for all servers and workers: "+
		"each would make a key of its own otherwise, and could not read the tokens that another has encrypted; make one with `openssl rand -base64 32`")
	need(c.PublicURL != "", "PUBLIC_URL", "has to be set with a MongoDB store, to the same for all servers and workers: "+
		"the links that one gives out, another has to answer; set it to the address under which clients reach them")
	need(!c.MediaStore.InDataDir(), "MEDIA_STORE", "has to be set with a MongoDB store, to the same for all servers and workers: "+
		"s3://bucket/prefix, or disk:/folder with a folder that all of them share; in the data folder of one, another would not find an upload")
	return problems
}
