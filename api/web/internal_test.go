package web

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/vault"
)

// TestContrast computes the contrast of every pair of colours that stand on each other.
// https://www.w3.org/TR/WCAG22/#contrast-minimum
func TestContrast(t *testing.T) {
	t.Parallel()
	css, err := files.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\n\s*\}`).FindAllStringSubmatch(string(css), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d colour schemes, want 2", len(blocks))
	}
	for i, scheme := range []string{"light", "dark"} {
		colours := map[string]string{}
		for _, found := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(blocks[i][1], -1) {
			colours[found[1]] = found[2]
		}
		for _, pair := range []struct {
			front, ground string
			least         float64
		}{
			{"text", "ground", 4.5},
			{"text", "card", 4.5},
			{"soft", "ground", 4.5},
			{"soft", "card", 4.5},
			{"text", "accent-soft", 4.5},
			{"accent", "card", 4.5},
			{"accent", "ground", 4.5},
			{"accent", "accent-soft", 4.5},
			{"accent-strong", "accent-soft", 4.5},
			{"on-accent", "accent", 4.5},
			{"on-accent", "accent-strong", 4.5},
			{"good", "card", 4.5},
			{"good", "good-soft", 4.5},
			{"warn", "card", 4.5},
			{"warn", "warn-soft", 4.5},
			{"text", "warn-soft", 4.5},
			{"bad", "warn-soft", 4.5},
			{"accent", "warn-soft", 3},
			{"bad", "card", 4.5},
			{"bad", "bad-soft", 4.5},
			{"edge", "card", 3},
			{"edge", "ground", 3},
		} {
			if got := contrast(t, colours[pair.front], colours[pair.ground]); got < pair.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", scheme, pair.front, pair.ground, got, pair.least)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	high, low := luminance(t, a), luminance(t, b)
	return (max(high, low) + 0.05) / (min(high, low) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var r, g, b int
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &r, &g, &b); err != nil {
		t.Fatalf("the colour %q: %v", colour, err)
	}
	linear := func(c int) float64 {
		v := float64(c) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// TestLongNotes leaves a note that is far too long, and takes what is left of it.
func TestLongNotes(t *testing.T) {
	t.Parallel()
	ring, err := vault.New(vault.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	w, err := New(Config{Linking: accounts.NewLinking(accounts.LinkingConfig{Vault: ring}), PublicURL: "https://crier.example/below"})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("<ü>", 1000)
	n := noteOf(&core.Error{Kind: core.KindForbidden, Message: long, Help: long})
	for range 20 {
		n.Remarks = append(n.Remarks, core.Finding{Message: shorten(long)})
	}
	rw := httptest.NewRecorder()
	if err := w.leave(rw, "session", n); err != nil {
		t.Fatal(err)
	}
	line := rw.Header().Get("Set-Cookie")
	if len(line) > 4096 || !strings.Contains(line, "Path=/below/link/session;") || !strings.Contains(line, "; Secure") {
		t.Errorf("a cookie of %d bytes: %s", len(line), line)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/link/session", http.NoBody)
	for _, c := range rw.Result().Cookies() {
		r.AddCookie(c)
	}
	got := w.take(httptest.NewRecorder(), r, "session")
	if got == nil || got.Title != n.Title || len(got.Lines) != 1 || !strings.HasPrefix(got.Help, "<ü>") {
		t.Errorf("got %+v", got)
	}
	r.SetPathValue(sessionParam, "other")
	if other := w.take(httptest.NewRecorder(), r, "other"); other != nil {
		t.Errorf("another session's note: %+v", other)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "•", "Acme": "A", "Ada Lovelace Byron": "AL", "  (crier) demo ": "CD", "ünal özil": "ÜÖ", "李 小龙": "李小", "★ ★": "•", "4 Dunes": "4D",
	} {
		if got := initials(in); got != want {
			t.Errorf("initials of %q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"": "", "it ended": "It ended.", "Is it?": "Is it?", "übel…": "Übel…", "it's, say, over": "It's, say, over.", "no": "No.",
		"http://127.0.0.1:80 does not answer": "http://127.0.0.1:80 does not answer.", "alice.example: gone": "alice.example: gone.", "accessToken is missing": "accessToken is missing.",
	} {
		if got := sentence(in); got != want {
			t.Errorf("sentence of %q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"it ended at 2027-11-20T10:05:00Z": "it ended on 20 November 2027, 10:05 UTC", "at 2027-13-20T10:05:00Z": "at 2027-13-20T10:05:00Z", "2027-11-20T10:05:00.5+02:00": "20 November 2027, 08:05 UTC",
		"2027-13-20T10:05:00Z": "2027-13-20T10:05:00Z", "2027-11-20": "2027-11-20",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain of %q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[time.Duration]string{
		time.Second: "about a minute", 61 * time.Second: "about 2 minutes", 3 * time.Hour: "about 3 hours",
	} {
		e := &core.Error{Kind: core.KindRateLimited, RetryAfter: in, Message: "m", Help: "Come back at midnight."}
		if got := helpOf(e); got != "Try again in "+want+"." {
			t.Errorf("%v: %q", in, got)
		}
	}
	for _, kind := range core.Kinds() {
		if e := (&core.Error{Kind: kind, Message: "m"}); titleOf(e) == "" || helpOf(e) == "" {
			t.Errorf("%s: title %q, help %q", kind, titleOf(e), helpOf(e))
		}
	}
	for _, c := range core.Codes() {
		e := &core.Error{Kind: core.KindForbidden, Code: c.Code, Message: "m"}
		if strings.Contains(helpOf(e), "POST /") {
			t.Errorf("%d tells people in a browser to call the API: %s", c.Code, helpOf(e))
		}
	}
}
