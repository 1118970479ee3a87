package notify

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	netmail "net/mail"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"github.com/crier-social/crier/core/store"
)

//go:embed templates/mail.txt templates/mail.html
var templates embed.FS

// textWidth is how long the lines of the text part are at most, addresses and words that are
// longer excepted. https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1
const textWidth = 76

// forms are the templates of the two parts of a mail.
type forms struct {
	text *template.Template
	html *htmltemplate.Template
}

func parseForms() (forms, error) {
	text, err := template.New("mail.txt").Funcs(template.FuncMap{"wrap": wrap}).ParseFS(templates, "templates/mail.txt")
	if err != nil {
		return forms{}, fmt.Errorf("notify: %w", err)
	}
	html, err := htmltemplate.ParseFS(templates, "templates/mail.html")
	if err != nil {
		return forms{}, fmt.Errorf("notify: %w", err)
	}
	return forms{text, html}, nil
}

// render writes what a mail says in both of its forms.
func (f forms) render(s sheet) (text, html string, err error) {
	var b bytes.Buffer
	if err := f.text.Execute(&b, s); err != nil {
		return "", "", fmt.Errorf("text of a mail: %w", err)
	}
	text = b.String()
	b.Reset()
	if err := f.html.Execute(&b, s); err != nil {
		return "", "", fmt.Errorf("HTML of a mail: %w", err)
	}
	return text, b.String(), nil
}

// wrap breaks a paragraph into lines.
func wrap(paragraph string) string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(paragraph) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > textWidth:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return strings.Join(append(lines, line), "\n")
}

// envelope makes the mail of a message.
func (p *postman) envelope(m store.Message, s sheet) (parcel, error) {
	to, from := asciiDomain(m.To[0]), asciiDomain(p.from.Address)
	text, html, err := p.forms.render(s)
	if err != nil {
		return parcel{}, err
	}
	msg := mail.NewMsg(mail.WithEncoding(mail.EncodingQP), mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&netmail.Address{Name: p.from.Name, Address: from})
	wide := !isASCII(from + to)
	receivers := shown(s.ToWhom, wide)
	if len(receivers) == 0 {
		receivers = shown([]string{to}, wide)
	}
	msg.ToMailAddress(receivers...)
	if s.ReplyTo != "" {
		msg.ReplyToMailAddress(shown([]string{s.ReplyTo}, wide)...)
	}
	msg.Subject(s.Subject)
	msg.SetDateWithValue(p.clock.Now().UTC())
	msg.SetMessageIDWithValue(messageID(m, from))
	// No answer by a machine is wanted. https://www.rfc-editor.org/rfc/rfc3834#section-5
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBoundary("crier-" + m.ID)
	msg.SetBodyString(mail.TypeTextPlain, text)
	msg.AddAlternativeString(mail.TypeTextHTML, html)
	var content bytes.Buffer
	if _, err := msg.WriteTo(&content); err != nil {
		return parcel{}, fmt.Errorf("writing a mail: %w", err)
	}
	return parcel{from: from, to: to, content: content.Bytes()}, nil
}

// shown makes addresses fit for a header. Those that are not ASCII are left out, unless the
// mail is one that only goes to servers that can read them.
// https://www.rfc-editor.org/rfc/rfc6532#section-3.2
func shown(addresses []string, wide bool) []*netmail.Address {
	var list []*netmail.Address
	for _, address := range addresses {
		if address = asciiDomain(address); wide || isASCII(address) {
			list = append(list, &netmail.Address{Address: address})
		}
	}
	return list
}

// messageID is the same for every try, so that whoever gets two of them can tell. One that was
// sent again by hand is another mail: programs hide those they have.
func messageID(m store.Message, from string) string {
	_, domain, _ := strings.Cut(from, "@")
	id := m.ID
	if !m.PendingAt.Equal(m.CreatedAt) {
		id += fmt.Sprintf("-%d", m.PendingAt.Unix())
	}
	return id + "@" + domain
}

// asciiDomain writes the domain of an address as mail servers know it.
func asciiDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil || at < 0 {
		return address
	}
	return address[:at+1] + domain
}
