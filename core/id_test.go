package core_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

func idPattern() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Za-z]{20}$`) }

func TestNewIDSortsByTime(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	var ids []string
	for _, after := range []time.Duration{
		0, time.Microsecond, 2 * time.Microsecond, 999 * time.Microsecond, time.Millisecond, time.Millisecond + time.Microsecond, 2 * time.Millisecond, time.Second, time.Hour, 24 * time.Hour, 365 * 24 * time.Hour, 200 * 365 * 24 * time.Hour,
	} {
		ids = append(ids, core.NewID(start.Add(after)))
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(ids)), ids); diff != "" {
		t.Errorf("ids are out of order: %s", diff)
	}
}

func TestNewIDIsUnique(t *testing.T) {
	t.Parallel()
	const count = 20_000
	now := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	seen := make(map[string]bool, count)
	for range count {
		id := core.NewID(now)
		if !idPattern().MatchString(id) {
			t.Fatalf("%q is not 20 letters and digits", id)
		}
		if seen[id] {
			t.Fatalf("%s was given twice", id)
		}
		seen[id] = true
	}
}

func TestDerivedID(t *testing.T) {
	t.Parallel()
	// Stored records depend on the value: it must never change.
	if got, want := core.DerivedID("post", "account"), "BBILIIfytaP1MuvGS0nq"; got != want {
		t.Errorf("DerivedID(post, account) = %s, want %s", got, want)
	}
	inputs := [][]string{nil, {""}, {"", ""}, {"ab", "c"}, {"a", "bc"}, {"abc"}, {"a", "b", "c"}, {"c", "ab"}, {"a\x00b"}, {"a", "\x00b"}}
	seen := map[string][]string{}
	for _, parts := range inputs {
		id := core.DerivedID(parts...)
		if !idPattern().MatchString(id) {
			t.Errorf("%q of %q is not 20 letters and digits", id, parts)
		}
		if other, taken := seen[id]; taken {
			t.Errorf("%q and %q have the same id", parts, other)
		}
		seen[id] = parts
		if again := core.DerivedID(parts...); again != id {
			t.Errorf("%q has the ids %s and %s", parts, id, again)
		}
	}
}

func TestChildIDSortsWithItsParent(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	early, late := core.NewID(start), core.NewID(start.Add(time.Second))
	first, second := core.ChildID(early, "account-1"), core.ChildID(early, "account-2")
	for _, id := range []string{first, second} {
		if !idPattern().MatchString(id) {
			t.Errorf("%q is not 20 letters and digits", id)
		}
		if id >= late {
			t.Errorf("the child %s of %s sorts after %s, which came a second later", id, early, late)
		}
	}
	if first == second {
		t.Error("two children have the same id")
	}
	if again := core.ChildID(early, "account-1"); again != first {
		t.Errorf("a child has the ids %s and %s", first, again)
	}
	if sibling := core.ChildID(core.NewID(start), "account-1"); sibling == first {
		t.Error("children of two parents have the same id")
	}
	if got, want := core.ChildID("short", "a"), core.DerivedID("short", "a"); got != want {
		t.Errorf("the child of what is no id is %s, want %s", got, want)
	}
}

func TestPlacedIDSortsByPlace(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	parent, other := core.NewID(start), core.NewID(start)
	var ids []string
	for _, place := range []int{0, 1, 9, 10, 61, 62, 999, 62 * 62, 62*62*62 - 1} {
		id := core.PlacedID(parent, place, "row")
		if !idPattern().MatchString(id) {
			t.Errorf("%q is not 20 letters and digits", id)
		}
		if again := core.PlacedID(parent, place, "row"); again != id {
			t.Errorf("place %d has the ids %s and %s", place, id, again)
		}
		if id == core.PlacedID(other, place, "row") || id == core.PlacedID(parent, place, "column") {
			t.Errorf("%s is that of something else as well", id)
		}
		if late := core.NewID(start.Add(time.Millisecond)); id >= late {
			t.Errorf("%s sorts after %s, which came later", id, late)
		}
		ids = append(ids, id)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(ids)), ids); diff != "" {
		t.Errorf("ids are out of order: %s", diff)
	}
	if got, want := core.PlacedID("short", 1, "a"), core.DerivedID("short", "1", "a"); got != want {
		t.Errorf("the place in what is no id is %s, want %s", got, want)
	}
}
