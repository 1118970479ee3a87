package linkedin

import (
	"cmp"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/linkcard"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

// progress is what Prepare remembers between attempts.
type progress struct {
	Uploads map[string]*upload `json:"uploads"` // by the need's key
	// Target is whom the post is for, where names of it had to be looked up.
	Target *audience.Target `json:"target,omitempty"`
	// Changes tells, by the need's key, how an uploaded file differs from the
	// author's: whichever attempt publishes the post warns of it.
	Changes map[string][]string `json:"changes,omitempty"`
	Text    preparedText        `json:"text,omitzero"`
	// Card is what was found out for the card of a link.
	Card *linkcard.Progress `json:"card,omitempty"`
	// Parent is the URN of the post that is reposted, where it had to be found out.
	Parent  string       `json:"parent,omitempty"`
	Comment preparedText `json:"comment,omitzero"` // below the post
}

// setChanges replaces what was changed about a file.
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

// upload is one file on its way. An image or document is remembered once LinkedIn
// has all its bytes: what was only announced has no use later, since the address to
// send it to is not kept. A video is remembered part by part.
type upload struct {
	URN        string    `json:"urn,omitempty"`   // empty: to be uploaded
	Name       string    `json:"name,omitempty"`  // of the file
	Codec      string    `json:"codec,omitempty"` // of a video
	UploadedAt time.Time `json:"uploadedAt,omitzero"`
	// Hidden means that the token may not read the state of the file.
	Hidden bool `json:"hidden,omitempty"`
	// Refused is how many looks at a video were refused since one was not.
	Refused  int  `json:"refused,omitempty"`
	Ready    bool `json:"ready,omitempty"`
	Failures int  `json:"failures,omitempty"` // how often LinkedIn failed to process it
	// Restarts is how often the upload of a video was begun anew, since what was sent
	// could not be used any more.
	Restarts int `json:"restarts,omitempty"`
	// Video is the upload of a video that is under way.
	Video *videoUpload `json:"video,omitempty"`
}

// videoUpload is a place for a video, and how much of it is filled.
type videoUpload struct {
	URN       string      `json:"urn"`
	Token     string      `json:"token,omitempty"`
	Size      int64       `json:"size"` // bytes of the whole file
	ExpiresAt time.Time   `json:"expiresAt,omitzero"`
	Parts     []videoPart `json:"parts"` // in the order of the file
	// ThumbnailURL and CaptionsURL are where the files go that are still to be sent.
	ThumbnailURL string `json:"thumbnailUrl,omitempty"`
	CaptionsURL  string `json:"captionsUrl,omitempty"`
	// Finalizing means that LinkedIn was, or was about to be, told that all is there.
	Finalizing bool `json:"finalizing,omitempty"`
}

// videoPart is a range of the file, both ends included.
type videoPart struct {
	First int64  `json:"first"`
	Last  int64  `json:"last"`
	URL   string `json:"url,omitempty"` // where it goes; empty once it is there
	ID    string `json:"id,omitempty"`  // LinkedIn's, of a part that is there
	CRC   uint32 `json:"crc,omitempty"` // CRC-32C of what was sent
}

func (p videoPart) size() int64 { return p.Last - p.First + 1 }
func (p videoPart) sent() bool  { return p.ID != "" }

// partsSent tells whether LinkedIn has every part.
func (v *videoUpload) partsSent() bool { return v.missing() == 0 }

func (v *videoUpload) missing() int {
	n := 0
	for _, p := range v.Parts {
		if !p.sent() {
			n++
		}
	}
	return n
}

// complete tells whether nothing is left to send.
func (v *videoUpload) complete() bool {
	return v.partsSent() && v.ThumbnailURL == "" && v.CaptionsURL == ""
}

// loadProgress reads the checkpoint; every attachment that is to be uploaded has an
// entry in it.
func (p *publication) loadProgress(c core.Checkpoint) (*progress, error) {
	var state progress
	if _, err := c.Load(&state); err != nil {
		return nil, err
	}
	if state.Uploads == nil {
		state.Uploads = map[string]*upload{}
	}
	for _, a := range p.uploads() {
		if a.urn == "" && state.Uploads[a.need.Key] == nil {
			state.Uploads[a.need.Key] = &upload{}
		}
	}
	return &state, nil
}

// resolved returns what the request takes from the checkpoint, and whether it is all
// there.
func (p *publication) resolved(state *progress) (resolved, bool) {
	text, known := p.settledText(state)
	files, placed := p.placedMedia(state)
	article, made := p.placedCard(state)
	parent := p.placedParent(state)
	target, settled := p.settledTarget(state)
	return resolved{text: text, files: files, article: article, parent: parent, target: target},
		known && placed && made && settled && (parent != "" || p.repost == nil)
}

// placedCard returns the card of the post, nil if there is none, and whether everything
// is known that it needs.
func (p *publication) placedCard(state *progress) (*api.Article, bool) {
	if p.card == nil {
		return nil, true
	}
	thumbnail, ok := p.placedThumbnail(state)
	return p.card.article(state.Card, thumbnail), ok && (!p.card.asksPage() || state.Card.Known())
}

// placedThumbnail returns the picture of the card, "" if it has none, and whether it is
// there if the author wants it.
func (p *publication) placedThumbnail(state *progress) (string, bool) {
	key, given := pictureKey, p.card.thumbnail
	if given != nil {
		if given.urn != "" {
			return given.urn, true
		}
		key = given.need.Key
	}
	up := state.Uploads[key]
	if up == nil {
		return "", given == nil
	}
	return up.URN, up.URN != "" || given == nil
}

// placedParent returns the URN of the post that is reposted, if one is.
func (p *publication) placedParent(state *progress) string {
	if p.repost == nil {
		return ""
	}
	return cmp.Or(p.repost.urn, state.Parent)
}

// placedMedia returns the files of the post in order, and whether all are there.
func (p *publication) placedMedia(state *progress) ([]placed, bool) {
	files := make([]placed, len(p.media))
	for i, a := range p.media {
		files[i].urn = a.urn
		if a.urn == "" {
			up := state.Uploads[a.need.Key]
			files[i] = placed{urn: up.URN, name: up.Name}
		}
		if files[i].urn == "" {
			return nil, false
		}
	}
	return files, true
}
