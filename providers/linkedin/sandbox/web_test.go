package sandbox_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestPageOfAPost(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.image(sandbox.PageURN, pngOf(t, 2, 2))
	urn := b.post(m{
		"commentary": "Line 1\nLine 2 \\<b\\> #Go see https://example.com/a?b=1&x=\\<y, @[Crier Demo](urn:li:organization:5515715) and @[crier demo](urn:li:organization:5515715)",
		"content":    m{"media": m{"id": id, "altText": `"quoted" <script>alert(1)</script>`, "title": "The <title>"}},
	})
	a := b.want(http.StatusOK, "GET", "/feed/update/"+urn+"/", "", without("Authorization"))
	for _, want := range []string{
		"Line 1\nLine 2 &lt;b&gt; ",
		`<a class="hashtag" rel="nofollow noopener noreferrer" href="/sandbox/?tag=Go">#Go</a>`,
		`href="https://example.com/a?b=1`,
		`<a class="mention" rel="nofollow noopener noreferrer" href="/sandbox/?author=urn%3Ali%3Aorganization%3A5515715">Crier Demo</a>`,
		" and crier demo</div>",
		`<span class="badge">ALT</span> &#34;quoted&#34; &lt;script&gt;`,
		"The &lt;title&gt;",
		`src="/dms/image/` + strings.TrimPrefix(id, "urn:li:image:"),
		"grid-1", "PUBLIC", ">CD</span>", "20 Nov 2026, 09:00:00 UTC",
		"&#34;lifecycleState&#34;: &#34;PUBLISHED&#34;",
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(a.body, "<script") {
		t.Error("the page has a script")
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	b.want(http.StatusOK, "GET", "/feed/update/"+urn, "")
	b.want(http.StatusOK, "GET", "/feed/update/"+enc(urn)+"/", "")
	if a := b.want(http.StatusNotFound, "GET", "/feed/update/"+enc("<x>")+"/", ""); strings.Contains(a.body, "<x>") {
		t.Error("the address is not escaped")
	}
	if a := b.want(http.StatusOK, "GET", "/sandbox/style.css", ""); a.header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("style is %s", a.header.Get("Content-Type"))
	}
}

func TestPageTellsWhatReadersDoNotSee(t *testing.T) {
	t.Parallel()
	b := start(t)
	cut := b.post(m{"commentary": "seen (hidden)"})
	a := b.want(http.StatusOK, "GET", "/feed/update/"+cut+"/", "")
	if !strings.Contains(a.body, `<div class="text">seen </div>`) || !strings.Contains(a.body, "<code>(hidden)</code>") {
		t.Errorf("page %s", a.body)
	}
	b.want(http.StatusNoContent, "DELETE", "/rest/posts/"+enc(cut), "")
	if a := b.want(http.StatusOK, "GET", "/feed/update/"+cut+"/", ""); !strings.Contains(a.body, "Deleted 20 Nov 2026") {
		t.Error("the page of a deleted post does not say so")
	}
	parent := b.post(m{"commentary": "the parent"})
	repost := b.post(m{"commentary": "", "reshareContext": m{"parent": parent}})
	if a := b.want(http.StatusOK, "GET", "/feed/update/"+repost+"/", ""); !strings.Contains(a.body, `<div class="repost">`) || !strings.Contains(a.body, "the parent") {
		t.Error("the page of a repost does not show the parent")
	}
	b.want(http.StatusNoContent, "DELETE", "/rest/posts/"+enc(parent), "")
	if a := b.want(http.StatusOK, "GET", "/feed/update/"+repost+"/", ""); !strings.Contains(a.body, "shared is deleted") || strings.Contains(a.body, "the parent") {
		t.Error("the page of a repost shows a parent that was deleted")
	}
}

func TestFeed(t *testing.T) {
	t.Parallel()
	b := start(t)
	if a := b.want(http.StatusOK, "GET", "/", "", without("Authorization")); !strings.Contains(a.body, "Nothing was posted yet") {
		t.Error("the empty feed does not say so")
	}
	for i := range 52 {
		b.post(m{"commentary": fmt.Sprintf("number %d of many", i)})
	}
	b.post(m{"author": sandbox.JaneURN, "commentary": "about #Go"})
	first := b.want(http.StatusOK, "GET", "/sandbox/", "").body
	second := b.want(http.StatusOK, "GET", "/sandbox/?page=2", "").body
	if n := strings.Count(first, "<article"); n != 50 {
		t.Errorf("%d posts on the first page", n)
	}
	if n := strings.Count(second, "<article"); n != 3 {
		t.Errorf("%d posts on the second page", n)
	}
	if !strings.Contains(second, "number 0 of many") || strings.Contains(first, "number 0 of many") {
		t.Error("the oldest post is not on the last page")
	}
	if !strings.Contains(first, ">Older<") || strings.Contains(first, ">Newer<") || !strings.Contains(second, ">Newer<") || strings.Contains(second, ">Older<") {
		t.Error("the links between the pages are wrong")
	}
	for _, target := range []string{"/sandbox/?tag=go", "/sandbox/?author=" + sandbox.JaneURN} {
		if a := b.want(http.StatusOK, "GET", target, ""); strings.Count(a.body, "<article") != 1 || !strings.Contains(a.body, "Jane Doe") {
			t.Errorf("%s does not show the one post", target)
		}
	}
	b.want(http.StatusOK, "GET", "/sandbox/?page=99", "")
	b.want(http.StatusOK, "GET", "/sandbox/?page=-1", "")
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.post(m{"commentary": "from the page"})
	b.post(m{"author": sandbox.JaneURN, "commentary": "from Jane"})
	deleted := b.post(m{"commentary": "gone"})
	b.want(http.StatusNoContent, "DELETE", "/rest/posts/"+enc(deleted), "")
	err := b.AddOrganization(sandbox.Organization{ID: 77, Name: "<Quiet>", Website: "javascript:alert(1)"})
	if err != nil {
		t.Fatal(err)
	}
	page := []string{"<h1>Crier Demo</h1>", "5000 followers", sandbox.PageURN, `href="https://example.com/"`, "1 post<", "from the page"}
	for _, tt := range []struct {
		target string
		status int
		shows  []string
		hides  []string
	}{
		{"/company/crier-demo", 200, page, []string{"from Jane", "gone"}},
		{"/company/crier-demo/", 200, page, []string{"from Jane", "gone"}},
		{"/company/5515715/", 200, page, []string{"from Jane", "gone"}},
		{"/in/jane-doe-sandbox/", 200, []string{"<h1>Jane Doe</h1>", "Writes things down", sandbox.JaneURN, "from Jane"}, []string{"from the page", "followers"}},
		{"/in/john-roe-sandbox", 200, []string{"0 posts", "Nothing was posted yet"}, nil},
		{"/company/77", 200, []string{"&lt;Quiet&gt;"}, []string{"<Quiet>", `href="javascript`}},
		{"/company/jane-doe-sandbox", 404, []string{"No such profile"}, nil},
		{"/in/%3Cb%3E", 404, []string{"&lt;b&gt;"}, []string{"<b>"}},
	} {
		t.Run(tt.target, func(t *testing.T) {
			t.Parallel()
			a := b.want(tt.status, "GET", tt.target, "", without("Authorization"))
			for _, want := range tt.shows {
				if !strings.Contains(a.body, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
			for _, unwanted := range tt.hides {
				if strings.Contains(a.body, unwanted) {
					t.Errorf("the page shows %s", unwanted)
				}
			}
		})
	}
}

// A profile shows the latest posts, and leads to the others.
func TestProfileOfABusyAuthor(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i := range 51 {
		b.post(m{"commentary": fmt.Sprintf("number %d of many", i)})
	}
	a := b.want(http.StatusOK, "GET", "/company/crier-demo/", "")
	if n := strings.Count(a.body, "<article"); n != 50 || strings.Contains(a.body, "number 0 of many") {
		t.Errorf("%d posts", n)
	}
	if want := `<a href="/sandbox/?author=urn%3Ali%3Aorganization%3A5515715&amp;page=1&amp;tag=">All 51 posts</a>`; !strings.Contains(a.body, want) {
		t.Errorf("the page lacks %s", want)
	}
}

func TestGridsOfPictures(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.image(sandbox.PageURN, pngOf(t, 2, 2))
	for n, class := range map[int]string{2: "grid-2", 3: "grid-3", 4: "grid-4", 5: "grid-5", 9: "grid-5"} {
		images := make([]m, n)
		for i := range images {
			images[i] = m{"id": id, "altText": fmt.Sprintf("alt %d of %d", i, n)}
		}
		urn := b.post(m{"commentary": strconv.Itoa(n), "content": m{"multiImage": m{"images": images}}})
		page := b.want(http.StatusOK, "GET", "/feed/update/"+urn+"/", "").body
		if !strings.Contains(page, class+`"`) || strings.Count(page, "<img ") != n || !strings.Contains(page, fmt.Sprintf("alt %d of %d", n-1, n)) {
			t.Errorf("the page of %d pictures is wrong", n)
		}
	}
}
