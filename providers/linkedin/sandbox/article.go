package sandbox

import (
	"net/url"
	"strings"
)

// Limits of a card, in UTF-16 code units. LinkedIn documents none of the title.
const (
	maxArticleTitle       = 400
	maxArticleDescription = 4085
)

// article is the card of a link as it came.
type article struct {
	source, title, description, thumbnail, altText string
}

func articleOf(content map[string]any) (article, bool) {
	m := mapIn(content, "article")
	return article{
		source: stringIn(m, "source"), title: stringIn(m, "title"), description: stringIn(m, "description"),
		thumbnail: stringIn(m, "thumbnail"), altText: stringIn(m, "thumbnailAltText"),
	}, m != nil
}

// checkArticle checks the card of a link. LinkedIn reads nothing from the page: all that
// the card shows is in the request. The caller holds the lock.
func (s *Sandbox) checkArticle(content map[string]any, author string) *problem {
	a, _ := articleOf(content)
	if u, err := url.Parse(a.source); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || !isASCII(a.source) {
		return invalidField("INVALID_URL", "source", "source is a malformed URL")
	}
	if strings.TrimSpace(a.title) == "" {
		return missingField("title")
	}
	for _, one := range []struct {
		field, text string
		limit       int
	}{
		{"title", a.title, maxArticleTitle},
		{"description", a.description, maxArticleDescription},
		{"thumbnailAltText", a.altText, maxAltText},
	} {
		if n := utf16Length(one.text); n > one.limit {
			return tooLong(one.field, n, one.limit)
		}
	}
	return s.checkThumbnail(a, author)
}

// checkThumbnail checks the picture of a card: an image of the author that is ready.
func (s *Sandbox) checkThumbnail(a article, author string) *problem {
	if a.thumbnail == "" {
		if a.altText != "" {
			return valueForField("thumbnailAltText", "a value without a thumbnail")
		}
		return nil
	}
	if _, bad := checkURN("thumbnail", a.thumbnail, string(kindImage)); bad != nil {
		return bad
	}
	return s.usable(postMedia{kind: kindImage, id: a.thumbnail, altText: a.altText}, author)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f })
}

// Article is the card of a link as readers see it.
type Article struct {
	Source      string `json:"source"`
	Host        string `json:"host"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	// Thumbnail is nil for a card without a picture.
	Thumbnail *Media `json:"thumbnail,omitempty"`
}

// showArticle returns the card of a post, nil if it has none. The caller holds the lock.
func (s *Sandbox) showArticle(p *post) *Article {
	a, has := articleOf(p.content)
	if !has {
		return nil
	}
	out := &Article{Source: a.source, Title: a.title, Description: a.description}
	if u, err := url.Parse(a.source); err == nil {
		out.Host = u.Hostname()
	}
	if a.thumbnail != "" {
		picture := s.showMedia(postMedia{kind: kindImage, id: a.thumbnail, altText: a.altText})
		out.Thumbnail = &picture
	}
	return out
}
