package main

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-smtp"
)

// mailbox is a mail server that hands what it takes to a test.
type mailbox struct {
	t       *testing.T
	url     string // as CRIER_SMTP_URL
	mails   chan letter
	refuse  atomic.Bool // with 451, told by refused alone
	refused chan string
}

// letter is one mail.
type letter struct {
	to, subject, id string
	text, html      string
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailbox{t: t, url: "smtp://" + listener.Addr().String(), mails: make(chan letter, 100), refused: make(chan string, 100)}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailboxSession{box: m}, nil }))
	s.Domain, s.ErrorLog = "mail.example", silentMailLog{} // it logs clients that are killed
	var done sync.WaitGroup
	done.Go(func() { _ = s.Serve(listener) }) // says that it was closed
	t.Cleanup(func() {
		_ = s.Close()
		done.Wait()
	})
	return m
}

// next waits for a mail.
func (m *mailbox) next() letter {
	m.t.Helper()
	return receive(m.t, m.mails, "mail")
}

type silentMailLog struct{}

func (silentMailLog) Printf(string, ...any) {}
func (silentMailLog) Println(...any)        {}

// mailboxSession is one connection.
type mailboxSession struct {
	box *mailbox
	to  string
}

func (s *mailboxSession) Mail(string, *smtp.MailOptions) error      { return nil }
func (s *mailboxSession) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }
func (s *mailboxSession) Reset()                                    { s.to = "" }
func (s *mailboxSession) Logout() error                             { return nil }
func (s *mailboxSession) Data(r io.Reader) error {
	l, err := readLetter(r)
	if err != nil {
		s.box.t.Errorf("a mail cannot be read: %v", err)
		return err
	}
	if s.box.refuse.Load() {
		s.box.refused <- l.subject
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Not now"}
	}
	l.to = s.to
	s.box.mails <- l
	return nil
}

// readLetter reads a mail, which must have a text and an HTML part.
func readLetter(r io.Reader) (letter, error) {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return letter{}, err
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return letter{}, fmt.Errorf("it is %s: %w", kind, err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return letter{}, err
	}
	l := letter{subject: subject, id: m.Header.Get("Message-ID")}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return letter{}, err
		}
		var content io.Reader = part
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			content = quotedprintable.NewReader(part)
		}
		raw, err := io.ReadAll(content)
		if err != nil {
			return letter{}, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.html = string(raw)
		} else {
			l.text = string(raw)
		}
	}
}
