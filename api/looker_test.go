package api_test

import (
	"context"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"strings"
	"sync"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// looker looks at the files of a source in memory, and edits none of them: what it
// gives back is always the same picture. It remembers what it was asked for.
type looker struct {
	*coretest.Assets
	mu    sync.Mutex
	edits []edit
	err   error // what Edit fails with after a part of the picture, if set
}

// edit is one call of Edit.
type edit struct {
	URL  string
	Edit string
}

func newLooker(assets *coretest.Assets) *looker { return &looker{Assets: assets} }

// Authorize lets a profile use every upload but those of strangers.
func (*looker) Authorize(_ context.Context, _ string, n core.Need) error {
	if n.URL == "upload:stranger" {
		return &core.Error{Kind: core.KindMedia, Code: core.CodeMediaURL, Field: n.Field, Message: "there is no upload of this id"}
	}
	return nil
}

func (*looker) CheckEdit(edit json.RawMessage) core.Errors {
	var problems core.Errors
	for _, field := range []string{"mode", "effects.blur", "watermarkUrl"} {
		if strings.Contains(string(edit), "bad "+field) {
			problems = append(problems, &core.Error{Kind: core.KindInvalid, Field: field, Message: field + " is bad"})
		}
	}
	return problems
}

func (l *looker) Edit(ctx context.Context, group string, n core.Need, what json.RawMessage, w io.Writer) (api.Edited, error) {
	if _, err := l.Fetch(ctx, group, n, nil); err != nil {
		return api.Edited{}, err
	}
	l.mu.Lock()
	l.edits = append(l.edits, edit{n.URL, string(what)})
	l.mu.Unlock()
	if l.err != nil {
		_, _ = w.Write([]byte("half"))
		return api.Edited{}, l.err
	}
	if err := png.Encode(w, image.NewGray(image.Rect(0, 0, 6, 3))); err != nil {
		return api.Edited{}, err
	}
	return api.Edited{Name: "edited.png", MIME: "image/png", Width: 6, Height: 3, Changes: []string{"made small"}}, nil
}
