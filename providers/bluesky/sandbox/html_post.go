package sandbox

import "github.com/crier-social/crier/core/markup"

// postPage shows a post within its thread.
type postPage struct {
	Thread shownThread
	CID    string
	Wire   string // the record as JSON
}

func (p postPage) title() string {
	return p.Thread.Post.Author.Name() + ": " + p.Thread.Post.Record.Text
}

func (p postPage) write(w *markup.Writer) {
	p.Thread.writeAbove(w)
	w.Put(`<div class="main">`)
	p.Thread.Post.write(w)
	w.Put(`</div>
`)
	p.Thread.writeReplies(w)
	w.Put(`<details><summary>The record</summary><p><code>{}</code><br><code>{}</code></p><pre>{}</pre></details>
`, p.Thread.Post.URI, p.CID, p.Wire)
}

// writeAbove shows what the post answers, the first post of the thread first.
func (t shownThread) writeAbove(w *markup.Writer) {
	if t.Parent == nil {
		return
	}
	t.Parent.writeAbove(w)
	if t.Parent.Post.URI == "" {
		w.Put(`<p>The post above is gone.</p>
`)
		return
	}
	t.Parent.Post.write(w)
}

func (t shownThread) writeReplies(w *markup.Writer) {
	if len(t.Replies) == 0 {
		return
	}
	w.Put(`<section class="replies">`)
	for _, reply := range t.Replies {
		reply.Post.write(w)
		reply.writeReplies(w)
	}
	w.Put(`</section>
`)
}

func (p shownPost) write(w *markup.Writer) {
	w.Put(`<article>
<p class="who">`)
	p.Author.writeLink(w, "/profile/"+p.Author.DID)
	w.Put(` · <a href="{}"><time>{}</time></a></p>
`, p.Path(), p.IndexedAt)
	if p.Record.Text != "" {
		w.Put(`<p class="text"`)
		if len(p.Record.Langs) > 0 {
			w.Put(` lang="{}"`, p.Record.Langs[0])
		}
		w.Put(`>`)
		p.Record.writeText(w)
		w.Put(`</p>
`)
	}
	for _, label := range p.Labels {
		w.Put(`<span class="label">{}</span> `, label.Val)
	}
	p.Embed.write(w)
	if len(p.Record.Tags) > 0 {
		w.Put(`<p class="tags">`)
		for _, tag := range p.Record.Tags {
			w.Put(`<a href="/sandbox/?tag={}">#{}</a> `, tag, tag)
		}
		w.Put(`</p>
`)
	}
	w.Put(`<p class="counts">{} replies · {} reposts · {} quotes · {} likes`, p.ReplyCount, p.RepostCount, p.QuoteCount, p.LikeCount)
	if closed := p.Closed(); closed != "" {
		w.Put(` · {}`, closed)
	}
	w.Put(`</p>
</article>`)
}

// writeLink shows who it is, with a link to an address.
func (p shownProfile) writeLink(w *markup.Writer, href string) {
	w.Put(`<a href="{}"><b>{}</b> @{}</a>`, href, p.Name(), p.Handle)
}

func (e shownEmbed) write(w *markup.Writer) {
	if e.Media != nil {
		e.Media.writeMedia(w)
	} else {
		e.writeMedia(w)
	}
	quote := e.Quote()
	if quote == nil {
		return
	}
	w.Put(`<blockquote>
`)
	switch {
	case quote.NotFound:
		w.Put(`<p>The quoted post is gone.</p>
`)
	case quote.Detached:
		w.Put(`<p>Its author does not let others quote this post.</p>
`)
	default:
		w.Put(`<p class="who">`)
		quote.Author.writeLink(w, quote.Path())
		w.Put(`</p><p class="text">`)
		quote.Value.writeText(w)
		w.Put(`</p>`)
	}
	w.Put(`
</blockquote>`)
}

func (e shownEmbed) writeMedia(w *markup.Writer) {
	if len(e.Images) > 0 {
		w.Put(`<div class="images">`)
		for _, image := range e.Images {
			w.Put(`<figure><img src="{}" alt="{}" loading="lazy">`, image.Thumb, image.Alt)
			if image.Alt != "" {
				w.Put(`<figcaption>{}</figcaption>`, image.Alt)
			}
			w.Put(`</figure>`)
		}
		w.Put(`</div>
`)
	}
	if e.Playlist != "" {
		w.Put(`<video controls preload="metadata" src="{}"></video>
`, e.Playlist)
		if e.Alt != "" {
			w.Put(`<p class="alt">{}</p>
`, e.Alt)
		}
	}
	if card := e.External; card != nil {
		w.Put(`<a class="card" rel="nofollow noopener noreferrer" href="{}">`, card.URI)
		if card.Thumb != "" {
			w.Put(`<img src="{}" alt="" loading="lazy">`, card.Thumb)
		}
		w.Put(`<b>{}</b><span>{}</span><small>{}</small></a>
`, card.Title, card.Description, card.URI)
	}
}
