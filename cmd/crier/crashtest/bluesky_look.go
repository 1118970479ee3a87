package crashtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"
)

// postCollection is where posts are in a repository, comments as well.
const postCollection = "app.bsky.feed.post"

// postRecord is what matters here of a post as it is stored.
// https://docs.bsky.app/docs/advanced-guides/posts
type postRecord struct {
	Type      string    `json:"$type"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"createdAt"`
	Reply     *struct {
		Parent recordRef `json:"parent"`
	} `json:"reply"`
	Embed *struct {
		Type   string `json:"$type"`
		Images []struct {
			Image blobRef `json:"image"`
		} `json:"images"`
		Video  blobRef   `json:"video"`
		Record recordRef `json:"record"`
	} `json:"embed"`
}

type recordRef struct {
	URI string `json:"uri"`
}

type blobRef struct {
	Ref struct {
		Link string `json:"$link"`
	} `json:"ref"`
}

// isComment tells whether the post is a first comment, which is a reply like any other.
func (p postRecord) isComment() bool { return strings.HasPrefix(p.Text, commentBegins) }

// Look implements Site. What is there is read as anybody can; what was there, from what has
// taken effect.
func (s *blueskySite) Look(ctx context.Context, made []Made) (View, error) {
	var v View
	there := map[string]bool{}
	wasMade := map[string]Made{}
	for _, m := range made {
		if before, ok := wasMade[m.ID]; ok && before.Text != m.Text {
			v.Odd = append(v.Odd, fmt.Sprintf("the record key of %s was given to %q and to %q", m.ID, before.Text, m.Text))
		}
		wasMade[m.ID] = m
	}
	for _, member := range s.Members {
		records, err := s.records(ctx, member.DID)
		if err != nil {
			return View{}, err
		}
		for _, r := range records {
			if there[r.URI] {
				v.Odd = append(v.Odd, r.URI+" is there twice")
			}
			there[r.URI] = true
			m, ok := wasMade[r.URI]
			if !ok {
				v.Odd = append(v.Odd, r.URI+" is there, and no request has created it")
			}
			if err := s.add(ctx, &v, member.DID, r, m.At); err != nil {
				return View{}, err
			}
		}
	}
	for _, m := range made {
		if !there[m.ID] && !m.Comment {
			v.Posts = append(v.Posts, Seen{ID: m.ID, Text: m.Text, CreatedAt: m.At, DeletedAt: s.opening.Clock.Now()})
		}
	}
	return v, nil
}

// add adds a record that is there to the view.
func (s *blueskySite) add(ctx context.Context, v *View, did string, r storedRecord, at time.Time) error {
	if r.Value.isComment() {
		c := SeenComment{ID: r.URI, Text: r.Value.Text}
		if r.Value.Reply != nil {
			c.Below = r.Value.Reply.Parent.URI
		}
		v.Comments = append(v.Comments, c)
		return nil
	}
	shows, err := s.shows(ctx, did, r.Value)
	v.Posts = append(v.Posts, Seen{ID: r.URI, Author: did, Text: r.Value.Text, CreatedAt: at, Dated: r.Value.CreatedAt, Shows: shows})
	return err
}

// storedRecord is a post with its name.
type storedRecord struct {
	URI   string     `json:"uri"`
	Value postRecord `json:"value"`
}

// records lists the posts of a member.
// https://docs.bsky.app/docs/api/com-atproto-repo-list-records
func (s *blueskySite) records(ctx context.Context, did string) ([]storedRecord, error) {
	var all []storedRecord
	for cursor := ""; ; {
		query := url.Values{"repo": {did}, "collection": {postCollection}, "limit": {"100"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		raw, err := s.get(ctx, "com.atproto.repo.listRecords", query)
		if err != nil {
			return nil, err
		}
		var page struct {
			Records []storedRecord `json:"records"`
			Cursor  string         `json:"cursor"`
		}
		if err := json.Unmarshal(raw, &page); err != nil {
			return nil, fmt.Errorf("the records of %s: %w", did, err)
		}
		all = append(all, page.Records...)
		if cursor = page.Cursor; cursor == "" {
			return all, nil
		}
	}
}

// shows tells what a post has besides its text. Files must be there.
func (s *blueskySite) shows(ctx context.Context, did string, p postRecord) (string, error) {
	var words []string
	if p.Reply != nil {
		words = append(words, showsReply(p.Reply.Parent.URI))
	}
	if p.Embed == nil {
		return showing(words...), nil
	}
	switch p.Embed.Type {
	case "app.bsky.embed.images":
		for _, i := range p.Embed.Images {
			if _, err := s.blob(ctx, did, i.Image); err != nil {
				return "", err
			}
			words = append(words, showsImage)
		}
	case "app.bsky.embed.video":
		sum, err := s.blob(ctx, did, p.Embed.Video)
		if err != nil {
			return "", err
		}
		words = append(words, showsVideo(sum))
	case "app.bsky.embed.external":
		words = append(words, showsCard)
	case "app.bsky.embed.record":
		words = append(words, showsQuote(p.Embed.Record.URI))
	default:
		words = append(words, p.Embed.Type)
	}
	return showing(words...), nil
}

// blob returns the SHA-256 of a file of a member.
// https://docs.bsky.app/docs/api/com-atproto-sync-get-blob
func (s *blueskySite) blob(ctx context.Context, did string, b blobRef) (string, error) {
	raw, err := s.get(ctx, "com.atproto.sync.getBlob", url.Values{"did": {did}, "cid": {b.Ref.Link}})
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), err
}

// get asks the host, without any trouble.
func (s *blueskySite) get(ctx context.Context, method string, query url.Values) ([]byte, error) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, s.opening.URL+"/xrpc/"+method+"?"+query.Encode(), http.NoBody)
	answer := httptest.NewRecorder()
	s.Handler.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		return nil, fmt.Errorf("%s?%s: %d %s", method, query.Encode(), answer.Code, answer.Body)
	}
	return answer.Body.Bytes(), nil
}
