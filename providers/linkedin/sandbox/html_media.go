package sandbox

import "github.com/crier-social/crier/core/markup"

// writeMedia shows what a post has beside its text.
func (p postPage) writeMedia(w *markup.Writer) {
	if p.Article != nil {
		p.Article.write(w)
	}
	if p.Poll != nil {
		p.Poll.write(w)
	}
	switch {
	case p.Video != nil:
		p.Video.writeVideo(w)
	case p.Document != nil:
		p.Document.writeDocument(w)
	case len(p.Media) > 0:
		p.writePictures(w)
	}
}

func (m Media) writeVideo(w *markup.Writer) {
	w.Put(`<div class="video">
`)
	if m.Title != "" {
		w.Put(`  <strong class="title">{}</strong>
`, m.Title)
	}
	w.Put(`  <video controls preload="metadata" width="{}" height="{}"`, m.Width, m.Height)
	if m.ThumbnailURL != "" {
		w.Put(` poster="{}"`, m.ThumbnailURL)
	}
	w.Put(`>
    <source src="{}" type="{}">
`, m.DownloadURL, m.ContentType)
	if m.CaptionsURL != "" {
		w.Put(`    <track kind="captions" src="{}" srclang="{}" label="{}" default>
`, m.CaptionsURL, m.CaptionsLanguage, m.CaptionsLanguage)
	}
	w.Put(`  </video>
  <p class="facts">{} · {} × {} · {}`, clockTime(m.Milliseconds), m.Width, m.Height, byteCount(m.Size))
	if m.CaptionsURL != "" {
		w.Put(` · <a href="{}">Captions ({})</a>`, m.CaptionsURL, m.CaptionsLanguage)
	}
	w.Put(`</p>
</div>
`)
}

func (m Media) writeDocument(w *markup.Writer) {
	w.Put(`<a class="document" href="{}?title={}">
  <span class="kind" aria-hidden="true">{}</span>
  <span><strong class="title">{}</strong>
  <span class="facts">`, m.DownloadURL, m.Title, documentEnding(m.ContentType), m.Title)
	if m.Pages != 0 {
		w.Put(`{} · `, counted(m.Pages, "page"))
	}
	w.Put(`{} · Download</span></span>
</a>
`, byteCount(m.Size))
}

// writePicture shows a picture, with its size where that is known.
func (m Media) writePicture(w *markup.Writer, alt string) {
	w.Put(`<img src="{}" alt="{}"`, m.DownloadURL, alt)
	if m.Width != 0 {
		w.Put(` width="{}" height="{}"`, m.Width, m.Height)
	}
	w.Put(`>`)
}

func (a Article) write(w *markup.Writer) {
	w.Put(`<a class="link" href="{}" rel="noopener nofollow">
  `, a.Source)
	if a.Thumbnail != nil {
		a.Thumbnail.writePicture(w, a.Thumbnail.AltText)
	}
	w.Put(`
  <span class="about"><strong class="title">{}</strong>
`, a.Title)
	if a.Description != "" {
		w.Put(`  <span class="description">{}</span>
`, a.Description)
	}
	w.Put(`  <span class="facts">{}</span></span>
</a>
`, a.Host)
}

func (p Poll) write(w *markup.Writer) {
	w.Put(`<div class="poll">
  <strong class="title">{}</strong>
  <ul>`, p.Question)
	for _, o := range p.Options {
		w.Put(`<li><meter min="0" max="{}" value="{}"></meter> {} <span class="facts">{} %</span></li>`, p.Voters, o.Votes, o.Text, p.Share(o))
	}
	w.Put(`</ul>
  <p class="facts">{} · open until {}</p>
</div>
`, counted(p.Voters, "vote"), prettyTime(p.EndsAt))
}

func (p postPage) writePictures(w *markup.Writer) {
	w.Put(`<div class="grid grid-{}">
`, p.Grid)
	for _, m := range p.Media {
		w.Put(`  <figure>
    <a href="{}">`, m.DownloadURL)
		m.writePicture(w, m.AltText)
		w.Put(`</a>
    <figcaption>`)
		if m.Title != "" {
			w.Put(`<span class="title">{}</span> `, m.Title)
		}
		w.Put(`<span class="badge">ALT</span> `)
		if m.AltText != "" {
			w.Put(`{}`, m.AltText)
		} else {
			w.Put(`<em>none</em>`)
		}
		w.Put(`</figcaption>
  </figure>
`)
	}
	w.Put(`</div>
`)
}
