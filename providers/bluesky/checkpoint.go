package bluesky

import (
	"encoding/json"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/richtext"
	"github.com/crier-social/crier/providers/internal/linkcard"
)

// progress is what Prepare remembers between attempts.
type progress struct {
	// RKey is the key of the record, and CreatedAt the time that it shows. They are chosen
	// when the post is due, and do not change from the moment on at which it may be sent:
	// whatever is sent again is the same record under the same key.
	RKey      string `json:"rkey,omitempty"`
	CreatedAt string `json:"createdAt,omitempty"`
	// Thread has the same of the posts that follow in a thread.
	Thread []recordName `json:"thread,omitempty"`

	Text    preparedText         `json:"text,omitzero"`
	Posts   map[string]foundPost `json:"posts,omitempty"`   // by the field that names them
	Uploads map[string]*upload   `json:"uploads,omitempty"` // by the need's key
	// Changes tells, by the need's key, how an uploaded file differs from the author's.
	Changes map[string][]string `json:"changes,omitempty"`
	// Card is what was found out for the card of a link.
	Card *linkcard.Progress `json:"card,omitempty"`
	// PictureFailures is how often its picture could not be brought to the account's server.
	PictureFailures int `json:"pictureFailures,omitempty"`
	// Comment is the progress of the comment below the post.
	Comment json.RawMessage `json:"comment,omitempty"`
}

// recordName is the key of a record, and the time that it shows.
type recordName struct {
	RKey      string `json:"rkey"`
	CreatedAt string `json:"createdAt"`
}

// sentText is a text as it is sent.
type sentText struct {
	Text   string           `json:"text,omitempty"`
	Facets []richtext.Facet `json:"facets,omitempty"`
}

// preparedText is a text with its mentions, as every attempt sends it.
type preparedText struct {
	sentText

	Known    bool           `json:"known,omitempty"` // whom it mentions, and how it is split
	More     []sentText     `json:"more,omitempty"`  // of the posts that follow in a thread
	Warnings []core.Warning `json:"warnings,omitempty"`
	Failures int            `json:"failures,omitempty"` // how often nobody could tell
}

// upload is one file on its way.
type upload struct {
	Kind   core.MediaKind `json:"kind,omitempty"` // what the file turned out to be
	Width  int            `json:"width,omitempty"`
	Height int            `json:"height,omitempty"`
	// Blob is the file on the account's server; nil: it is not there yet.
	Blob *api.Blob `json:"blob,omitempty"`
	// SentAt is when the file was sent.
	SentAt time.Time `json:"sentAt,omitzero"`
	// Job is the work of the video service on the file, while it goes on.
	Job string `json:"job,omitempty"`
}

// blobLife is how long a file stays on a server that no record names. The protocol asks for
// an hour at least, and the post is still to be sent.
// https://atproto.com/specs/blob#blob-lifecycle
const blobLife = 30 * time.Minute

// usable tells whether the file can be named in a record now.
func (u *upload) usable(now time.Time) bool {
	return u != nil && u.Blob != nil && now.Sub(u.SentAt) < blobLife
}

// ratio is the shape of the picture, nil if it is not known.
func (u *upload) ratio() *api.Ratio {
	if u.Width <= 0 || u.Height <= 0 {
		return nil
	}
	return &api.Ratio{Width: u.Width, Height: u.Height}
}

// loadProgress reads the checkpoint.
func loadProgress(c core.Checkpoint) (*progress, error) {
	var state progress
	if _, err := c.Load(&state); err != nil {
		return nil, err
	}
	if state.Uploads == nil {
		state.Uploads = map[string]*upload{}
	}
	if state.Changes == nil {
		state.Changes = map[string][]string{}
	}
	if state.Posts == nil {
		state.Posts = map[string]foundPost{}
	}
	return &state, nil
}
