package sandbox

import (
	"time"

	"github.com/crier-social/crier/core/markup"
)

func (p postPage) title() string { return p.AuthorName }

func (p postPage) write(w *markup.Writer) {
	p.writeCard(w)
	p.writeComments(w)
	w.Put(`
<details class="card wire">
  <summary>Details</summary>
  <dl>
    <dt>URN</dt><dd><code>{}</code></dd>
    <dt>Author</dt><dd><code>{}</code></dd>
    <dt>Activity</dt><dd><code>{}</code></dd>
    <dt>Lifecycle</dt><dd>{}</dd>
    <dt>Audience</dt><dd>`, p.URN, p.Author, p.Activity, p.Lifecycle)
	p.writeAudience(w)
	w.Put(`</dd>
`)
	for i, m := range p.Media {
		w.Put(`    <dt>{} {}</dt><dd><code>{}</code> {}, `, mediaNoun(m.Kind), i+1, m.ID, m.ContentType)
		if m.Width != 0 {
			w.Put(`{} × {}, `, m.Width, m.Height)
		}
		w.Put(`{} bytes</dd>
`, m.Size)
	}
	w.Put(`  </dl>
  <h2>As the API answers it</h2>
  <pre>{}</pre>
</details>`, p.Wire)
}

func (p postPage) writeAudience(w *markup.Writer) {
	if p.Untargeted {
		w.Put(`Everybody who may see it`)
		return
	}
	for i, target := range p.Audience() {
		if i > 0 {
			w.Put(`<br>or `)
		}
		for j, facet := range target {
			if j > 0 {
				w.Put(`; `)
			}
			w.Put(`{}: `, facet.Name)
			for k, v := range facet.Values {
				if k > 0 {
					w.Put(`, `)
				}
				w.Put(`{}`, v)
			}
		}
	}
}

func (p postPage) writeComments(w *markup.Writer) {
	w.Put(`
<section class="card comments" aria-label="Comments">
  <p class="facts">{} · {}`, counted(p.Reactions, "reaction"), counted(p.Comments, "comment"))
	if p.CommentsState != commentsOpen {
		w.Put(` · Commenting is off`)
	}
	w.Put(`</p>
`)
	for _, c := range p.Thread {
		c.write(w)
	}
	w.Put(`</section>
`)
}

func (c Comment) write(w *markup.Writer) {
	w.Put(`  <article class="comment`)
	if c.Parent != "" {
		w.Put(` reply`)
	}
	w.Put(`" id="{}">
    <header class="byline">
      `, c.URN)
	writeAvatar(w, c.ActorName, false)
	w.Put(`
      <div>
        <strong class="author">{}</strong>
        <div class="meta">`, c.ActorName)
	writeTime(w, c.CreatedAt)
	if !c.EditedAt.IsZero() {
		w.Put(` · Edited`)
	}
	if c.Reactions > 0 {
		w.Put(` · {}`, counted(c.Reactions, "reaction"))
	}
	w.Put(`</div>
      </div>
    </header>
`)
	writeText(w, c.Text, c.Spans)
	if c.Image != nil {
		w.Put(`    <a href="{}">`, c.Image.DownloadURL)
		c.Image.writePicture(w, "Picture of the comment")
		w.Put(`</a>
`)
	}
	w.Put(`  </article>
`)
}

// writeCard shows a post as readers see it in a feed.
func (p postPage) writeCard(w *markup.Writer) {
	w.Put(`
<article class="card" id="{}">
`, p.URN)
	p.writeByline(w)
	if p.Deleted {
		w.Put(`  <p class="warning">Deleted {}</p>
`, prettyTime(p.DeletedAt))
	}
	if p.Lifecycle != lifecyclePublished {
		w.Put(`  <p class="warning">Readers do not see this post: {}</p>
`, p.Lifecycle)
	}
	writeText(w, p.DisplayText, p.Spans)
	if p.Cut {
		w.Put(`  <p class="warning">Readers see nothing from here on: an unescaped reserved character ends the text. Sent, but not shown: <code>{}</code></p>
`, p.Hidden)
	}
	p.writeMedia(w)
	if p.Reposted != nil {
		p.Reposted.writeReposted(w)
	}
	w.Put(`</article>
`)
}

// writeReposted shows a post inside of one that shares it.
func (p postPage) writeReposted(w *markup.Writer) {
	w.Put(`  <div class="repost">`)
	if p.Deleted {
		w.Put(`<p class="warning">The post that was shared is deleted</p>`)
	} else {
		p.writeByline(w)
		writeText(w, p.DisplayText, p.Spans)
		p.writeMedia(w)
	}
	w.Put(`</div>
`)
}

func (p postPage) writeByline(w *markup.Writer) {
	w.Put(`<header class="byline">
  `)
	writeAvatar(w, p.AuthorName, p.Org)
	kind := "Member"
	if p.Org {
		kind = "Page"
	}
	w.Put(`
  <div>
    <strong class="author">{}</strong>
    <div class="meta">
      {} ·
      <a href="{}">`, p.AuthorName, kind, p.URL)
	writeTime(w, p.CreatedAt)
	w.Put(`</a> ·
      <span class="visibility">{}</span>`, p.Visibility)
	if !p.EditedAt.IsZero() {
		w.Put(` · Edited`)
	}
	if p.NoReshare {
		w.Put(` · Resharing off`)
	}
	w.Put(`
    </div>
  </div>
</header>
`)
}

func writeTime(w *markup.Writer, t time.Time) {
	w.Put(`<time datetime="{}">{}</time>`, machineTime(t), prettyTime(t))
}

// writeText shows what somebody has written, if anything.
func writeText(w *markup.Writer, text string, spans []Span) {
	if text == "" {
		return
	}
	w.Put(`<div class="text">`)
	writeRich(w, spans)
	w.Put(`</div>
`)
}
