package sandbox

import (
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// initials are the letters of an avatar.
func initials(name string) string {
	var out strings.Builder
	for word := range strings.FieldsSeq(name) {
		first, size := utf8.DecodeRuneInString(word)
		if size > 0 && out.Len() < 2 && first != '(' {
			out.WriteRune(first)
		}
	}
	return strings.ToUpper(out.String())
}

func prettyTime(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05 UTC") }

func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

var webAddress = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>"'.,;:!?)\]]`)

// richText is a text as HTML: hashtags, mentions and addresses as links, line
// breaks kept by the style sheet. Everything that came from outside is escaped.
func richText(spans []Span) template.HTML {
	var out strings.Builder
	for _, s := range spans {
		switch s.Kind {
		case SpanHashtag:
			_, sign := utf8.DecodeRuneInString(s.Text)
			writeLink(&out, "hashtag", "/sandbox/?tag="+url.QueryEscape(s.Text[sign:]), s.Text)
		case SpanMention:
			writeLink(&out, "mention", "/sandbox/?author="+url.QueryEscape(s.URN), s.Text)
		case SpanText:
			writeWithAddresses(&out, s.Text)
		}
	}
	return template.HTML(out.String()) //nolint:gosec // every part is escaped as it is written
}

func writeWithAddresses(out *strings.Builder, text string) {
	for {
		at := webAddress.FindStringIndex(text)
		if at == nil {
			out.WriteString(template.HTMLEscapeString(text))
			return
		}
		out.WriteString(template.HTMLEscapeString(text[:at[0]]))
		address := text[at[0]:at[1]]
		writeLink(out, "address", address, address)
		text = text[at[1]:]
	}
}

func writeLink(out *strings.Builder, class, href, text string) {
	out.WriteString(`<a class="` + class + `" rel="nofollow noopener noreferrer" href="` + template.HTMLEscapeString(href) + `">` +
		template.HTMLEscapeString(text) + `</a>`)
}

// clockTime is a duration as players show it: 3:12:04.
func clockTime(milliseconds int64) string {
	d := (time.Duration(milliseconds) * time.Millisecond).Round(time.Second)
	hours, minutes, seconds := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	if hours > 0 {
		return fmt.Sprintf("%d:%02d:%02d", hours, minutes, seconds)
	}
	return fmt.Sprintf("%d:%02d", minutes, seconds)
}

// byteCount is a size as people read it.
func byteCount(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	default:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
}

// mediaNoun begins a line with a kind of media.
func mediaNoun(kind string) string {
	return map[assetKind]string{kindImage: "Picture", kindVideo: "Video", kindDocument: "Document"}[assetKind(kind)]
}
