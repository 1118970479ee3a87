package notify

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"strings"

	"github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"github.com/crier-social/crier/core/store"
)

// envelope makes the mail of a message.
func (p *postman) envelope(m store.Message, s sheet) (parcel, error) {
	to, from := asciiDomain(m.To[0]), asciiDomain(p.from.Address)
	html, err := s.html()
	if err != nil {
		return parcel{}, fmt.Errorf("HTML of a mail: %w", err)
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
	msg.SetBodyString(mail.TypeTextPlain, s.text())
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
