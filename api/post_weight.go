package api

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// textLimit is what a network takes of a text.
type textLimit struct {
	Length int    `json:"length"` // of the text that was sent
	Limit  int    `json:"limit"`
	Unit   string `json:"unit"`
	// Bytes and ByteLimit are there where the network limits the bytes besides.
	Bytes     int  `json:"bytes,omitempty"`
	ByteLimit int  `json:"byteLimit,omitempty"`
	Valid     bool `json:"valid"`
}

// checkPostWeight is POST /post/checkPostWeight: how long a text is as each network counts.
// Published clients know some networks by the name of their option block and others by that
// of platforms, so both are answered.
func (a *API) checkPostWeight(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("post", err)
	}
	d := &decoder{fields: f, api: a}
	d.decodeTargets()
	d.decodeText()
	d.checkPlatforms()
	if _, sent := f.raw("post"); !sent {
		f.add(invalid("post", "post is missing"))
	}
	if len(d.problems) > 0 {
		return fail("post", d.problems)
	}
	out := map[string]any{"status": statusSuccess}
	limits := map[string]textLimit{}
	for _, p := range a.Registry.All() {
		info := p.Info()
		if wanted := d.request.Platforms; len(wanted) > 0 && !slices.Contains(wanted, info.Name) && !slices.Contains(wanted, allPlatforms) {
			continue
		}
		l := limitOf(p, d.request.Text.For(info.Name))
		limits[info.Name] = l
		for _, key := range []string{strings.TrimSuffix(info.OptionsKey, "Options"), info.Name} {
			out[key+"WeightedLength"], out[key+"Valid"] = l.Length, l.Valid
		}
	}
	out["limits"] = limits
	if warnings := append(d.warnings, f.ignored()...); len(warnings) > 0 {
		out["warnings"] = warnings
	}
	return ok(out)
}

// limitOf measures a text as a network does: in its own way, or by characters.
func limitOf(p core.Provider, text string) textLimit {
	limits := p.Info().Limits
	l := textLimit{Limit: limits.TextLength, Unit: limits.TextUnit}
	if m, own := p.(core.Measurer); own {
		l.Length = m.TextLength(text)
	} else {
		l.Length = utf8.RuneCountInString(text)
	}
	if limits.TextBytes > 0 {
		l.Bytes, l.ByteLimit = bytesOf(p, text), limits.TextBytes
	}
	l.Valid = l.Length <= l.Limit && l.Bytes <= l.ByteLimit && core.Shows(text)
	return l
}

// bytesOf weighs a text as a network does.
func bytesOf(p core.Provider, text string) int {
	if w, own := p.(core.Weigher); own {
		return w.TextBytes(text)
	}
	return len(text)
}
