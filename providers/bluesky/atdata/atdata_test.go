package atdata_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/bluesky/atdata"
)

// The CIDs are what a PDS of version 0.4.217 answered for these records.
func TestCID(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ record, want string }{
		"a post": {
			`{"$type":"app.bsky.feed.post","text":"hi","createdAt":"2026-11-22T18:00:00.000Z"}`,
			"bafyreihch7gnszmmhd42xua2df25ygxw7gedl4es6tztejgt2cdd76nttu",
		},
		"labels": {
			`{"createdAt":"2026-11-22T18:00:00.000Z","labels":{"values":[{"val":"porn"}],"$type":"com.atproto.label.defs#selfLabels"},"text":"abc","$type":"app.bsky.feed.post"}`,
			"bafyreib42dbilinzhlapsdv27l5g74vtqqp4u5vgelbipqewbzyaeum4ve",
		},
		"numbers": {
			`{"$type":"app.bsky.feed.post","text":"abc","createdAt":"2026-11-22T18:00:00.000Z","facets":[{"index":{"byteStart":5,"byteEnd":2},"features":[]}]}`,
			"bafyreiaeslj6mrrq3jelnk6y3rjmnfl4etxzzrtzwfvaw3nrq4yaf2k7wi",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := atdata.Parse([]byte(tt.record))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := atdata.CID(v); err != nil || got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
		})
	}
}

func TestBlobCID(t *testing.T) {
	t.Parallel()
	const want = "bafkreiagkj2rbya5jjw33up32z6mp7e33mbco5lzgc3feftfhx2lc74rl4"
	got := atdata.BlobCID(sha256.Sum256([]byte("WEBVTT")))
	if got != want || !atdata.IsBlobCID(got) || !atdata.IsCID(got) {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, bad := range []string{"", "b", want[1:], want[:30], "Qm" + want, strings.ToUpper(want)} {
		if atdata.IsCID(bad) {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestJSONHasTheOrderOfCBOR(t *testing.T) {
	t.Parallel()
	v, err := atdata.Parse([]byte(` {"createdAt":"<&>","$type":"x","b":[1,-2.0,null,true,{"$link":"` + link + `"}],"a":{}} `))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":{},"b":[1,-2,null,true,{"$link":"` + link + `"}],"$type":"x","createdAt":"<&>"}`
	if diff := cmp.Diff(want, string(atdata.JSON(v))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const link = "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	_, err := atdata.Parse([]byte(`{"a":[0,1.5]}`))
	float, isFloat := errors.AsType[*atdata.FloatError](err)
	if !isFloat || float.Number != "1.5" || !cmp.Equal(float.Path, []any{"a", 1}) {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"", "{", `{} {}`, "9007199254740993", "1e30", strings.Repeat("[", 80) + strings.Repeat("]", 80)} {
		if v, err := atdata.Parse([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, v)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"text":"hi","n":[1,-300,70000,5000000000],"l":{"$link":"` + link + `"},"b":{"$bytes":"AAE"},"t":true,"z":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := atdata.Parse(raw)
		if err != nil {
			return
		}
		again, err := atdata.Parse(atdata.JSON(v))
		if err != nil {
			t.Fatalf("%s cannot be read again: %v", atdata.JSON(v), err)
		}
		first, bad := atdata.CID(v)
		second, worse := atdata.CID(again)
		if first != second || (bad == nil) != (worse == nil) {
			t.Fatalf("%s (%v), then %s (%v)", first, bad, second, worse)
		}
	})
}
