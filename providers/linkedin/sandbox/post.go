package sandbox

import (
	"crypto/sha256"
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// post is a published post. Deleted ones stay as tombstones: they keep their place
// in the pages of a finder, where real pages have gaps too.
type post struct {
	urn          string
	author       string
	commentary   LittleText
	visibility   string
	distribution map[string]any
	noReshare    bool
	content      map[string]any // as it came, nil when there is none
	parent       string         // URN of what is reposted
	landingPage  string
	callToAction string
	adContext    any
	media        []postMedia
	votes        map[int]int // in a poll, by option
	created      time.Time
	modified     time.Time
	edited       bool
	deleted      time.Time          // zero while it is there
	figures      map[string]Figures // by day
	key          contentKey
	thread       *thread
	fate         fate
}

type postMedia struct {
	kind               assetKind
	id, altText, title string
}

// contentKey is what makes two posts duplicates of each other.
type contentKey [sha256.Size]byte

// keyOf computes a post's key: the author and the text without its white space.
// LinkedIn compares texts; two posts without any text are the same only when what they
// show is: pictures byte for byte, the address of a link, a poll, what they repost.
func keyOf(author, commentary string, shown []string, parent string) contentKey {
	squeezed := strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return c
	}, commentary)
	parts := []string{author, squeezed}
	if squeezed == "" {
		parts = append(append(parts, parent), shown...)
	}
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// Limits of the Posts API, in UTF-16 code units; the unit is not documented.
const (
	maxCommentary = 3000
	maxAltText    = 4086
	minMultiImage = 2
	maxMultiImage = 20
	// minAudience is the smallest audience that a targeted post may have.
	minAudience = 300
)

func utf16Length(s string) int {
	n := 0
	for _, c := range s {
		n += max(1, utf16.RuneLen(c))
	}
	return n
}

// checkCommentary parses a commentary and checks its length: what a reader would
// see, plus what is cut off, unless Options.CountMarkup counts every character.
func (s *Sandbox) checkCommentary(raw string) (LittleText, *problem) {
	t := ReadLittleText(raw)
	counted := raw
	if !s.opts.CountMarkup {
		counted = t.Display()
		if t.Cut >= 0 {
			counted += raw[t.Cut:]
		}
	}
	if n := utf16Length(counted); n > maxCommentary {
		return LittleText{}, tooLong("commentary", n, maxCommentary)
	}
	return t, nil
}

// duplicate returns the post that a new one repeats. The check outlasts a deletion: the
// original is named all the same or, when Options.GhostDuplicates is on, a URN that leads
// nowhere. The caller holds the lock.
func (s *Sandbox) duplicate(key contentKey, now time.Time) (string, bool) {
	if s.opts.DuplicateWindow < 0 {
		return "", false
	}
	p, known := s.postsByKey[key]
	known = known && now.Sub(p.created) < s.opts.DuplicateWindow
	if until, ok := s.ghosts[key]; ok && now.Before(until) && (!known || !p.deleted.IsZero()) {
		return s.newURN("share"), true
	}
	if !known {
		return "", false
	}
	return p.urn, true
}

// remember adds a post; the oldest go when there are too many.
func (s *Sandbox) remember(p *post) {
	s.posts = append(s.posts, p)
	s.postsByURN[p.urn], s.postsByURN[p.thread.activity] = p, p
	s.postsByKey[p.key] = p
	for len(s.posts) > s.opts.MaxPosts {
		oldest := s.posts[0]
		delete(s.postsByURN, oldest.urn)
		delete(s.postsByURN, oldest.thread.activity)
		if s.postsByKey[oldest.key] == oldest {
			delete(s.postsByKey, oldest.key)
		}
		s.posts = s.posts[1:]
	}
}

// haunt keeps a deleted post's text from being posted again for a while. The caller
// holds the lock.
func (s *Sandbox) haunt(key contentKey, now time.Time) {
	if len(s.ghosts) >= s.opts.MaxPosts {
		maps.DeleteFunc(s.ghosts, func(_ contentKey, until time.Time) bool { return !now.Before(until) })
	}
	if len(s.ghosts) < s.opts.MaxPosts {
		s.ghosts[key] = now.Add(ghostWindow)
	}
}

// livePost returns a post that was not deleted.
func (s *Sandbox) livePost(id string) (*post, *problem) {
	if p, ok := s.postsByURN[id]; ok && p.deleted.IsZero() {
		return p, nil
	}
	return nil, notFound("Could not find entity %s", strings.ToValidUTF8(limitString(id, 100), ""))
}
