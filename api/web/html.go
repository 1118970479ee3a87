package web

import (
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/markup"
)

// body is what a page shows between its header and its footer.
type body interface{ write(w *markup.Writer) }

func (d document) write(w *markup.Writer) {
	w.Put(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<link rel="stylesheet" href="{}">
<link rel="icon" type="image/svg+xml" href="{}">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>`, d.DocumentTitle, d.Style, d.Icon)
	d.Brand.write(w)
	w.Put(`
<main id="content" tabindex="-1">
`)
	d.Body.write(w)
	w.Put(`
</main>`)
	if d.Footer != "" {
		w.Put(`
<footer class="foot"><div class="inner"><p>{}</p></div></footer>`, d.Footer)
	}
	w.Put(`
</body>
</html>
`)
}

func (b brand) write(w *markup.Writer) {
	if b.Name == "" && !b.Logo {
		return
	}
	w.Put(`
<header class="top">
<div class="inner">`)
	if b.Logo {
		w.Put(`
<svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><rect class="logo-ground" width="32" height="32" rx="8"/><path class="logo-horn" d="M7 13.5v5a1.5 1.5 0 0 0 1.5 1.5H11l1.2 4.2a1.1 1.1 0 0 0 1.1.8h1.2a1 1 0 0 0 1-1.3L14.6 20h.9l6 3.4a1 1 0 0 0 1.5-.9v-13a1 1 0 0 0-1.5-.9l-6 3.4h-7A1.5 1.5 0 0 0 7 13.5Zm18-.6v6.2a3.5 3.5 0 0 0 0-6.2Z"/></svg>`)
	}
	if b.Name != "" {
		w.Put(`<span class="brand" dir="auto">{}</span>`, b.Name)
	}
	w.Put(`
</div>
</header>`)
}

func (h head) writeHeading(w *markup.Writer) {
	w.Put(`<h1`)
	if h.HideHeading {
		w.Put(` class="vh"`)
	}
	w.Put(` dir="auto">{}</h1>
`, h.Heading)
}

func writeLead(w *markup.Writer, lead string) {
	w.Put(`<p class="lead" dir="auto">{}</p>
`, lead)
}

func (n *note) write(w *markup.Writer) {
	if n == nil {
		return
	}
	w.Put(`<section class="note {}" role="{}" tabindex="-1" autofocus>
<h2>{}</h2>
`, n.Kind, n.role(), n.Title)
	n.writeWords(w)
	w.Put(`
</section>
`)
}

// writeWords shows what a note says below its title.
func (n *note) writeWords(w *markup.Writer) {
	for _, line := range n.Lines {
		w.Put(`<p>{}</p>`, line)
	}
	if n.Help != "" {
		w.Put(`
<p class="help">{}</p>`, n.Help)
	}
	writeRemarks(w, n.Remarks)
}

func writeRemarks(w *markup.Writer, remarks []core.Finding) {
	if len(remarks) == 0 {
		return
	}
	w.Put(`
<ul class="remarks">
`)
	for _, r := range remarks {
		w.Put(`<li>{}`, r.Message)
		if r.Help != "" {
			w.Put(` <span class="help">{}</span>`, r.Help)
		}
		if r.URL != "" {
			w.Put(` <a href="{}" rel="noreferrer">More about this</a>`, r.URL)
		}
		w.Put(`</li>
`)
	}
	w.Put(`</ul>
`)
}

// writeName shows what an account is called.
func writeName(w *markup.Writer, name, username string) {
	w.Put(`<strong dir="auto">{}</strong>`, name)
	if username != "" {
		w.Put(` <span class="user">{}</span>`, username)
	}
}

func (a accountView) writeAvatar(w *markup.Writer) {
	w.Put(`<span class="avatar`)
	if a.IsPage {
		w.Put(` page`)
	}
	w.Put(`" aria-hidden="true">{}</span>
`, a.Initials)
}

// writeAlone shows the account that a page is about.
func (a accountView) writeAlone(w *markup.Writer, network string) {
	w.Put(`<section class="card" aria-label="{}">
<ul class="accounts"><li>
`, a.Name)
	a.writeAvatar(w)
	w.Put(`<div class="words"><p class="name">`)
	writeName(w, a.Name, a.Username)
	w.Put(`</p><p class="facts"><span class="kind">{}</span> <span>{}</span></p></div>
</li></ul>
`, a.Kind, network)
}
