package crashtest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// LinkedIn is a strict LinkedIn sandbox.
type LinkedIn struct{}

// linkedInReader is a person whose token may do everything, which LinkedIn grants to few.
const (
	linkedInReader      = "aX0n_Re-ad1"
	linkedInReaderToken = "CRASH_READER_TOKEN"
)

// linkedInAuthor is an account with what it is linked by.
type linkedInAuthor struct {
	Account

	urn, token string
}

// linkedInAuthors are pages and people, with tokens that can read posts back and tokens that
// cannot.
func linkedInAuthors() []linkedInAuthor {
	return []linkedInAuthor{
		{Account{Name: "page", Reads: true, Comments: true, Edits: true}, sandbox.PageURN, sandbox.PageToken},
		{Account{Name: "small page", Reads: true, Comments: true, Edits: true}, sandbox.SmallPageURN, sandbox.PageToken},
		{Account{Name: "person who reads", Reads: true, Edits: true}, "urn:li:person:" + linkedInReader, linkedInReaderToken},
		{Account{Name: "person", Edits: true}, sandbox.JaneURN, sandbox.MemberToken},
		{Account{Name: "other person", Edits: true}, sandbox.JohnURN, sandbox.OtherToken},
	}
}

// Platform implements Network.
func (LinkedIn) Platform() string { return "linkedin" }

// Accounts implements Network.
func (LinkedIn) Accounts() []Account {
	var list []Account
	for _, a := range linkedInAuthors() {
		list = append(list, a.Account)
	}
	return list
}

// Kinds implements Network.
func (LinkedIn) Kinds() []Weighted[Kind] {
	return []Weighted[Kind]{{8, KindText}, {4, KindImage}, {2, KindImages}, {2, KindVideo}, {2, KindDocument}, {2, KindLink}, {2, KindPoll}}
}

// Options implements Network.
func (LinkedIn) Options(k Kind, about string) (field string, value map[string]any) {
	switch k {
	case KindLink:
		value = map[string]any{"link": map[string]any{"url": about}}
	case KindPoll:
		value = map[string]any{"poll": map[string]any{"question": "Which?", "options": []string{"This", "That"}}}
	case KindText, KindImage, KindImages, KindVideo, KindDocument, KindReply, KindQuote:
		return "", nil
	}
	return "linkedInOptions", value
}

// Open implements Network.
func (LinkedIn) Open(o Opening) (Site, error) {
	options := sandbox.Options{
		EveryVersion: true, Dir: o.Dir, Clock: o.Clock, PartBytes: videoParts, VideoProcessingPolls: 1,
		MaxPosts: o.Posts*2 + 100,
		Latency:  sandbox.Latency{Min: time.Millisecond, Max: 25 * time.Millisecond, Seed: o.Seed},
	}
	if o.TakesDuplicates {
		options.DuplicateWindow = -1
	}
	s := sandbox.New(options)
	if err := s.AddPerson(sandbox.Person{ID: linkedInReader, FirstName: "Axon", LastName: "Reader"}); err != nil {
		return nil, err
	}
	err := s.AddToken(sandbox.Token{
		Name: linkedInReaderToken, Value: linkedInReaderToken, Person: linkedInReader,
		Scopes: []string{"openid", "profile", "email", "w_member_social", "r_member_social"},
	})
	return &linkedInSite{Sandbox: s, url: o.URL}, err
}

// linkedInSite is a sandbox that runs.
type linkedInSite struct {
	*sandbox.Sandbox

	url string
}

// Settings implements Site.
func (s *linkedInSite) Settings() []string {
	return []string{"CRIER_LINKEDIN_API_URL=" + s.url, "CRIER_LINKEDIN_POSTS_PER_DAY=0"}
}

// Authors implements Site.
func (*linkedInSite) Authors() []Author {
	var list []Author
	for _, a := range linkedInAuthors() {
		list = append(list, Author{ID: a.urn, Grant: map[string]any{"accessToken": a.token, "expiresIn": 5184000, "id": a.urn}})
	}
	return list
}

// Creates implements Site.
func (*linkedInSite) Creates(r *http.Request, body []byte) (Creation, bool) {
	comment := strings.HasPrefix(r.URL.Path, "/rest/socialActions/") && strings.HasSuffix(r.URL.Path, "/comments")
	if r.Method != http.MethodPost || !comment && r.URL.Path != "/rest/posts" || r.Header.Get("X-Http-Method-Override") != "" {
		return Creation{}, false
	}
	return Creation{Text: string(body), Comment: comment}, true
}

// Effect implements Site.
func (*linkedInSite) Effect(status int, _ []byte) Effect {
	if status == http.StatusCreated {
		return Effect{Kind: EffectMade}
	}
	return Effect{}
}

// Refuse implements Site.
func (*linkedInSite) Refuse(w http.ResponseWriter, status int) {
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"status":%d,"message":"trouble"}`, status)
}

// Look implements Site.
func (s *linkedInSite) Look(context.Context, []Made) (View, error) {
	var v View
	for _, p := range s.AllPosts() {
		v.Posts = append(v.Posts, Seen{
			ID: p.URN, Author: p.Author, Text: p.DisplayText, CreatedAt: p.CreatedAt, DeletedAt: p.DeletedAt, Shows: s.shows(p),
		})
	}
	for _, c := range s.Comments("") {
		v.Comments = append(v.Comments, SeenComment{ID: c.URN, Text: c.Text})
	}
	return v, nil
}

// shows tells what a post has besides its text.
func (s *linkedInSite) shows(p sandbox.Post) string {
	var words []string
	for _, m := range p.Media {
		word := m.Kind
		if v, ok := s.Video(m.ID); ok {
			word = showsVideo(v.SHA256)
		}
		words = append(words, word)
	}
	if p.Article != nil {
		words = append(words, showsCard)
	}
	if p.Poll != nil {
		words = append(words, showsPoll)
	}
	return showing(words...)
}
