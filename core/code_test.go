package core_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

func TestCodesAreAppendOnly(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, c := range core.Codes() {
		lines = append(lines, fmt.Sprintf("%d %s %d", c.Code, c.Name, c.Status))
	}
	appendOnly(t, "codes.golden", lines)
}

func TestCodesListsEveryCode(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, c := range core.Codes() {
		listed = append(listed, strconv.Itoa(int(c.Code)))
	}
	slices.Sort(listed)
	if diff := cmp.Diff(constants(t, "code.go", "Code"), listed); diff != "" {
		t.Errorf("declared (-) and listed (+) codes differ: %s", diff)
	}
}

func TestCodesAreDescribed(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	sentences := regexp.MustCompile(`^\S.*\.$`)
	names := map[string]bool{}
	previous := core.Code(0)
	for _, c := range core.Codes() {
		if c.Code <= previous {
			t.Errorf("%d is listed after %d", c.Code, previous)
		}
		previous = c.Code
		if !name.MatchString(c.Name) || names[c.Name] {
			t.Errorf("%d has the name %q, which is taken or not in snake case", c.Code, c.Name)
		}
		names[c.Name] = true
		if c.Status < 400 || c.Status > 599 || http.StatusText(c.Status) == "" {
			t.Errorf("%d has the status %d", c.Code, c.Status)
		}
		if !sentences.MatchString(c.Meaning) {
			t.Errorf("%d: the meaning %q is not made of sentences", c.Code, c.Meaning)
		}
		if !sentences.MatchString(c.Help) {
			t.Errorf("%d: the help %q is not made of sentences", c.Code, c.Help)
		}
	}
}

func TestCodeInfo(t *testing.T) {
	t.Parallel()
	for _, want := range core.Codes() {
		if diff := cmp.Diff(want, want.Code.Info()); diff != "" {
			t.Errorf("%d: %s", want.Code, diff)
		}
	}
	if got := core.Code(-1).Info(); got.Code != core.CodeInternal {
		t.Errorf("a number that does not exist is described as %d", got.Code)
	}
}

func TestCodeOf(t *testing.T) {
	t.Parallel()
	want := map[core.Kind]core.Code{
		core.KindInvalid:     core.CodeParameters,
		core.KindUnsupported: core.CodeUnsupported,
		core.KindMedia:       core.CodeMediaURL,
		core.KindAuth:        core.CodeAccountRelink,
		core.KindForbidden:   core.CodeForbidden,
		core.KindNotFound:    core.CodeUpstreamNotFound,
		core.KindDuplicate:   core.CodeDuplicate,
		core.KindRateLimited: core.CodeUpstreamRateLimit,
		core.KindTemporary:   core.CodeUpstreamUnavailable,
		core.KindUncertain:   core.CodeUncertain,
		core.KindInternal:    core.CodeInternal,
	}
	got := map[core.Kind]core.Code{}
	for _, kind := range core.Kinds() {
		got[kind] = core.CodeOf(&core.Error{Kind: kind})
		if own := core.CodeOf(&core.Error{Kind: kind, Code: core.CodeAlreadyDeleted}); own != core.CodeAlreadyDeleted {
			t.Errorf("an error of kind %s loses its own number for %d", kind, own)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := core.CodeOf(&core.Error{Kind: "unheard of"}); got != core.CodeInternal {
		t.Errorf("an unknown kind gets the number %d", got)
	}
}

func TestHelpOf(t *testing.T) {
	t.Parallel()
	own := &core.Error{Kind: core.KindAuth, Help: "Ask Ada."}
	if got := core.HelpOf(own); got != "Ask Ada." {
		t.Errorf("own help: %q", got)
	}
	general := &core.Error{Kind: core.KindAuth}
	if got, want := core.HelpOf(general), core.CodeAccountRelink.Info().Help; got != want {
		t.Errorf("general help: %q, want %q", got, want)
	}
}

// TestHelpIsTrueOfEveryAnswer holds the help of numbers that appear on reads, on posts
// under way and on posts that were given up against what is so only of some of them.
func TestHelpIsTrueOfEveryAnswer(t *testing.T) {
	t.Parallel()
	for code, tc := range map[core.Code]struct{ never, says string }{
		core.CodeStoreUnavailable:    {"nothing was stored", "Idempotency-Key"},
		core.CodeUpstreamRateLimit:   {"The post is sent", "PUT /post/retry"},
		core.CodeUpstreamUnavailable: {"Retry with", "by itself"},
		core.CodeUpstreamInvalid:     {"quotes", "create the post anew"},
		core.CodeMediaLimits:         {"measured", "Send a file"},
	} {
		help := code.Info().Help
		if strings.Contains(help, tc.never) || !strings.Contains(help, tc.says) {
			t.Errorf("%d: the help is %q; it must say %q, and not %q", code, help, tc.says, tc.never)
		}
	}
}
