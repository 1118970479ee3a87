package sandbox

import "github.com/crier-social/crier/core/markup"

func (p consentPage) title() string { return "Allow " + p.App + "?" }

func (p consentPage) write(w *markup.Writer) {
	w.Put(`<section class="card consent">
  <header class="byline">
    `)
	writeAvatar(w, p.Member.Name(), false)
	w.Put(`
    <div><strong class="author">{}</strong>`, p.Member.Name())
	if p.Member.Headline != "" {
		w.Put(`<div class="meta">{}</div>`, p.Member.Headline)
	}
	w.Put(`</div>
  </header>
  <h1 id="question">{} would like to:</h1>
  <ul class="scopes">`, p.App)
	for _, s := range p.Scopes {
		w.Put(`
    <li>{} <code>{}</code></li>`, s.Text, s.Scope)
	}
	w.Put(`
  </ul>
  <form method="post" aria-labelledby="question">
    <div class="choice">
      <button class="plain" name="decision" value="cancel" id="cancel">Cancel</button>
      <button class="main" name="decision" value="allow" id="allow">Allow</button>
    </div>
    <p class="facts">It is all of this or nothing. Either way you go back to <strong>{}</strong>. You can take the permission back at any time.</p>
    <p class="facts"><button class="text-button" name="decision" value="switch" id="switch">Not {}? Sign in as somebody else</button></p>
  </form>
</section>`, p.Host, p.Member.Name())
}

func (signInPage) title() string { return "Sign in" }

func (p signInPage) write(w *markup.Writer) {
	w.Put(`<section class="card consent">
  <h1>Sign in to continue to {}</h1>
  <p>This is a sandbox: nobody has a password. Who are you?</p>
  <form method="post">
    <ul class="members">`, p.App)
	for _, who := range p.People {
		w.Put(`
      <li><button class="member" name="member" value="{}" id="sign-in-{}" aria-label="Sign in as {}">
        `, who.ID, who.ID, who.Name())
		writeAvatar(w, who.Name(), false)
		w.Put(`
        <span><strong>{}</strong>`, who.Name())
		if who.Headline != "" {
			w.Put(`<span class="facts">{}</span>`, who.Headline)
		}
		w.Put(`</span>
      </button></li>`)
	}
	w.Put(`
    </ul>
    <div class="choice"><button class="plain" name="decision" value="cancelLogin" id="cancel">Cancel</button></div>
  </form>
</section>`)
}

// refusedConsent is the page of what an app has asked for in a way that gets no answer: why.
type refusedConsent string

func (refusedConsent) title() string { return "Something went wrong" }

func (p refusedConsent) write(w *markup.Writer) {
	w.Put(`<section class="card empty consent">
  <h1>Something went wrong</h1>
  <p class="warning">{}</p>
  <p>The app that sent you here has to be mended, or set up anew. You can close this page.</p>
</section>`, string(p))
}
