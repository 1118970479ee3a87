package coretest

import (
	"bytes"
	"context"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"
	"sync"

	"github.com/crier-social/crier/core"
)

// File is one file that Assets can fetch. The facts of Asset are given to
// whoever fetches it; Size and Open follow from Data.
type File struct {
	URL   string
	Asset core.Asset
	Data  []byte
	// Arrival, if set, lets the bytes come while they are read; Fetch does not wait
	// for them.
	Arrival *Arrival
}

// Picture returns a real PNG of the size in pixels. Its bytes follow from the
// address and the size alone.
func Picture(url string, width, height int) File {
	h := fnv.New32a()
	_, _ = h.Write([]byte(url)) // a hash never fails to write
	seed := h.Sum32()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			//nolint:gosec // the lowest bits are all that is wanted
			img.SetNRGBA(x, y, color.NRGBA{R: uint8(seed), G: uint8(seed >> 8), B: uint8(x * y), A: 255})
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		panic("coretest: encode a picture: " + err.Error()) // only for a size that no picture has
	}
	return File{
		URL:  url,
		Data: buf.Bytes(),
		Asset: core.Asset{
			Kind: core.MediaImage, MIME: "image/png", Name: "picture.png",
			Width: width, Height: height, Frames: 1,
		},
	}
}

// Assets is a source of media in memory, as package publish wants it. Like the
// real one it fetches a file once for a group, also when several ask at a time,
// and keeps it until the release.
type Assets struct {
	mu       sync.Mutex
	files    map[string]File
	scripts  map[string][]Behaviour
	kept     map[string]map[string]*download // group → address
	fetches  map[string]int
	released []string
}

// download is one file of a group. Its turn is held by whoever downloads it.
type download struct {
	turn    chan struct{}
	arrived bool
}

// NewAssets returns a source of the files.
func NewAssets(files ...File) *Assets {
	a := &Assets{
		files:   map[string]File{},
		scripts: map[string][]Behaviour{},
		kept:    map[string]map[string]*download{},
		fetches: map[string]int{},
	}
	a.Add(files...)
	return a
}

// Add makes more files available, or replaces those of the same address.
func (a *Assets) Add(files ...File) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range files {
		a.files[f.URL] = f
	}
}

// Next scripts the coming downloads from an address, one behaviour for each.
func (a *Assets) Next(url string, behaviours ...Behaviour) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.scripts[url] = append(a.scripts[url], behaviours...)
}

// Fetch returns the file behind n.URL. What is unknown, or does not fit the
// need, is an error of KindMedia with n.Field. onProgress may be nil.
func (a *Assets) Fetch(ctx context.Context, group string, n core.Need, onProgress func(done, total int64)) (*core.Asset, error) {
	d := a.download(group, n.URL)
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return nil, givenUp(ctx, n)
	}
	if ctx.Err() != nil {
		return nil, givenUp(ctx, n)
	}
	if !d.arrived {
		if err := a.begin(n.URL)(ctx, func() error { _, err := a.lookup(n); return err }); err != nil {
			return nil, mediaError(err, n)
		}
	}
	f, err := a.lookup(n)
	if err != nil {
		return nil, err
	}
	if onProgress != nil && !d.arrived {
		onProgress(0, int64(len(f.Data)))
		onProgress(int64(len(f.Data)), int64(len(f.Data)))
	}
	d.arrived = true
	if err := fits(f, n); err != nil {
		return nil, err
	}
	return f.asset(), nil
}

// download returns the group's entry for an address.
func (a *Assets) download(group, url string) *download {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept[group] == nil {
		a.kept[group] = map[string]*download{}
	}
	d := a.kept[group][url]
	if d == nil {
		d = &download{turn: make(chan struct{}, 1)}
		a.kept[group][url] = d
	}
	return d
}

// begin counts a download and takes its script.
func (a *Assets) begin(url string) Behaviour {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fetches[url]++
	if queue := a.scripts[url]; len(queue) > 0 {
		a.scripts[url] = queue[1:]
		return queue[0]
	}
	return Succeed
}

// givenUp is the error of a caller that went away.
func givenUp(ctx context.Context, n core.Need) error {
	return &core.Error{
		Kind: core.KindTemporary, Op: "coretest.fetch", Field: n.Field,
		Message: "the download was given up", Err: context.Cause(ctx),
	}
}

func (a *Assets) lookup(n core.Need) (File, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, ok := a.files[n.URL]
	if !ok {
		return File{}, &core.Error{
			Kind: core.KindMedia, Code: core.CodeMediaURL, Op: "coretest.fetch", Field: n.Field,
			Message: "the address does not answer with a file", Status: 404,
		}
	}
	return f, nil
}

// Authorize allows every file to every profile.
func (*Assets) Authorize(context.Context, string, core.Need) error { return nil }

// Release forgets the group's files.
func (a *Assets) Release(group string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.kept, group)
	a.released = append(a.released, group)
}

// Fetches returns how often an address was downloaded.
func (a *Assets) Fetches(url string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fetches[url]
}

// Released returns the groups that were released, in order.
func (a *Assets) Released() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.released)
}

// Kept returns the groups whose files are kept, sorted.
func (a *Assets) Kept() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.kept))
}

// fits tells why the file is not what the need takes, nil when it is. A need
// without an accept list takes everything.
func fits(f File, n core.Need) error {
	if len(n.Accept) == 0 {
		return nil
	}
	e := &core.Error{Kind: core.KindMedia, Op: "coretest.fetch", Field: n.Field}
	accept, ok := n.AcceptFor(f.Asset.Kind)
	switch {
	case !ok && n.Unsupported[f.Asset.Kind] != "":
		e.Kind, e.Code, e.Message = core.KindUnsupported, core.CodeUnsupported, n.Unsupported[f.Asset.Kind]
	case n.Video && f.Asset.Kind != core.MediaVideo:
		e.Code, e.Message = core.CodeMediaType, "the file is no video"
	case !ok || !slices.Contains(accept.MIME, f.Asset.MIME):
		e.Code, e.Help, e.Message = core.CodeMediaType, accept.Help, "a file of type "+f.Asset.MIME+" is not taken"
	default:
		e.Code, e.Message = beyond(f, accept)
	}
	if e.Message == "" {
		return nil
	}
	return e
}

// beyond says which limit a file exceeds, "" when it keeps to all.
func beyond(f File, a core.Accept) (code core.Code, message string) {
	size := int64(len(f.Data))
	switch {
	case a.MaxBytes > 0 && size > a.MaxBytes:
		return core.CodeMediaTooLarge, "the file is too large"
	case size < a.MinBytes:
		return core.CodeMediaLimits, "the file is too small"
	case a.MaxPixels > 0 && int64(f.Asset.Width)*int64(f.Asset.Height) > a.MaxPixels:
		return core.CodeImageTooLarge, "the picture has too many pixels"
	case a.MaxFrames > 0 && f.Asset.Frames > a.MaxFrames:
		return core.CodeMediaLimits, "the animation has too many frames"
	case a.MaxDuration > 0 && f.Asset.Duration > a.MaxDuration, f.Asset.Duration < a.MinDuration:
		return core.CodeMediaLimits, "the video is too long or too short"
	case a.MaxPages > 0 && f.Asset.Pages > a.MaxPages:
		return core.CodeMediaLimits, "the document has too many pages"
	}
	return 0, ""
}

// mediaError gives a failed download the shape that the contract asks for.
func mediaError(err error, n core.Need) error {
	e := translate(core.Error{Op: "coretest.fetch", Field: n.Field}, err)
	if e.Field == "" {
		e.Field = n.Field
	}
	return e
}

// asset returns a fresh description of the file.
func (f File) asset() *core.Asset {
	asset := f.Asset
	asset.Size = int64(len(f.Data))
	asset.Changes = slices.Clone(f.Asset.Changes)
	asset.Open = func(ctx context.Context) (core.AssetReader, error) {
		if f.Arrival != nil {
			return f.Arrival.open(ctx, f.Data), nil
		}
		return nopCloser{bytes.NewReader(f.Data)}, nil
	}
	return &asset
}

// nopCloser makes a bytes.Reader an asset reader.
type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }
