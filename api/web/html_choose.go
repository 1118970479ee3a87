package web

import "github.com/crier-social/crier/core/markup"

func (p choosePage) write(w *markup.Writer) {
	w.Put(`<h1>{}</h1>
`, p.Heading)
	writeLead(w, p.SubHeading)
	p.Note.write(w)
	w.Put(`<form class="card" method="post" action="{}">
<input type="hidden" name="form" value="{}">
<fieldset>
<legend>Accounts of {}</legend>
<ul class="accounts choices">
`, p.Action, p.Form, p.Network)
	for i, c := range p.Accounts {
		c.write(w, i)
	}
	w.Put(`</ul>
</fieldset>
`)
	writeRemarks(w, p.Remarks)
	w.Put(`<p class="buttons"><button class="button primary" type="submit" name="do" value="link">Link what is checked</button>
<button class="button quiet" type="submit" name="do" value="cancel">Cancel</button></p>
</form>
`)
}

func (c choiceView) write(w *markup.Writer, number int) {
	w.Put(`<li>
<input type="checkbox" id="account-{}" name="account" value="{}"`, number, c.RemoteID)
	if c.Checked {
		w.Put(` checked`)
	}
	if c.Settled != "" {
		w.Put(` disabled`)
	}
	w.Put(` aria-describedby="about-{}">
<label for="account-{}">
`, number, number)
	c.writeAvatar(w)
	w.Put(`<span class="words"><strong class="name" dir="auto">{}</strong> `, c.Name)
	if c.Username != "" {
		w.Put(`<span class="user">{}</span> `, c.Username)
	}
	w.Put(`<span class="facts" id="about-{}"><span class="kind">{}</span>`, number, c.Kind)
	if c.Linked {
		w.Put(` <span class="badge good">Linked already</span>`)
	}
	if c.Settled != "" {
		w.Put(` <span>{}</span>`, c.Settled)
	}
	w.Put(`</span></span>
</label>
</li>
`)
}
