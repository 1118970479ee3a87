package core_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// named is a provider that has a name and no more.
type named struct{ name, key string }

func (n named) Info() core.Info { return core.Info{Name: n.name, OptionsKey: n.key} }

func (n named) Plan(context.Context, core.Account, core.Draft) (core.Publication, error) {
	return nil, &core.Error{Kind: core.KindUnsupported, Message: "it has a name and no more"}
}

// titled is a provider whose network is written in another way than it is named.
type titled struct{ named }

func (t titled) Info() core.Info {
	info := t.named.Info()
	info.Title = "The Title"
	return info
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	r, err := core.NewRegistry(named{"b", "bOptions"}, named{"a", "aOptions"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(named{"c", "cOptions"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, r.Names()); diff != "" {
		t.Errorf("Names: %s", diff)
	}
	var all []string
	for _, p := range r.All() {
		all = append(all, p.Info().Name)
	}
	if diff := cmp.Diff(r.Names(), all); diff != "" {
		t.Errorf("All is out of order: %s", diff)
	}
	if p, ok := r.Get("b"); !ok || p != core.Provider(named{"b", "bOptions"}) {
		t.Errorf("Get(b) = %v, %v", p, ok)
	}
	if _, ok := r.Get("B"); ok {
		t.Error("Get finds a name in the wrong case")
	}
	for name, want := range map[string]string{"a": "a", "elsewhere": "elsewhere", "titled": "The Title"} {
		withTitle, err := core.NewRegistry(named{"a", "aOptions"}, titled{named{"titled", "titledOptions"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := withTitle.Title(name); got != want {
			t.Errorf("Title(%s) = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"B": "b", "b": "", "bb": ""} {
		if got, found := r.Similar(name); got != want || found != (want != "") {
			t.Errorf("Similar(%s) = %q, %v", name, got, found)
		}
	}
	spelt, err := core.NewRegistry(named{"linkedin", "l"}, named{"x", "x"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"linkdin": "linkedin", "lnkdin": "linkedin", "Linkedn": "linkedin", "linkedin": "", "linked": "linkedin", "link": "",
		"y": "", "X": "x", "": "", strings.Repeat("linkedin", 1000): "",
	} {
		if got, found := spelt.Similar(name); got != want || found != (want != "") {
			t.Errorf("Similar(%.20s) = %q, %v; want %q", name, got, found, want)
		}
	}
	for name, want := range map[string]string{
		"B": `there is no network "B" on this server; did you mean "b"?`,
		"d": `there is no network "d" on this server; it has a, b, c`,
	} {
		if e := r.UnknownPlatform("platforms[0]", name); e.Message != want || e.Field != "platforms[0]" || core.CodeOf(e) != core.CodeUnknownPlatform {
			t.Errorf("UnknownPlatform(%s) = %+v", name, e)
		}
	}
	for _, key := range []string{"bOptions", "boptions", "BOPTIONS"} {
		if p, ok := r.ByOptionsKey(key); !ok || p.Info().Name != "b" {
			t.Errorf("ByOptionsKey(%s) = %v, %v", key, p, ok)
		}
	}
	if _, ok := r.ByOptionsKey("options"); ok {
		t.Error("ByOptionsKey finds a key that nobody has")
	}
}

func TestRegistryRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]named{
		"no name":             {"", "xOptions"},
		"no key":              {"x", ""},
		"a name that's taken": {"a", "xOptions"},
		"a key that's taken":  {"x", "AOPTIONS"},
	}
	for name, p := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := core.NewRegistry(named{"a", "aOptions"}, p)
			if err == nil {
				t.Errorf("accepted: %v", r.Names())
			}
		})
	}
}

func TestNeedAcceptFor(t *testing.T) {
	t.Parallel()
	image := core.Accept{Kind: core.MediaImage, MIME: []string{"image/png"}, MaxBytes: 5}
	need := core.Need{Accept: []core.Accept{{Kind: core.MediaVideo}, image}}
	got, ok := need.AcceptFor(core.MediaImage)
	if diff := cmp.Diff(image, got); !ok || diff != "" {
		t.Errorf("AcceptFor(image): %v %s", ok, diff)
	}
	if _, ok := need.AcceptFor(core.MediaDocument); ok {
		t.Error("a document is accepted")
	}
}

func TestSessionSpeaksToWhoListens(t *testing.T) {
	t.Parallel()
	var silent core.Session
	silent.Warn(core.Warning{})
	silent.Report(core.Activity{}) // neither may panic
	var warnings []core.Warning
	var activities []core.Activity
	s := core.Session{
		OnWarning:  func(w core.Warning) { warnings = append(warnings, w) },
		OnActivity: func(a core.Activity) { activities = append(activities, a) },
	}
	s.Warn(core.Warning{Message: "careful"})
	s.Report(core.Activity{Stage: core.StageUpload, Done: 3})
	if diff := cmp.Diff([]core.Warning{{Message: "careful"}}, warnings); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]core.Activity{{Stage: core.StageUpload, Done: 3}}, activities); diff != "" {
		t.Error(diff)
	}
}

func TestSystemClock(t *testing.T) {
	t.Parallel()
	before := time.Now()
	now := core.SystemClock{}.Now()
	if now.Location() != time.UTC {
		t.Errorf("Now() is in %s", now.Location())
	}
	if now.Before(before) || now.After(time.Now()) {
		t.Errorf("Now() = %v, which is not now", now)
	}
	if fired := <-(core.SystemClock{}).After(time.Nanosecond); fired.Before(before) {
		t.Errorf("After received %v", fired)
	}
}
