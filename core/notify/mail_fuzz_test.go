package notify

import (
	"bytes"
	"mime"
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// FuzzMail: whatever strangers' names are, the mail has the headers that it is to have, and
// a subject of one line.
func FuzzMail(f *testing.F) {
	for _, name := range []string{
		"Acme Ltd", "Acme\r\nBcc: all@acme.example\r\n\r\nhi", "=?utf-8?q?=0D=0ABcc:x?=", "شركة", "\u202eexe", "\xff\x00", strings.Repeat("ü", 2000), "--crier-id-mail--", "{{.}}<script>",
	} {
		f.Add(name, name)
	}
	n := &Notifier{clock: coretest.NewClock(coretest.Epoch())}
	p, err := newPostman(n, MailConfig{Server: MailServer{Host: "mail.example"}, From: mail.Address{Name: "Crier", Address: "crier@crier.example"}, RelinkGrace: time.Hour})
	if err != nil {
		f.Fatal(err)
	}
	m := store.Message{ID: "id-mail", To: []string{"owner@acme.example"}}
	f.Fuzz(func(t *testing.T, name, title string) {
		profile := coretest.Profile(func(p *core.Profile) { p.Title, p.Primary = title, false })
		for _, kind := range []letterKind{letterRefresh, letterLost} {
			s := p.writeNotice(profile, core.Account{Username: title}, letter{Kind: kind, ToOperator: true, Social: &core.SocialNotice{
				Platform: "network", DisplayName: name, Reason: title, RefreshBy: coretest.Epoch().Add(day),
			}})
			s.Footer = []string{whyMailed(profile, letter{})}
			made, err := p.envelope(m, s)
			if err != nil {
				t.Fatal(err)
			}
			checkMail(t, made.content)
		}
	})
}

func checkMail(t *testing.T, raw []byte) {
	t.Helper()
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") {
			t.Errorf("a line is malformed: %q", line)
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v\n%q", err, raw)
	}
	if len(m.Header) != 9 || len(m.Header["To"]) != 1 || m.Header.Get("To") != "<owner@acme.example>" {
		t.Errorf("the headers are %q", m.Header)
	}
	subject, err := (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || strings.ContainsFunc(subject, unicode.IsControl) || !strings.HasPrefix(subject, "network: link ") {
		t.Errorf("the subject is %q (%v)", subject, err)
	}
}
