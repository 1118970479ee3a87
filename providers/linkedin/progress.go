package linkedin

import (
	"time"

	"github.com/crier-social/crier/core"
)

// progress is what Prepare remembers between attempts.
type progress struct {
	Uploads map[string]*upload `json:"uploads"` // by the need's key
	// Changes tells, by the need's key, how an uploaded image differs from the
	// author's file: whichever attempt publishes the post warns of it.
	Changes map[string][]string `json:"changes,omitempty"`
}

// setChanges replaces what was changed about an image.
func (p *progress) setChanges(n core.Need, changes []string) {
	delete(p.Changes, n.Key)
	if len(changes) == 0 {
		return
	}
	if p.Changes == nil {
		p.Changes = map[string][]string{}
	}
	p.Changes[n.Key] = changes
}

// upload is one image on its way. An image is remembered once LinkedIn has all
// its bytes: what was only announced has no use later, since the address to send
// it to is not kept.
type upload struct {
	URN        string    `json:"urn,omitempty"` // empty: to be uploaded
	UploadedAt time.Time `json:"uploadedAt,omitzero"`
	// Hidden means that the token may not read the state of images.
	Hidden   bool `json:"hidden,omitempty"`
	Ready    bool `json:"ready,omitempty"`
	Failures int  `json:"failures,omitempty"` // how often LinkedIn failed to process it
}

// loadProgress reads the checkpoint; every needed image has an entry in it.
func (p *publication) loadProgress(c core.Checkpoint) (*progress, error) {
	var state progress
	if _, err := c.Load(&state); err != nil {
		return nil, err
	}
	if state.Uploads == nil {
		state.Uploads = map[string]*upload{}
	}
	for _, n := range p.Needs() {
		if state.Uploads[n.Key] == nil {
			state.Uploads[n.Key] = &upload{}
		}
	}
	return &state, nil
}

// imageURNs returns the images of the post in order, and whether all are there.
func (p *publication) imageURNs(state *progress) ([]string, bool) {
	urns := make([]string, len(p.images))
	for i, img := range p.images {
		urns[i] = img.urn
		if img.urn == "" {
			urns[i] = state.Uploads[img.need.Key].URN
		}
		if urns[i] == "" {
			return nil, false
		}
	}
	return urns, true
}
