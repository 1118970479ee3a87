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
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/sandbox/style.css">
<title>{}</title>
<header><a href="/sandbox/">Bluesky sandbox</a><span>Nothing here is on Bluesky.</span></header>
<main>
`, p.title())
	p.write(w)
	w.Put(`</main>
`)
}

// feedPage shows the latest posts: all, or those with a tag.
type feedPage struct {
	Tag   string
	Posts []shownPost
}

func (feedPage) title() string { return "Bluesky sandbox" }

func (p feedPage) write(w *markup.Writer) {
	heading, none := "Posts", "anything"
	if p.Tag != "" {
		heading, none = "#"+p.Tag, "that"
	}
	w.Put(`<h1>{}</h1>
`, heading)
	for _, post := range p.Posts {
		post.write(w)
	}
	if len(p.Posts) == 0 {
		w.Put(`<p>Nobody has posted {} yet.</p>
`, none)
	}
}

// profilePage shows an account with its latest posts.
type profilePage struct {
	Profile shownProfile
	Feed    []struct{ Post shownPost }
}

func (p profilePage) title() string { return p.Profile.Name() }

func (p profilePage) write(w *markup.Writer) {
	w.Put(`<h1>{}</h1>
<p>@{} · <code>{}</code></p>
`, p.Profile.Name(), p.Profile.Handle, p.Profile.DID)
	if p.Profile.Description != "" {
		w.Put(`<p>{}</p>
`, p.Profile.Description)
	}
	w.Put(`<p class="counts">{} followers · {} following · {} posts</p>
`, p.Profile.FollowersCount, p.Profile.FollowsCount, p.Profile.PostsCount)
	for _, entry := range p.Feed {
		entry.Post.write(w)
	}
}

// mistakePage tells what is wrong.
type mistakePage string

func (mistakePage) title() string { return "Bluesky sandbox" }

func (p mistakePage) write(w *markup.Writer) {
	w.Put(`<h1>This does not work</h1><p>{}</p>
`, string(p))
}

func (consentPage) title() string { return "Give access?" }

func (p consentPage) write(w *markup.Writer) {
	w.Put(`<h1>{} wants to use your account</h1>
<p><code>{}</code></p>
<p>It asks for: `, p.Client.Name, p.Client.ID)
	for _, scope := range p.Scopes {
		w.Put(`<code>{}</code> `, scope)
	}
	w.Put(`</p>
<form method="post" action="/oauth/authorize/decide">
<input type="hidden" name="request_uri" value="{}">
<input type="hidden" name="client_id" value="{}">
<fieldset><legend>Who are you? Nobody here is asked for a password.</legend>
`, p.Request, p.Client.ID)
	for i, a := range p.Accounts {
		w.Put(`<label><input type="radio" name="account" value="{}"`, a.DID)
		if p.Hint == a.Handle || p.Hint == a.DID || p.Hint == "" && i == 0 {
			w.Put(` checked`)
		}
		w.Put(` required> {} @{}</label>
`, a.Name, a.Handle)
	}
	w.Put(`</fieldset>
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" formnovalidate>Deny</button>
</form>
`)
}
