package notify

import "github.com/crier-social/crier/core/markup"

// html is the part of a mail for programs that show pages. What stands in attributes is there
// because many of them take no style sheet. https://www.caniemail.com/features/html-style/
func (s sheet) html() (string, error) {
	var w markup.Writer
	w.Put(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>{}</title>
<style>
@media (prefers-color-scheme: dark) {
  .ground { background-color: #12141c !important; }
  .card { background-color: #1b1e29 !important; border-color: #323747 !important; }
  .text { color: #eceef6 !important; }
  .soft { color: #aab0c6 !important; }
  .line { border-color: #323747 !important; }
  .link { color: #aab4ff !important; }
}
</style>
</head>
<body class="ground" style="margin:0;padding:0;background-color:#f5f6fa;">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all;">{}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f5f6fa;">
<tr><td align="center" style="padding:32px 16px;">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background-color:#ffffff;border:1px solid #d9dce8;border-radius:12px;">
<tr><td class="text" style="padding:32px 32px 28px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:16px;line-height:1.55;color:#1b1e2b;text-align:left;overflow-wrap:anywhere;word-break:break-word;">
<h1 class="text" style="margin:0 0 16px;font-size:22px;line-height:1.3;font-weight:600;color:#1b1e2b;">{}</h1>`, s.Subject, s.Preview, s.Heading)
	s.writeCard(&w)
	w.Put(`
</td></tr>
</table>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;">
<tr><td class="soft" style="padding:16px 32px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:13px;line-height:1.5;color:#535a70;text-align:left;overflow-wrap:anywhere;">`)
	s.writeFooter(&w)
	w.Put(`
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`)
	content, err := w.Bytes()
	return string(content), err
}

func (s sheet) writeCard(w *markup.Writer) {
	for _, paragraph := range s.Intro {
		w.Put(`
<p style="margin:0 0 16px;">{}</p>`, paragraph)
	}
	if len(s.Facts) > 0 {
		w.Put(`
<table role="presentation" class="line" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 24px;border-top:1px solid #d9dce8;">`)
		for _, f := range s.Facts {
			w.Put(`
<tr><td class="soft line" width="35%" valign="top" style="padding:8px 12px 8px 0;border-bottom:1px solid #d9dce8;font-size:14px;color:#535a70;">{}</td><td class="text line" valign="top" style="padding:8px 0;border-bottom:1px solid #d9dce8;font-size:14px;color:#1b1e2b;"><bdi>{}</bdi></td></tr>`, f.Label, f.Value)
		}
		w.Put(`
</table>`)
	}
	if s.Address != "" {
		w.Put(`
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 16px;"><tr><td align="center" bgcolor="#3644b8" style="border-radius:8px;background-color:#3644b8;"><a href="{}" style="display:inline-block;padding:12px 24px;font-size:16px;font-weight:600;line-height:1.25;color:#ffffff;text-decoration:none;border-radius:8px;">{}</a></td></tr></table>
<p class="soft" style="margin:0 0 24px;font-size:13px;color:#535a70;">If the button does not work, open this address:<br><a class="link" href="{}" style="color:#3644b8;word-break:break-all;">{}</a></p>`, s.Address, s.Button, s.Address, s.Address)
	}
	for _, paragraph := range s.After {
		w.Put(`
<p class="soft" style="margin:0 0 8px;font-size:14px;color:#535a70;">{}</p>`, paragraph)
	}
}

func (s sheet) writeFooter(w *markup.Writer) {
	for _, paragraph := range s.Footer {
		w.Put(`
<p style="margin:0 0 8px;">{}</p>`, paragraph)
	}
	if len(s.Links) == 0 {
		return
	}
	w.Put(`
<p style="margin:0;">`)
	for i, l := range s.Links {
		if i > 0 {
			w.Put(` &middot; `)
		}
		w.Put(`<a class="link" href="{}" style="color:#3644b8;">{}</a>`, l.URL, l.Label)
	}
	w.Put(`</p>`)
}
