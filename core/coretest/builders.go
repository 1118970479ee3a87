package coretest

import (
	"fmt"

	"github.com/crier-social/crier/core"
)

// Profile returns the primary profile, with the changes made to it.
func Profile(changes ...func(*core.Profile)) core.Profile {
	p := core.Profile{
		ID:        core.DerivedID("coretest", "profile"),
		Title:     "Primary",
		RefID:     "0123456789abcdef0123456789abcdef01234567",
		Primary:   true,
		CreatedAt: Epoch(),
	}
	for _, change := range changes {
		change(&p)
	}
	return p
}

// Account returns the active default account of the scripted network's first
// member, owned by Profile, with the changes made to it. Its id is derived from
// platform and remote id after the changes, unless they set one.
func Account(changes ...func(*core.Account)) core.Account {
	a := core.Account{
		ProfileID:   Profile().ID,
		Platform:    "scripted",
		RemoteID:    MemberID,
		Kind:        core.AccountPerson,
		DisplayName: "Ada Example",
		Default:     true,
		Status:      core.AccountActive,
		LinkedAt:    Epoch(),
	}
	for _, change := range changes {
		change(&a)
	}
	if a.ID == "" {
		a.ID = core.DerivedID("coretest", "account", a.ProfileID, a.Platform, a.RemoteID)
	}
	return a
}

// Page returns an account of the scripted network that is a page, and not the
// default of its network.
func Page(number int, changes ...func(*core.Account)) core.Account {
	page := func(a *core.Account) {
		a.RemoteID = fmt.Sprintf("%s%d", PagePrefix, number)
		a.Kind, a.DisplayName, a.Default = core.AccountOrganization, fmt.Sprintf("Page %d", number), false
	}
	return Account(append([]func(*core.Account){page}, changes...)...)
}

// PostRequest returns a request to post the text, and media from the addresses,
// to the scripted network, at once.
func PostRequest(text string, mediaURLs ...string) core.PostRequest {
	return core.PostRequest{
		Text:      core.PerPlatform[string]{Default: text},
		Media:     core.PerPlatform[[]core.MediaRef]{Default: MediaRefs(mediaURLs...)},
		Platforms: []string{"scripted"},
	}
}

// MediaRefs returns the entries of mediaUrls for the addresses.
func MediaRefs(urls ...string) []core.MediaRef {
	var refs []core.MediaRef
	for i, url := range urls {
		refs = append(refs, core.MediaRef{URL: url, Field: fmt.Sprintf("mediaUrls[%d]", i)})
	}
	return refs
}
