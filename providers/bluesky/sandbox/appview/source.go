// Package appview shows posts as readers see them: it reads the records of repositories and
// answers the app.bsky methods that need no account. It works on the sandbox's own repositories
// and, over HTTP, on those of a genuine server, for which there is no AppView to run.
// https://docs.bsky.app/docs/advanced-guides/api-directory
package appview

import (
	"context"
	"time"
)

// Source is where repositories are.
type Source interface {
	// Repos lists all repositories, inactive ones included.
	Repos(ctx context.Context) ([]Repo, error)
	// Records lists the records of a collection of an active repository.
	Records(ctx context.Context, did, collection string) ([]Record, error)
}

// Repo is a repository.
type Repo struct {
	DID, Handle string
	// Status is why the account is not shown; empty: it is.
	Status  string
	Created time.Time
}

// Record is a record of a repository.
type Record struct {
	URI, CID string
	Value    map[string]any // as atdata has it
	// Indexed is when the AppView saw it; zero: when its author says that it was made.
	Indexed time.Time
}

// Figures are counts.
type Figures struct {
	Likes   int `json:"likes"`
	Reposts int `json:"reposts"`
	Quotes  int `json:"quotes"`
	Replies int `json:"replies"`
}

func (f Figures) plus(other Figures) Figures {
	return Figures{f.Likes + other.Likes, f.Reposts + other.Reposts, f.Quotes + other.Quotes, f.Replies + other.Replies}
}

// Options configures an AppView.
type Options struct {
	// Blob is the address of a file.
	Blob func(did, cid string) string
	// Figures are counts beside those of the records that there are; nil: none.
	Figures func(uri string) Figures
}
