package mongo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// recordIDBytes is what an entry of an index takes beside its key, before the server compresses
// it: a reference to its document.
const recordIDBytes = 8

// footprint is what documents take in the database, before the server compresses them.
type footprint struct{ documents, bytes, entries, entryBytes int }

// add counts a document of the collection, which has so many indexes beside that of _id.
func (f *footprint) add(t *testing.T, collection string, doc any) {
	t.Helper()
	raw, err := bson.Marshal(doc)
	must(t, err)
	f.documents++
	f.bytes += len(raw)
	f.enter(raw, bson.D{{Key: "_id", Value: 1}}, false)
	at := slices.IndexFunc(layouts(), func(l layout) bool { return l.name == collection })
	for _, x := range layouts()[at].indexes {
		f.enter(raw, x.keys, x.sparse)
	}
}

// enter counts the entry of a document in an index.
func (f *footprint) enter(doc bson.Raw, keys bson.D, sparse bool) {
	size, found := recordIDBytes, false
	for _, key := range keys {
		value, err := doc.LookupErr(strings.Split(key.Key, ".")...)
		if err != nil {
			size++ // none is a value, too
			continue
		}
		found = true
		size += 1 + len(value.Value)
	}
	if sparse && !found {
		return
	}
	f.entries++
	f.entryBytes += size
}

// TestFootprint: what a typical post takes for good, once it is out, and what an answer that
// is kept by its Idempotency-Key takes besides. The sizes are those of the calculation in
// docs/mongodb.md.
func TestFootprint(t *testing.T) {
	t.Parallel()
	s := &Store{clock: coretest.NewClock(noon)}
	n := typicalPost(noon, "account")
	n.Post.Status = core.PostSuccess
	d := &n.Deliveries[0]
	d.State, d.PublishedAt, d.Settled, d.Fence = core.DeliveryPublished, noon.Add(time.Second), true, newLease()
	d.Receipt = core.Receipt{RemoteID: "urn:li:share:7000000000000000000", URL: "https://www.example.com/feed/update/urn:li:share:7000000000000000000"}
	d.Content = core.DerivedID("content")
	post, err := s.encodePost(n)
	must(t, err)
	post.Rest = nil
	delivery, err := s.encodeDelivery(*d)
	must(t, err)
	answer := newRequestDoc(store.Request{
		ProfileID: n.Post.ProfileID, Key: core.DerivedID("key"), BodyHash: make([]byte, 32), PostID: n.Post.ID, Status: 200, Answer: make([]byte, 700), CreatedAt: noon,
	})
	for name, tc := range map[string]struct {
		docs []any
		in   []string
		most footprint
	}{
		"a post and its delivery": {[]any{post, delivery}, []string{posts, deliveries}, footprint{documents: 2, bytes: 2500, entries: 10, entryBytes: 600}},
		"an answer":               {[]any{answer}, []string{requests}, footprint{documents: 1, bytes: 1100, entries: 3, entryBytes: 150}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f footprint
			for i, doc := range tc.docs {
				f.add(t, tc.in[i], doc)
			}
			t.Logf("%d documents of %d bytes together; %d entries of indexes with %d bytes", f.documents, f.bytes, f.entries, f.entryBytes)
			if f.documents != tc.most.documents || f.bytes > tc.most.bytes || f.entries > tc.most.entries || f.entryBytes > tc.most.entryBytes {
				t.Errorf("takes %+v, want at most %+v", f, tc.most)
			}
			if f.bytes < tc.most.bytes/2 || f.entryBytes < tc.most.entryBytes/2 {
				t.Errorf("takes %+v, half of what the documentation says, or less", f)
			}
		})
	}
}
