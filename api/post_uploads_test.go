package api_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// TestPostOwnAddress posts an upload by its address, as clients of POST /media/upload
// do.
func TestPostOwnAddress(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.api = func(c *api.Config) { c.PublicURL = "http://127.0.0.1:8080" } })
	s.serveUploads()
	u := s.keepFile(s.profile.ID, "a.png", string(picture()))
	address := "http://127.0.0.1:8080/media/file/" + u.ID + "/a.png"
	r := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}, "mediaUrls": []string{address}}).want(http.StatusOK)
	equal(t, 1, len(s.network.Timeline()[0].Media))
	equal(t, 1, s.assets.Fetches("upload:"+u.ID))
	shown := s.call(http.MethodGet, "/post/"+r.text("id"), nil).object()["mediaUrls"]
	equal(t, any([]any{"http://127.0.0.1:8080/media/file/" + u.ID}), shown)

	foreign := s.keepFile("other", "b.png", string(picture()))
	for _, bad := range []string{"http://127.0.0.1:8080/media/file/" + foreign.ID, "upload:" + foreign.ID, "http://127.0.0.1:8080/media/file/../x"} {
		r := s.call(http.MethodPost, "/post", jsonMap{"post": "b", "platforms": []string{"scripted"}, "mediaUrls": []string{bad}}).want(http.StatusBadRequest)
		equal(t, problem{Code: core.CodeMediaURL, Field: "mediaUrls[0]"}, r.problems()[0])
		equal(t, "Upload the file again and use the id of the answer.", r.text("help"))
	}
}

// videoNetwork is the scripted network with the options of a network that takes videos.
type videoNetwork struct {
	*coretest.Provider
	mu     sync.Mutex
	blocks []string // as they came, beyond what the scripted network knows
}

func (v *videoNetwork) Info() core.Info {
	info := v.Provider.Info()
	info.Options = append(info.Options[:2:2], core.OptionInfo{Name: "thumbNail", Type: "string"}, core.OptionInfo{Name: "captions", Type: "string"})
	info.Limits.ImageWidth, info.Limits.ImageHeight = 1200, 627
	info.Limits.Videos, info.Limits.VideoTypes, info.Limits.DocumentTypes = 1, []string{"video/mp4"}, []string{"application/pdf"}
	return info
}

func (v *videoNetwork) Plan(ctx context.Context, as core.Account, d core.Draft) (core.Publication, error) {
	var block map[string]json.RawMessage
	if len(d.Options) > 0 {
		if err := json.Unmarshal(d.Options, &block); err != nil {
			return nil, err
		}
	}
	v.mu.Lock()
	v.blocks = append(v.blocks, string(d.Options))
	v.mu.Unlock()
	for _, ours := range []string{"thumbNail", "captions", "cover"} {
		delete(block, ours)
	}
	var err error
	if d.Options, err = json.Marshal(block); err != nil {
		return nil, err
	}
	return v.Provider.Plan(ctx, as, d)
}

// withVideos makes a server of such a network.
func withVideos(t *testing.T) (*server, *videoNetwork) {
	t.Helper()
	v := &videoNetwork{}
	s := newServer(t, func(o *options) {
		o.provider = func(p *coretest.Provider) core.Provider { v.Provider = p; return v }
	})
	s.serveUploads()
	return s, v
}

func TestPostCompanions(t *testing.T) {
	t.Parallel()
	text, file := part{"post", "", "a"}, part{"media", "a.png", string(picture())}
	thumbnail, captions := part{"thumbNail", "t.png", string(picture())}, part{"captions", "c.srt", "1\n00:00:00,000 --> 00:00:01,000\nHello\n"}
	tests := map[string][]part{
		"by name":      {text, {"platforms", "", "scripted"}, file, thumbnail, captions},
		"all":          {text, {"platforms", "", "all"}, captions, thumbnail, file},
		"with a block": {text, {"platforms", "", "scripted"}, file, thumbnail, captions, {"scriptedOptions", "", `{"altText":["x"],"thumbNail":null}`}},
	}
	for name, parts := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, v := withVideos(t)
			body, contentType := form(t, parts...)
			s.call(http.MethodPost, "/post", body, contentType).want(http.StatusOK)
			var block map[string]any
			if err := json.Unmarshal([]byte(v.blocks[0]), &block); err != nil {
				t.Fatal(err)
			}
			names := map[string]string{}
			for _, key := range []string{"thumbNail", "captions"} {
				id := strings.TrimPrefix(block[key].(string), "upload:")
				u, err := s.uploads.Get(t.Context(), s.profile.ID, id)
				if err != nil {
					t.Fatal(err)
				}
				names[key] = u.Name
			}
			equal(t, map[string]string{"thumbNail": "t.png", "captions": "c.srt"}, names)
			equal(t, []string{"a.png", "c.srt", "t.png"}, s.uploads.names())
		})
	}
}

// TestPostCompanionsOfAccounts names the network by its account alone.
func TestPostCompanionsOfAccounts(t *testing.T) {
	t.Parallel()
	s, v := withVideos(t)
	page := s.linkPage()
	body, contentType := form(t, part{"post", "", "a"}, part{"accountIds", "", page.ID}, part{"thumbNail", "t.png", string(picture())}, part{"source", "", "x"})
	s.call(http.MethodPost, "/post", body, contentType).want(http.StatusOK)
	if !strings.HasPrefix(v.blocks[0], `{"thumbNail":"upload:`) {
		t.Errorf("the block is %s", v.blocks[0])
	}
}

func TestPostCompanionProblems(t *testing.T) {
	t.Parallel()
	text, platforms := part{"post", "", "a"}, part{"platforms", "", "scripted"}
	thumbnail := part{"thumbNail", "t.png", string(picture())}
	tests := map[string]struct {
		parts  []part
		code   core.Code
		fields []string
		words  string
	}{
		"given twice":       {[]part{text, platforms, thumbnail, {"scriptedOptions", "", `{"thumbNail":"https://cdn.example/t.png"}`}}, core.CodeParameters, []string{"thumbNail"}, "scriptedOptions.thumbNail"},
		"two files":         {[]part{text, platforms, thumbnail, thumbnail}, core.CodeParameters, []string{"thumbNail"}, "one file"},
		"unknown network":   {[]part{text, {"platforms", "", "none"}, thumbnail}, core.CodeUnknownPlatform, []string{"platforms[0]"}, ""},
		"unknown account":   {[]part{text, {"accountIds", "", "none"}, thumbnail}, core.CodeAccountNotFound, []string{"accountIds[0]"}, ""},
		"block is no block": {[]part{text, platforms, thumbnail, {"scriptedOptions", "", `[]`}}, core.CodeParameters, []string{"scriptedOptions"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := withVideos(t)
			body, contentType := form(t, tt.parts...)
			r := s.call(http.MethodPost, "/post", body, contentType).want(http.StatusBadRequest)
			equal(t, tt.fields, r.fields())
			equal(t, tt.code, r.problems()[0].Code)
			if !strings.Contains(string(r.body), tt.words) {
				t.Errorf("%q is missing: %s", tt.words, r.body)
			}
			equal(t, 0, len(s.uploads.names()))
		})
	}
}

// TestPostKeepsUploads makes sure that a scheduled post finds its files, wherever it
// names them.
func TestPostKeepsUploads(t *testing.T) {
	t.Parallel()
	s, _ := withVideos(t)
	media := s.keepFile(s.profile.ID, "a.png", string(picture()))
	thumbnail := s.keepFile(s.profile.ID, "t.png", string(picture()))
	cover := s.keepFile(s.profile.ID, "c.png", string(picture()))
	below := s.keepFile(s.profile.ID, "b.png", string(picture()))
	unused := s.keepFile(s.profile.ID, "u.png", string(picture()))
	due := s.clock.Now().Add(200 * 24 * time.Hour)
	s.call(http.MethodPost, "/post", jsonMap{
		"post": "a", "platforms": []string{"scripted"}, "scheduleDate": due.Format(time.RFC3339), "mediaUrls": []string{"upload:" + media.ID},
		"firstComment": jsonMap{"comment": "c", "mediaUrls": []string{"upload:" + below.ID}},
		"scriptedOptions": jsonMap{
			"thumbNail": "https://crier.example/media/file/" + thumbnail.ID + "/t.png",
			"cover":     []any{jsonMap{"url": "upload:" + cover.ID}, "upload:none", 1},
		},
	}).want(http.StatusOK)
	got := map[string]time.Time{}
	for _, u := range []core.Upload{media, thumbnail, cover, below, unused} {
		now, err := s.uploads.Get(t.Context(), s.profile.ID, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		got[now.Name] = now.ExpiresAt
	}
	kept := due.Add(7 * 24 * time.Hour)
	equal(t, []bool{true, true, true, true, false}, []bool{got["a.png"].Equal(kept), got["b.png"].Equal(kept), got["t.png"].Equal(kept), got["c.png"].Equal(kept), got["u.png"].Equal(kept)})
	equal(t, []string{"a.png", "b.png", "c.png", "t.png", "u.png"}, slices.Sorted(maps.Keys(got)))
}

// TestDeleteKeepsWhatPostsNeed refuses to remove the files of a post that is not out,
// wherever it names them.
func TestDeleteKeepsWhatPostsNeed(t *testing.T) {
	t.Parallel()
	s, _ := withVideos(t)
	media := s.keepFile(s.profile.ID, "a.png", string(picture()))
	thumbnail := s.keepFile(s.profile.ID, "t.png", string(picture()))
	unused := s.keepFile(s.profile.ID, "u.png", string(picture()))
	body := jsonMap{
		"post": "a", "platforms": []string{"scripted"}, "scheduleDate": "2027-06-05T09:30:00Z", "mediaUrls": []string{"upload:" + media.ID},
		"scriptedOptions": jsonMap{"thumbNail": "https://crier.example/media/file/" + thumbnail.ID + "/t.png"},
	}
	first := s.call(http.MethodPost, "/post", body).want(http.StatusOK).text("id")
	for _, u := range []core.Upload{media, thumbnail} {
		r := s.call(http.MethodDelete, "/media/"+u.ID, nil).want(http.StatusConflict)
		equal(t, problem{Code: core.CodeUploadInUse, Field: "id"}, r.problems()[0])
		equal(t, "the post "+first+", scheduled for 2027-06-05T09:30:00Z, needs this file", r.text("message"))
		s.call(http.MethodGet, "/media/"+u.ID, nil).want(http.StatusOK)
	}
	s.call(http.MethodDelete, "/media/"+unused.ID, nil).want(http.StatusOK)

	// An older post is found behind those that do not name the file.
	for i := range 3 {
		s.clock.Advance(time.Second)
		s.call(http.MethodPost, "/post", jsonMap{"post": string(rune('b' + i)), "platforms": []string{"scripted"}, "scheduleDate": "2027-06-05T09:30:00Z"}).want(http.StatusOK)
	}
	s.call(http.MethodDelete, "/media/"+media.ID, nil).want(http.StatusConflict)
	s.call(http.MethodDelete, "/post", jsonMap{"id": first}).want(http.StatusOK)
	s.call(http.MethodDelete, "/media/"+media.ID, nil).want(http.StatusOK)
	s.call(http.MethodDelete, "/media/"+thumbnail.ID, nil).want(http.StatusOK)
}

// TestDeleteKeepsWhatIsBeingSent is the same for a post without a time, until it is out.
func TestDeleteKeepsWhatIsBeingSent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.serveUploads()
	body, contentType := form(t, part{"post", "", "a"}, part{"platforms", "", "scripted"}, part{"media", "a.png", "1"})
	gate := coretest.NewGate()
	s.network.Next(coretest.OpCommit, gate.Before)
	post := s.call(http.MethodPost, "/post", body, contentType, header{"Prefer", "respond-async"}).want(http.StatusAccepted).text("id")
	gate.Await(t)
	list := s.call(http.MethodGet, "/media", nil).want(http.StatusOK).object()["media"].([]any)
	path := "/media/" + list[0].(jsonMap)["id"].(string)
	r := s.call(http.MethodDelete, path, nil).want(http.StatusConflict)
	equal(t, "the post "+post+", which is being sent, needs this file", r.text("message"))
	gate.Open()
	equal(t, "success", s.settle(post).text("status"))
	s.call(http.MethodDelete, path, nil).want(http.StatusOK)
}

func TestResizeForPlatform(t *testing.T) {
	t.Parallel()
	var l *looker
	v := &videoNetwork{}
	s := newServer(t, func(o *options) {
		o.provider = func(p *coretest.Provider) core.Provider { v.Provider = p; return v }
		o.api = func(c *api.Config) { l, _ = c.Media.(*looker) }
	})
	u := s.keepFile(s.profile.ID, "a.png", string(picture()))
	s.serveUploads()
	s.uploads.saved(u.ID)
	address := "https://crier.example/media/file/" + u.ID + "/a.png"
	r := s.call(http.MethodPost, "/media/resize", jsonMap{"mediaUrl": address, "platform": "scripted"}).want(http.StatusOK)
	equal(t, "scripted", r.text("platform"))
	equal(t, []edit{{"upload:" + u.ID, `{"dimensions":{"width":1200,"height":627}}`}}, l.edits)
	r = s.call(http.MethodPost, "/media/resize", jsonMap{"mediaUrl": address, "platform": "scripted", "dimensions": jsonMap{"width": 5}}).want(http.StatusBadRequest)
	equal(t, []string{"dimensions.width"}, r.fields())
	limits := s.call(http.MethodGet, "/providers", nil).want(http.StatusOK).object()["providers"].([]any)[0].(jsonMap)["limits"].(jsonMap)
	equal(t, []any{1200.0, 627.0, 1.0}, []any{limits["imageWidth"], limits["imageHeight"], limits["videos"]})
}
