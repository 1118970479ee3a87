package api

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// keepAfter is how long uploads are kept after the time of the post that needs them:
// it may be retried. A file that came with a post serves nothing else, and is kept no
// longer.
const keepAfter = 7 * 24 * time.Hour

// keepHeld is how long uploads are kept of a post that is held: nobody knows when it will
// go out. After that the post tells that its file is gone.
const keepHeld = 365 * 24 * time.Hour

// keepUploads makes sure that the uploads of a post are there when it goes out.
func (a *API) keepUploads(ctx context.Context, profileID string, request core.PostRequest, held bool) error {
	if a.Uploads == nil {
		return nil
	}
	until := a.Clock.Now()
	if request.ScheduleAt.After(until) {
		until = request.ScheduleAt
	}
	if request.AutoRepost != nil {
		times := request.AutoRepost.Times(until)
		until = times[len(times)-1]
	}
	if held {
		until = until.Add(keepHeld)
	}
	for _, id := range a.uploadsOf(request) {
		err := a.Uploads.Keep(ctx, profileID, []string{id}, until.Add(keepAfter))
		if err != nil && core.KindOf(err) != core.KindNotFound {
			return err // one that is not there is told by who needs it
		}
	}
	return nil
}

// uploadsOf lists the ids of the uploads that a request names: as media, and anywhere
// in the options of a network.
func (a *API) uploadsOf(request core.PostRequest) []string {
	ids := map[string]bool{}
	note := func(s string) {
		if id, isUpload := strings.CutPrefix(a.canonical(s), uploadPrefix); isUpload {
			ids[id] = true
		}
	}
	lists := append(slices.Collect(maps.Values(request.Media.By)), request.Media.Default)
	if request.FirstComment != nil {
		lists = append(lists, request.FirstComment.Media)
	}
	for _, refs := range lists {
		for _, ref := range refs {
			note(ref.URL)
		}
	}
	for _, block := range request.Options {
		var v any
		if json.Unmarshal(block, &v) == nil {
			eachText(v, note)
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// eachText calls fn for every string value within a JSON value.
func eachText(v any, fn func(string)) {
	switch v := v.(type) {
	case string:
		fn(v)
	case []any:
		for _, element := range v {
			eachText(element, fn)
		}
	case map[string]any:
		for _, member := range v {
			eachText(member, fn)
		}
	}
}
