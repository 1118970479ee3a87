package web

import "github.com/crier-social/crier/core/markup"

func (p gridPage) write(w *markup.Writer) {
	p.writeHeading(w)
	writeLead(w, p.SubHeading)
	p.Note.write(w)
	p.writeAlerts(w, p.Alerts)
	if p.Nothing != "" {
		w.Put(`<section class="card"><p>{}</p></section>
`, p.Nothing)
	}
	for _, n := range p.Networks {
		p.writeNetwork(w, n)
	}
	if p.Done != "" {
		w.Put(`<p class="end"><a class="button" href="{}">Done</a></p>
`, p.Done)
	}
}

func (p gridPage) writeNetwork(w *markup.Writer, n networkView) {
	w.Put(`<section class="card network" aria-labelledby="network-{}">
<div class="card-head">
<span class="tile" aria-hidden="true">{}</span>
<div class="words"><h2 id="network-{}">{}</h2><p>{}</p></div>
</div>
`, n.Platform, n.Initial, n.Platform, n.Title, n.Summary)
	if len(n.Accounts) > 0 {
		w.Put(`<ul class="accounts">
`)
		for _, a := range n.Accounts {
			a.writeLinked(w)
		}
		w.Put(`</ul>
`)
	}
	if len(n.Apps) == 0 {
		w.Put(`<p class="hint">No more accounts can be linked here: {} What is linked can be unlinked.</p>
`, n.NoApps)
	} else {
		p.writeApps(w, n, func(a appView) (string, string) { return a.Action, a.Title })
		if n.Host != "" {
			w.Put(`<p class="hint">You sign in at {}. Your password stays there.</p>
`, n.Host)
		}
	}
	w.Put(`</section>
`)
}

// writeLinked shows a linked account with its dates, and the way to unlink it.
func (a accountView) writeLinked(w *markup.Writer) {
	w.Put(`<li>
`)
	a.writeAvatar(w)
	w.Put(`<div class="words">
<p class="name">`)
	writeName(w, a.Name, a.Username)
	w.Put(`</p>
<p class="facts"><span class="kind">{}</span> <span class="badge {}">{}</span></p>
<p class="dates">Linked since <time datetime="{}">{}</time>`, a.Kind, a.Level, a.Status, a.Since.Machine, a.Since.Human)
	if a.Until != nil {
		w.Put(`, {} <time datetime="{}">{}</time>`, a.Until.Word, a.Until.Machine, a.Until.Human)
	}
	w.Put(`</p>
</div>
<a class="button quiet" href="{}">Unlink<span class="vh"> {}</span></a>
</li>
`, a.Unlink, a.Name)
}

func (p connectPage) write(w *markup.Writer) {
	p.writeHeading(w)
	writeLead(w, p.SubHeading)
	p.Note.write(w)
	p.writeAlerts(w, p.Alerts)
	n := p.Network
	if len(n.Apps) == 0 {
		w.Put(`<section class="card"><p>No account of {} can be linked here at the moment: {}</p></section>
`, n.Title, n.NoApps)
	} else {
		p.writeConsent(w, n)
	}
	n.writeAccounts(w)
	if p.Done != "" {
		w.Put(`<p class="end"><a class="button" href="{}">{}</a></p>
`, p.Done, p.DoneWord)
	}
}

func (p connectPage) writeConsent(w *markup.Writer, n networkView) {
	w.Put(`<section class="card consent" aria-label="{}">
`, n.Title)
	if n.Host != "" {
		w.Put(`<ol class="steps">
<li>You sign in at <strong>{}</strong>. Your password stays there.</li>
<li>{} asks you what you allow, and brings you back here.</li>
<li>If there is more than one account, you choose which to link. You can take it back at any time.</li>
</ol>
`, n.Host, n.Title)
	}
	p.writeApps(w, n, func(a appView) (string, string) {
		switch {
		case a.Direct:
			return "Link", a.Title
		case a.Title != "":
			return "Continue: " + a.Title, ""
		}
		return "Continue to " + n.Title, ""
	})
	w.Put(`</section>
`)
}

// writeAccounts shows the linked accounts of a network, with no more than how they are.
func (n networkView) writeAccounts(w *markup.Writer) {
	if len(n.Accounts) == 0 {
		return
	}
	w.Put(`<section class="card" aria-labelledby="linked">
<h2 id="linked">Linked already</h2>
<ul class="accounts">
`)
	for _, a := range n.Accounts {
		w.Put(`<li>
`)
		a.writeAvatar(w)
		w.Put(`<div class="words"><p class="name">`)
		writeName(w, a.Name, a.Username)
		w.Put(`</p><p class="facts"><span class="kind">{}</span> <span class="badge {}">{}</span></p></div>
</li>
`, a.Kind, a.Level, a.Status)
	}
	w.Put(`</ul>
</section>
`)
}

func (p relinkPage) write(w *markup.Writer) {
	p.writeHeading(w)
	p.Note.write(w)
	p.Account.writeAlone(w, p.Network)
	if p.Text != "" {
		w.Put(`<p>{}</p>
`, p.Text)
	}
	w.Put(`<form class="asks" method="post" action="{}">`, p.Start)
	startForm{Form: p.Form, Platform: p.Platform, AccountID: p.AccountID}.writeHidden(w)
	writeFields(w, p.Fields)
	w.Put(`<button class="button primary" type="submit">{}</button>
</form>
<p class="hint">{}</p>
</section>
`, p.Action, p.Hint)
}

func (p unlinkPage) write(w *markup.Writer) {
	w.Put(`<h1 dir="auto">Unlink {}?</h1>
`, p.Account.Name)
	p.Account.writeAlone(w, p.Network)
	w.Put(`<ul class="remarks">
<li>Nothing more can be posted to it from here, and posts that are scheduled for it do not go out.</li>
<li>What was posted stays on {}.</li>
<li>You can link it again whenever you like.</li>
</ul>
<form class="buttons" method="post" action="{}">
<input type="hidden" name="form" value="{}">
<button class="button danger" type="submit">Unlink {}</button>
<a class="button quiet" href="{}">Keep it</a>
</form>
</section>
`, p.Network, p.Action, p.Form, p.Account.Name, p.Back)
}

func (m message) write(w *markup.Writer) {
	w.Put(`<section class="card message {}" role="{}">
<h1 dir="auto">{}</h1>
`, m.Kind, m.role(), m.Title)
	m.writeWords(w)
	if m.Retry != nil {
		w.Put(`<form class="buttons" method="post" action="{}">`, m.Retry.Start)
		startForm{Form: m.Retry.Form, Platform: m.Retry.Platform, AccountID: m.Retry.AccountID}.writeHidden(w)
		w.Put(`<button class="button primary" type="submit">Try again</button>
</form>
`)
	}
	if m.Way != nil {
		w.Put(`<p class="buttons"><a class="button primary" href="{}">{}</a></p>
`, m.Way.URL, m.Way.Words)
	}
	if m.RequestID != "" {
		w.Put(`<p class="small">Number of this request: <code>{}</code></p>
`, m.RequestID)
	}
	w.Put(`</section>
`)
}
