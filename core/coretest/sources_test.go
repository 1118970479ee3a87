package coretest_test

import (
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

var (
	_ publish.AssetSource = (*coretest.Assets)(nil)
	_ publish.TokenSource = (*coretest.Tokens)(nil)
)

func need(url string) core.Need {
	return core.Need{Key: "media[0]", URL: url, Field: "mediaUrls[0]", Accept: []core.Accept{
		{Kind: core.MediaImage, MIME: []string{"image/png"}, MaxBytes: 1 << 20},
	}}
}

func TestAssetsFetchOnceForAGroup(t *testing.T) {
	t.Parallel()
	assets := pictures()
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			if _, err := assets.Fetch(t.Context(), "post-1", need(pictureA), nil); err != nil {
				t.Errorf("Fetch: %v", err)
			}
		})
	}
	work.Wait()
	if n := assets.Fetches(pictureA); n != 1 {
		t.Errorf("%d downloads for one group, want 1", n)
	}
	assets.Release("post-1")
	asset, err := assets.Fetch(t.Context(), "post-1", need(pictureA), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := assets.Fetches(pictureA); n != 2 {
		t.Errorf("%d downloads after the release, want 2", n)
	}
	if diff := cmp.Diff([]string{"post-1"}, assets.Released()); diff != "" {
		t.Error(diff)
	}
	reader, err := asset.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(coretest.Picture(pictureA, 4, 3).Data, data); diff != "" {
		t.Error(diff)
	}
}

func TestAssetsRefuse(t *testing.T) {
	t.Parallel()
	small := need(pictureA)
	small.Accept[0].MaxBytes = 10
	jpeg := need(pictureA)
	jpeg.Accept[0].MIME = []string{"image/jpeg"}
	few := need(pictureA)
	few.Accept[0].MaxPixels = 11
	large := need(pictureA)
	large.Accept[0].MinBytes = 1 << 19
	video := need(pictureA)
	video.Video = true
	tests := map[string]struct {
		need core.Need
		code core.Code
	}{
		"unknown":         {need("https://nowhere.example/x"), core.CodeMediaURL},
		"too many bytes":  {small, core.CodeMediaTooLarge},
		"wrong type":      {jpeg, core.CodeMediaType},
		"too many pixels": {few, core.CodeImageTooLarge},
		"too few bytes":   {large, core.CodeMediaLimits},
		"no video":        {video, core.CodeMediaType},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pictures().Fetch(t.Context(), "g", tt.need, nil)
			e := core.AsError(err)
			if err == nil || e.Kind != core.KindMedia || e.Code != tt.code || e.Field != "mediaUrls[0]" {
				t.Errorf("got %+v, want KindMedia with code %d and the field", e, tt.code)
			}
		})
	}
}

// What a need has a sentence for is refused with it.
func TestAssetsUnsupported(t *testing.T) {
	t.Parallel()
	n := need(pictureA)
	n.Accept[0].Kind = core.MediaVideo
	n.Unsupported = map[core.MediaKind]string{core.MediaImage: "No pictures here."}
	_, err := pictures().Fetch(t.Context(), "g", n, nil)
	if e := core.AsError(err); e.Kind != core.KindUnsupported || e.Message != "No pictures here." || e.Field != "mediaUrls[0]" {
		t.Errorf("%+v", e)
	}
}

// A file that is on its way is described at once, and its bytes are waited for.
func TestAssetsArrive(t *testing.T) {
	t.Parallel()
	file := coretest.Picture(pictureA, 4, 3)
	file.Arrival = coretest.NewArrival()
	size := int64(len(file.Data))
	asset, err := coretest.NewAssets(file).Fetch(t.Context(), "g", need(pictureA), nil)
	if err != nil || asset.Size != size {
		t.Fatalf("%+v, %v", asset, err)
	}
	r, err := asset.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan []byte)
	go func() {
		got, _ := io.ReadAll(r)
		read <- got
	}()
	if wanted := <-file.Arrival.Wanted; wanted <= 0 || wanted > size {
		t.Errorf("waiting for %d of %d bytes", wanted, size)
	}
	file.Arrival.Upto(size)
	if diff := cmp.Diff(file.Data, <-read); diff != "" {
		t.Error(diff)
	}
	broken := errors.New("the download broke")
	lost := coretest.Picture(pictureA, 4, 3)
	lost.Arrival = coretest.NewArrival()
	lost.Arrival.Upto(10)
	lost.Arrival.Break(broken)
	if asset, err = coretest.NewAssets(lost).Fetch(t.Context(), "g", need(pictureA), nil); err != nil {
		t.Fatal(err)
	}
	if r, err = asset.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := r.ReadAt(make([]byte, 10), 0); n != 10 || err != nil {
		t.Errorf("what is there: %d, %v", n, err)
	}
	if _, err := r.ReadAt(make([]byte, 1), 10); !errors.Is(err, broken) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestAssetsScripts(t *testing.T) {
	t.Parallel()
	assets := pictures()
	assets.Next(pictureA, coretest.Answer(503, 0), coretest.Fail(&core.Error{Kind: core.KindMedia}))
	want := []failure{{Kind: core.KindTemporary, Status: 503}, {Kind: core.KindMedia}, {}}
	var got []failure
	for range want {
		_, err := assets.Fetch(t.Context(), "g", need(pictureA), nil)
		got = append(got, failureOf(err))
		if err != nil && core.AsError(err).Field != "mediaUrls[0]" {
			t.Errorf("%v lacks the field", err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := assets.Fetches(pictureA); n != 3 {
		t.Errorf("%d downloads, want 3", n)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	tokens := coretest.NewTokens()
	tokens.Set("b", "secret-b")
	lost := &core.Error{Kind: core.KindAuth}
	tokens.Fail("c", lost)
	for account, want := range map[string]core.Secret{"a": coretest.MemberToken, "b": "secret-b"} {
		if got, err := tokens.Token(t.Context(), account); err != nil || got != want {
			t.Errorf("Token(%s): wrong token, error %v", account, err)
		}
	}
	if _, err := tokens.Token(t.Context(), "c"); !errors.Is(err, lost) {
		t.Errorf("Token(c): %v", err)
	}
	var relink []string
	tokens.OnLost(func(accountID, reason string) { relink = append(relink, accountID+" "+reason) })
	tokens.Renewable("b", "secret-c")
	for _, tc := range []struct {
		account string
		refused core.Secret
		renewed bool
	}{{"a", coretest.MemberToken, false}, {"a", "former", true}, {"b", "secret-b", true}, {"b", "secret-c", false}} {
		if renewed, err := tokens.Refused(t.Context(), tc.account, tc.refused, "revoked"); err != nil || renewed != tc.renewed {
			t.Errorf("Refused(%s): %v, %v; want %v", tc.account, renewed, err, tc.renewed)
		}
	}
	if diff := cmp.Diff([]string{"a revoked", "b revoked"}, relink); diff != "" {
		t.Error(diff)
	}
	if list := tokens.Refusals(); len(list) != 4 || list[3] != (coretest.Refusal{AccountID: "b", Token: "secret-c", Reason: "revoked"}) {
		t.Error("the refusals are not recorded")
	}
}

func TestCheckpointKills(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kill func(*coretest.Checkpoint)
		want string // what is stored after two saves and a killed third
	}{
		"before": {func(c *coretest.Checkpoint) { c.KillBefore(3, nil) }, "2"},
		"after":  {func(c *coretest.Checkpoint) { c.KillAfter(3, nil) }, "3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := coretest.NewCheckpoint()
			tt.kill(c)
			var errs []bool
			for i := 1; i <= 4; i++ {
				errs = append(errs, errors.Is(c.Save(t.Context(), i), coretest.ErrKilled))
			}
			if diff := cmp.Diff([]bool{false, false, true, true}, errs); diff != "" {
				t.Error(diff)
			}
			if string(c.Data()) != tt.want {
				t.Errorf("stored %s, want %s", c.Data(), tt.want)
			}
			c.Revive()
			var v int
			if ok, err := c.Load(&v); !ok || err != nil || c.Saves() != 4 {
				t.Errorf("Load: %v, %v; saves %d", ok, err, c.Saves())
			}
			if err := c.Save(t.Context(), 9); err != nil || string(c.Data()) != "9" {
				t.Errorf("after Revive: %v, stored %s", err, c.Data())
			}
		})
	}
}
