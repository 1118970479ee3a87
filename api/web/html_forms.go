package web

import "github.com/crier-social/crier/core/markup"

// startForm is what forms that begin a consent send, besides what people enter.
type startForm struct {
	Form, Platform string
	App, AccountID string // one of them
}

func (f startForm) writeHidden(w *markup.Writer) {
	w.Put(`
<input type="hidden" name="form" value="{}"><input type="hidden" name="platform" value="{}">`, f.Form, f.Platform)
	if f.AccountID != "" {
		w.Put(`<input type="hidden" name="account" value="{}">`, f.AccountID)
	} else {
		w.Put(`<input type="hidden" name="app" value="{}">`, f.App)
	}
	w.Put(`
`)
}

func writeFields(w *markup.Writer, fields []fieldView) {
	for _, f := range fields {
		f.write(w)
	}
}

func (f fieldView) write(w *markup.Writer) {
	wrong, kind := "", "text"
	if f.Error != "" {
		wrong = " wrong"
	}
	if f.Secret {
		kind = "password"
	}
	w.Put(`<div class="field{}">
<label for="{}">{}</label>
<input id="{}" name="{}" type="{}"`, wrong, f.ID, f.Label, f.ID, f.Input, kind)
	if f.Value != "" {
		w.Put(` value="{}"`, f.Value)
	}
	w.Put(` placeholder="{}" required maxlength="1000" autocomplete="{}" autocapitalize="none" autocorrect="off" spellcheck="false" dir="auto" aria-describedby="`,
		f.Example, f.Autocomplete)
	if f.Error != "" {
		w.Put(`{}-error `, f.ID)
	}
	w.Put(`{}-help"`, f.ID)
	if f.Error != "" {
		w.Put(` aria-invalid="true"`)
	}
	if f.Focus {
		w.Put(` autofocus`)
	}
	w.Put(`>
`)
	if f.Error != "" {
		w.Put(`<p class="error" id="{}-error">{}</p>
`, f.ID, f.Error)
	}
	w.Put(`<p class="hint" id="{}-help">{}</p>
</div>
`, f.ID, f.Help)
}

// writeApps lists the apps of a network, each with a form that begins a consent. Some words of
// its button are unseen: they are for those who listen to the page.
func (h head) writeApps(w *markup.Writer, n networkView, button func(appView) (words, unseen string)) {
	w.Put(`<ul class="apps">
`)
	for _, app := range n.Apps {
		words, unseen := button(app)
		h.writeApp(w, n, app, words, unseen)
	}
	w.Put(`</ul>
`)
}

func (h head) writeApp(w *markup.Writer, n networkView, app appView, words, unseen string) {
	w.Put(`<li`)
	if len(app.Fields) > 0 {
		w.Put(` class="asks"`)
	}
	w.Put(`>
`)
	app.writeTitle(w)
	w.Put(`
<form method="post" action="{}"`, h.Start)
	if len(app.Fields) > 0 {
		w.Put(` aria-label="Link {}`, n.Title)
		if app.Title != "" {
			w.Put(`: {}`, app.Title)
		}
		w.Put(`"`)
	}
	w.Put(`>`)
	startForm{Form: h.Form, Platform: n.Platform, App: app.Name}.writeHidden(w)
	writeFields(w, app.Fields)
	w.Put(`<button class="button`)
	if app.First {
		w.Put(` primary`)
	}
	w.Put(`" type="submit">{}`, words)
	if unseen != "" {
		w.Put(`<span class="vh"> {}</span>`, unseen)
	}
	w.Put(`</button>
</form>
`)
	if app.Hint != "" {
		w.Put(`<p class="hint">{}</p>
`, app.Hint)
	}
	w.Put(`</li>
`)
}

func (a appView) writeTitle(w *markup.Writer) {
	if a.Title == "" {
		return
	}
	w.Put(`<div class="words"><p><strong>{}</strong>`, a.Title)
	if a.Best {
		w.Put(` <span class="badge good">Recommended</span>`)
	}
	w.Put(`</p>`)
	if a.Lasts != "" {
		w.Put(`<p>{}</p>`, a.Lasts)
	}
	w.Put(`</div>`)
}

func (h head) writeAlerts(w *markup.Writer, alerts []alert) {
	switch len(alerts) {
	case 0:
		return
	case 1:
		w.Put(`
<section class="alerts" aria-labelledby="attention">
<h2 id="attention">An account needs your attention</h2>
<ul>
`)
	default:
		w.Put(`
<section class="alerts" aria-labelledby="attention">
<h2 id="attention">{} accounts need your attention</h2>
<ul>
`, len(alerts))
	}
	for _, a := range alerts {
		h.writeAlert(w, a)
	}
	w.Put(`</ul>
</section>
`)
}

func (h head) writeAlert(w *markup.Writer, a alert) {
	w.Put(`<li class="alert {}">
<div class="words"><p>`, a.Level)
	writeName(w, a.Name, a.Username)
	w.Put(` on {}</p><p>{}</p></div>
`, a.Network, a.Text)
	if a.Action != "" {
		w.Put(`<form`)
		if len(a.Fields) > 0 {
			w.Put(` class="asks" aria-label="{} {}"`, a.Action, a.Name)
		}
		w.Put(` method="post" action="{}">`, h.Start)
		startForm{Form: h.Form, Platform: a.Platform, AccountID: a.AccountID}.writeHidden(w)
		writeFields(w, a.Fields)
		w.Put(`<button class="button`)
		if a.Level == bad {
			w.Put(` primary`)
		}
		w.Put(`" type="submit">{}<span class="vh"> {}</span></button>
</form>
`, a.Action, a.Name)
	}
	w.Put(`</li>
`)
}
