package main

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	partSize    = 4 << 20 // of a video, as LinkedIn cuts it
	smallPart   = 64 << 10
	partsAtOnce = 4

	crashLease = 2 * time.Second
	// crashLastLook is when the last look-up for a lost answer is: after the time at
	// which a post that is not there will not appear any more.
	crashLastLook = 62 * time.Second
)

// videoCrash is a server that posts a video, to be killed on the way.
type videoCrash struct {
	*serverProcess
	source  *mediatest.Files
	video   mediatest.Content
	address string
	dataDir string
}

func newVideoCrash(t *testing.T, size, part int64, b mediatest.Behaviour) *videoCrash {
	t.Helper()
	c := &videoCrash{source: mediatest.NewFiles(), video: mediatest.Video(mediatest.VideoOptions{Size: size})}
	web := httptest.NewServer(c.source)
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
	})
	c.address = web.URL + c.source.Serve("film.mp4", c.video, b)
	c.dataDir = migratedDir(t)
	c.serverProcess = newServerProcess(t, sandbox.Options{ProcessingPolls: 1, PartBytes: part}, "CRIER_DATA_DIR="+c.dataDir, "CRIER_PUBLISH_WAIT=0s")
	return c
}

// begin posts the video and returns the id of the post.
func (c *videoCrash) begin() string {
	c.t.Helper()
	var answer struct{ ID string }
	status, err := c.call(http.MethodPost, "/post", "", map[string]any{
		"post": "A film, come what may #crash", "platforms": []string{"linkedin"}, "mediaUrls": []string{c.address},
	}, &answer)
	if err != nil || status != http.StatusAccepted || answer.ID == "" {
		c.t.Fatalf("posting: %d %+v %v", status, answer, err)
	}
	return answer.ID
}

// received returns how many parts the network has, and how many it was sent.
func (c *videoCrash) received() (there, sent int) {
	for _, v := range c.network.Videos() {
		for _, p := range v.Parts {
			if sent += p.Uploads; p.Stored {
				there++
			}
		}
	}
	return there, sent
}

// waitForParts waits until the network has so many parts.
func (c *videoCrash) waitForParts(n int) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); ; c.wait(2 * time.Millisecond) {
		there, _ := c.received()
		if there >= n {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%d parts arrived within %s, want %d", there, patience, n)
		}
	}
}

// waitForCheckpoint waits until the server has stored that so many parts are sent.
func (c *videoCrash) waitForCheckpoint(postID string, n int) {
	c.t.Helper()
	db, err := sqlite.Open(filepath.Join(c.dataDir, "crier.db"), sqlite.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for deadline := time.Now().Add(patience); ; c.wait(2 * time.Millisecond) {
		deliveries, err := db.ListDeliveries(c.t.Context(), postID)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(deliveries) == 1 && bytes.Count(deliveries[0].Checkpoint, []byte(`"id":`)) >= n {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%d parts were not stored within %s: %+v", n, patience, deliveries)
		}
	}
}

// waitForEnd waits until the post is published and returns the URN that Crier names.
func (c *videoCrash) waitForEnd(id string) string {
	c.t.Helper()
	for deadline := time.Now().Add(patience); ; c.wait(20 * time.Millisecond) {
		var answer struct {
			Status  string
			PostIDs []struct{ ID string } `json:"postIds"`
			Errors  []any
		}
		status, err := c.call(http.MethodGet, "/post/"+id, "", nil, &answer)
		if status == http.StatusOK && answer.Status == "success" && len(answer.PostIDs) == 1 {
			return answer.PostIDs[0].ID
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("the post %s ended as %+v, %v", id, answer, err)
		}
	}
}

// checkVideo waits for the end of the post and compares the video with its source.
func (c *videoCrash) checkVideo(id string) {
	c.t.Helper()
	urn := c.waitForEnd(id)
	posts := c.network.Posts()
	if len(posts) != 1 || posts[0].URN != urn || len(posts[0].Media) != 1 {
		c.t.Fatalf("Crier says %s; the network has %+v", urn, posts)
	}
	v, ok := c.network.Video(posts[0].Media[0].ID)
	if !ok || v.SHA256 != mediatest.SHA256(c.video) {
		c.t.Errorf("the network's video has SHA-256 %q, want the source's", v.SHA256)
	}
	if left, err := filepath.Glob(filepath.Join(c.dataDir, "spool", "*", "media*")); err != nil || left != nil {
		c.t.Errorf("left in the spool: %q, %v", left, err)
	}
	if own, err := filepath.Glob(filepath.Join(c.dataDir, "spool", "p*")); err != nil || len(own) != 1 {
		c.t.Errorf("folders in the spool: %q, %v, want that of the running process", own, err)
	}
}

// TestKilledWithAVideoHalfway kills the server while the second half of a video is
// still to come. Started again, it sends the second half only.
func TestKilledWithAVideoHalfway(t *testing.T) {
	t.Parallel()
	const parts, half = 10, 5
	c := newVideoCrash(t, parts*smallPart, smallPart, mediatest.Behaviour{HoldAfter: half*smallPart + 1000})
	id := c.begin()
	c.waitForParts(half)
	c.waitForCheckpoint(id, half)
	c.kill()
	if left, err := filepath.Glob(filepath.Join(c.dataDir, "spool", "*", "media*")); err != nil || len(left) != 1 {
		t.Errorf("the spool of the killed process: %q, %v, want the half video", left, err)
	}
	c.source.Release("film.mp4")
	c.startAfter(crashLease)
	c.checkVideo(id)
	if there, sent := c.received(); there != parts || sent != parts {
		t.Errorf("%d parts arrived, in %d transmissions; want %d, each once", there, sent, parts)
	}
	c.kill()
}

// TestKilledAtAnyMomentOfAVideo kills the server again and again. What can be under way
// at each kill is sent again, and nothing else.
func TestKilledAtAnyMomentOfAVideo(t *testing.T) {
	t.Parallel()
	const parts, kills, seed = 40, 6, 20261122
	random := rand.New(rand.NewPCG(seed, seed))
	c := newVideoCrash(t, parts*smallPart, smallPart, mediatest.Behaviour{Rate: 2e6})
	id := c.begin()
	for i := range kills {
		c.waitForParts((i + 1) * parts / (kills + 1))
		c.wait(time.Duration(random.Int64N(int64(50 * time.Millisecond))))
		c.kill()
		c.startAfter(crashLease)
	}
	c.checkVideo(id)
	// A part may have arrived without its answer having been saved: those under way,
	// and those whose place in the checkpoint was just being written.
	if there, sent := c.received(); there != parts || sent > parts+kills*2*partsAtOnce {
		t.Errorf("%d parts arrived, in %d transmissions; want %d, and at most %d again for each of %d kills",
			there, sent, parts, 2*partsAtOnce, kills)
	}
	c.kill()
}
