package sandbox

import "github.com/crier-social/crier/core/markup"

// webPage is a document of the sandbox.
type webPage interface {
	title() string
	write(w *markup.Writer) // what it shows
}

// writePage writes a page with what all of them have.
func writePage(w *markup.Writer, p webPage) {
	w.Put(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{}</title>
<link rel="stylesheet" href="/sandbox/style.css">
</head>
<body>
<header class="bar">
  <a class="brand" href="/sandbox/"><span class="mark" aria-hidden="true">C</span> Sandbox feed</a>
  <span class="hint">Nothing here is on the real network.</span>
</header>
<main>
`, p.title())
	p.write(w)
	w.Put(`
</main>
</body>
</html>
`)
}

func (feedPage) title() string { return "Sandbox feed" }

func (p feedPage) write(w *markup.Writer) {
	w.Put(`<p class="summary">`)
	if p.Filter != "" {
		w.Put(`<a href="/sandbox/">All</a> › {} · `, p.Filter)
	}
	w.Put(`{} · {} uploads · {} requests</p>
`, counted(p.Total, "post"), p.Counts.Uploads(), p.Counts.Requests)
	for _, post := range p.Posts {
		post.writeCard(w)
	}
	if len(p.Posts) == 0 {
		w.Put(`
<section class="card empty">
  <h1>Nothing was posted yet</h1>
  <p>What an application publishes to this sandbox appears here, as its readers would see it.</p>
</section>
`)
	}
	if p.Newer == "" && p.Older == "" {
		return
	}
	w.Put(`<nav class="pager">`)
	if p.Newer != "" {
		w.Put(`<a href="{}">Newer</a> `, p.Newer)
	}
	if p.Older != "" {
		w.Put(`<a href="{}">Older</a>`, p.Older)
	}
	w.Put(`</nav>`)
}

func (p profilePage) title() string { return p.AuthorName }

func (p profilePage) write(w *markup.Writer) {
	w.Put(`<section class="card profile">
  <header class="byline">
    `)
	writeAvatar(w, p.AuthorName, p.Org)
	w.Put(`
    <div>
      <h1>{}</h1>
      <div class="meta">`, p.AuthorName)
	if p.Org {
		w.Put(`Page · {} followers`, p.Followers)
	} else {
		w.Put(`Member`)
	}
	w.Put(` · <code>{}</code></div>`, p.URN)
	if p.About != "" {
		w.Put(`
      <p>{}</p>`, p.About)
	}
	if p.Website != "" {
		w.Put(`
      <p><a rel="nofollow noopener noreferrer" href="{}">{}</a></p>`, p.Website, p.Website)
	}
	w.Put(`
    </div>
  </header>
</section>
<p class="summary">{}</p>
`, counted(p.Total, "post"))
	for _, post := range p.Posts {
		post.writeCard(w)
	}
	if len(p.Posts) == 0 {
		w.Put(`<section class="card empty">Nothing was posted yet.</section>`)
	}
	if p.Total > len(p.Posts) {
		w.Put(`
<nav class="pager"><a href="{}">All {} posts</a></nav>`, p.Feed, p.Total)
	}
}

// missingPost is the page of a post that there is not: its URN.
type missingPost string

func (missingPost) title() string { return "No such post" }

func (p missingPost) write(w *markup.Writer) {
	w.Put(`<section class="card empty">
  <h1>No such post</h1>
  <p>Nothing was published here as <code>{}</code>.</p>
  <p><a href="/sandbox/">All posts</a></p>
</section>`, string(p))
}

// missingProfile is the page of an author that there is not: the name.
type missingProfile string

func (missingProfile) title() string { return "No such profile" }

func (p missingProfile) write(w *markup.Writer) {
	w.Put(`<section class="card empty">
  <h1>No such profile</h1>
  <p>Nobody here is called <code>{}</code>.</p>
  <p><a href="/sandbox/">All posts</a></p>
</section>`, string(p))
}

func writeAvatar(w *markup.Writer, name string, org bool) {
	w.Put(`<span class="avatar`)
	if org {
		w.Put(` page`)
	}
	w.Put(`" aria-hidden="true">{}</span>`, initials(name))
}
