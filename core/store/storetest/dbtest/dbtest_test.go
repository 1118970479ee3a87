package dbtest_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
)

func TestDatabase(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	d := dbtest.New(t)
	writer, reader, other := d.Open(t, clock), d.Open(t, clock), dbtest.Open(t, clock)
	want := coretest.Profile()
	if err := writer.CreateProfile(t.Context(), want, []byte("hash")); err != nil {
		t.Fatal(err)
	}
	got, err := reader.GetProfile(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.RefID, got.RefID); diff != "" {
		t.Errorf("the database opened again (-want +got):\n%s", diff)
	}
	if _, err := other.GetProfile(t.Context(), want.ID); err == nil {
		t.Error("another database has the profile too")
	}
	for text, want := range map[string]bool{want.RefID: true, "what nobody stored": false} {
		if got := bytes.Contains(d.Contents(t), []byte(text)); got != want {
			t.Errorf("the contents have %q: %v, want %v", text, got, want)
		}
	}
}

func TestOpenAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "postgres://db.example/crier", "mongodb://", "sqlite:" + t.TempDir()} {
		if s, err := dbtest.OpenAddress(address, nil); err == nil || s != nil {
			t.Errorf("OpenAddress(%q) = %v, %v", address, s, err)
		}
	}
}
