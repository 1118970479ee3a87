package api

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// Media looks at files and edits pictures. What it fetches belongs to a group, until
// that is released.
type Media interface {
	// Authorize tells whether a profile may use the file of a need.
	Authorize(ctx context.Context, profileID string, n core.Need) error
	// Fetch returns the file of a need and its facts; onProgress may be nil.
	Fetch(ctx context.Context, group string, n core.Need, onProgress func(done, total int64)) (*core.Asset, error)
	Release(group string)
	// CheckEdit tells everything that is wrong with an edit. That is a JSON object
	// with the keys of POST /media/resize that say what is done to the picture, each
	// of its type.
	CheckEdit(edit json.RawMessage) core.Errors
	// Edit writes the picture of a need to w, changed as the edit says.
	Edit(ctx context.Context, group string, n core.Need, edit json.RawMessage, w io.Writer) (Edited, error)
}

// Edited describes an edited picture.
type Edited struct {
	Name          string
	MIME          string
	Width, Height int   // pixels
	Size          int64 // bytes
	Changes       []string
}

// lookTimeout bounds how long a request waits for a file that is only looked at.
const lookTimeout = 2 * time.Minute

// withMedia is a handler that looks at files.
func (a *API) withMedia(h handler) handler {
	return func(c *gin.Context) answer {
		if a.Media == nil {
			return fail("media", unsupported("", "this server does not look at media"))
		}
		return h(c)
	}
}

// mediaFacts is what is known of a file.
type mediaFacts struct {
	Status      string         `json:"status"`
	URLExists   bool           `json:"urlExists,omitempty"`
	MediaURL    string         `json:"mediaUrl"`       // as the client wrote it
	Type        core.MediaKind `json:"type,omitempty"` // left out for what is no media
	ContentType string         `json:"contentType"`
	FileName    string         `json:"fileName,omitempty"`
	Size        int64          `json:"size"` // bytes
	Width       int            `json:"width,omitempty"`
	Height      int            `json:"height,omitempty"`
	Frames      int            `json:"frames,omitempty"`   // of an animation
	Duration    float64        `json:"duration,omitempty"` // seconds
	VideoCodec  string         `json:"videoCodec,omitempty"`
	Pages       int            `json:"pages,omitempty"`
	Warnings    []warning      `json:"warnings,omitempty"`
}

// missing is the answer to POST /media/urlExists for an address without a usable file.
type missing struct {
	failure
	URLExists bool `json:"urlExists"`
}

// mediaMeta is GET /media/meta.
func (a *API) mediaMeta(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	asked := q.text("mediaUrl")
	n := core.Need{Key: "media", URL: asked, Field: "mediaUrl"}
	if e := a.checkNeed(&n); e != nil && len(q.problems) == 0 {
		q.add(e)
	}
	if len(q.problems) > 0 {
		return fail("media", q.problems)
	}
	facts, err := a.look(c.Request.Context(), profileOf(c), n)
	if err != nil {
		return fail("media", err)
	}
	facts.MediaURL, facts.Warnings = asked, q.ignored()
	return ok(facts)
}

// urlExists is POST /media/urlExists.
func (a *API) urlExists(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("media", err)
	}
	asked := strings.TrimSpace(f.text("mediaUrl"))
	n := core.Need{Key: "media", URL: asked, Field: "mediaUrl"}
	if e := a.checkNeed(&n); e != nil && !f.unreadable(n.Field) {
		f.add(e)
	}
	err = f.problems.OrNil()
	var facts mediaFacts
	if err == nil {
		facts, err = a.look(c.Request.Context(), profileOf(c), n)
	}
	if err != nil {
		ans := fail("media", err)
		if body, isFailure := ans.body.(failure); isFailure && ans.status < http.StatusInternalServerError {
			ans.body = missing{failure: body}
		}
		return ans
	}
	facts.URLExists, facts.MediaURL, facts.Warnings = true, asked, f.ignored()
	return ok(facts)
}

// checkNeed brings the address of a need into the form in which it is fetched, and
// tells why it cannot be.
func (a *API) checkNeed(n *core.Need) *core.Error {
	n.URL = a.canonical(n.URL)
	reason, help := "", ""
	switch {
	case n.URL == "":
		return invalid(n.Field, n.Field+" is missing")
	case strings.HasPrefix(n.URL, "urn:"):
		reason, help = "names an asset of a network, which Crier cannot look at", "Send the address of the file itself, or an upload."
	default:
		reason = a.refuseRef(n.URL)
	}
	if reason == "" {
		return nil
	}
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeMediaURL, Field: n.Field, Message: n.Field + " " + reason, Help: help}
}

// look fetches as much of a file as its facts need.
func (a *API) look(ctx context.Context, profile core.Profile, n core.Need) (mediaFacts, error) {
	if err := a.Media.Authorize(ctx, profile.ID, n); err != nil {
		return mediaFacts{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	group := core.NewID(a.Clock.Now())
	defer a.Media.Release(group)
	asset, err := a.Media.Fetch(ctx, group, n, nil)
	if err != nil {
		return mediaFacts{}, err
	}
	facts := mediaFacts{
		Status: statusSuccess, Type: asset.Kind, ContentType: asset.MIME, FileName: asset.Name,
		Size: asset.Size, Width: asset.Width, Height: asset.Height, VideoCodec: asset.VideoCodec, Pages: asset.Pages,
		Duration: math.Round(asset.Duration.Seconds()*1000) / 1000,
	}
	if asset.Frames > 1 {
		facts.Frames = asset.Frames
	}
	return facts, nil
}
