package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// article is the content of a post with a card; nil values take a field away.
func article(change m) m {
	card := m{"source": "https://example.com/a_(b)?c=d", "title": "A title"}
	for name, v := range change {
		card[name] = v
		if v == nil {
			delete(card, name)
		}
	}
	return m{"article": card}
}

func TestArticleRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	janes := b.image(sandbox.JaneURN, pngOf(t, 5, 3))
	waiting := b.initialize(sandbox.PageURN).Image
	broken := b.image(sandbox.PageURN, []byte("RIFF\x00\x00\x00\x00WEBPVP8 nothing"))
	for _, tt := range []struct {
		name    string
		change  m
		status  int
		code    string
		message string
	}{
		{"no source", m{"source": nil}, 422, "UNPROCESSABLE_ENTITY", "ERROR :: /content/article/source :: field is required"},
		{"unknown field", m{"image": "x"}, 422, "UNPROCESSABLE_ENTITY", "/content/article/image :: unrecognized field"},
		{"title of another type", m{"title": 5}, 422, "UNPROCESSABLE_ENTITY", "cannot be coerced to String"},
		{"source of another scheme", m{"source": "ftp://example.com"}, 400, "INVALID_URL", "source is a malformed URL"},
		{"source without a host", m{"source": "example.com"}, 400, "INVALID_URL", "source"},
		{"source beyond ASCII", m{"source": "https://example.com/ä"}, 400, "INVALID_URL", "source"},
		{"no title", m{"title": nil}, 400, "MISSING_FIELD", "title is required but missing"},
		{"blank title", m{"title": " "}, 400, "MISSING_FIELD", "title"},
		{"long title", m{"title": strings.Repeat("a", 401)}, 400, "FIELD_LENGTH_TOO_LONG", "title length 401 exceeds maximum 400"},
		{"long description", m{"description": strings.Repeat("a", 4086)}, 400, "FIELD_LENGTH_TOO_LONG", "description"},
		{"thumbnail that is an address", m{"thumbnail": "https://example.com/a.png"}, 400, "INVALID_URN_TYPE", "thumbnail value must be a image URN"},
		{"thumbnail of another kind", m{"thumbnail": "urn:li:video:x"}, 400, "INVALID_URN_TYPE", "thumbnail"},
		{"thumbnail of another owner", m{"thumbnail": janes}, 400, "INVALID_IMAGE_ID", "not valid or not owned"},
		{"thumbnail that was not uploaded", m{"thumbnail": waiting}, 400, "MEDIA_ASSET_WAITING_UPLOAD", waiting},
		{"thumbnail that is broken", m{"thumbnail": broken}, 400, "MEDIA_ASSET_PROCESSING_FAILED", broken},
		{"alt text of nothing", m{"thumbnailAltText": "x"}, 400, "INVALID_VALUE_FOR_FIELD", "thumbnailAltText"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do("POST", "/rest/posts", body(m{"content": article(tt.change)}))
			if e := a.problem(t); a.status != tt.status || e.Code != tt.code || !strings.Contains(e.Message, tt.message) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func TestArticleIsShown(t *testing.T) {
	t.Parallel()
	b := start(t)
	picture := b.image(sandbox.PageURN, pngOf(t, 12, 6))
	content := article(m{"title": "Plain <text> \\(kept\\)", "description": "And *more*", "thumbnail": picture, "thumbnailAltText": "A cover"})
	urn := b.post(m{"commentary": "", "content": content})
	post, _ := b.Post(urn)
	want := &sandbox.Article{
		Source: "https://example.com/a_(b)?c=d", Host: "example.com", Title: "Plain <text> \\(kept\\)", Description: "And *more*",
	}
	got := *post.Article
	if got.Thumbnail == nil || got.Thumbnail.ID != picture || got.Thumbnail.Width != 12 || got.Thumbnail.AltText != "A cover" {
		t.Errorf("thumbnail %+v", got.Thumbnail)
	}
	got.Thumbnail = nil
	if diff := cmp.Diff(want, &got); diff != "" || len(post.Media) != 0 {
		t.Error(diff, post.Media)
	}
	page := b.want(http.StatusOK, "GET", "/feed/update/"+urn+"/", "").body
	for _, part := range []string{"Plain &lt;text&gt; \\(kept\\)", "And *more*", `alt="A cover"`, `href="https://example.com/a_%28b%29?c=d"`} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	var read struct{ Content m }
	b.want(http.StatusOK, "GET", "/rest/posts/"+enc(urn), "").decode(t, &read)
	if diff := cmp.Diff(content, read.Content); diff != "" {
		t.Error(diff)
	}
	var listed []struct {
		Article struct{ Thumbnail struct{ DownloadURL string } }
	}
	b.want(http.StatusOK, "GET", "/sandbox/posts", "").decode(t, &listed)
	if address := listed[0].Article.Thumbnail.DownloadURL; !strings.HasPrefix(address, b.url) {
		t.Errorf("the picture is at %q", address)
	}
}

// Posts without any text are compared by what they show.
func TestDuplicateArticlesAndPolls(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, content := range []m{article(nil), article(m{"source": "https://example.com/other"}), pollContent(nil), pollContent(m{"question": "Another?"})} {
		b.post(m{"commentary": "", "content": content})
		b.want(http.StatusUnprocessableEntity, "POST", "/rest/posts", body(m{"commentary": "", "content": content}))
	}
}

// An organic post cannot point to another entity.
func TestReferenceIsRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	a := b.want(http.StatusBadRequest, "POST", "/rest/posts", body(m{"content": m{"reference": m{"id": "urn:li:event:1"}}}))
	if e := a.problem(t); e.Code != "INVALID_VALUE_FOR_FIELD" || !strings.Contains(e.Message, "reference") {
		t.Error(a.body)
	}
}
