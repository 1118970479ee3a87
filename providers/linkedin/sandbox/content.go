package sandbox

import "strings"

// checkContent checks the attachments of a post and returns them in order. The
// caller holds the lock.
func (s *Sandbox) checkContent(content map[string]any, author string) ([]postMedia, *problem) {
	for name := range content {
		switch name {
		case "media":
			return s.checkMedia(mapIn(content, name), author)
		case "multiImage":
			return s.checkMultiImage(mapIn(content, name), author)
		case "article":
			return nil, s.checkArticle(content, author)
		case "poll":
			return nil, checkPoll(content)
		case "carousel":
			return nil, valueForField("content", "carousel in an organic post")
		default:
			return nil, valueForField("content", name+" (this sandbox does not have such posts)")
		}
	}
	return nil, nil
}

// checkMedia checks a single picture, video or document.
func (s *Sandbox) checkMedia(m map[string]any, author string) ([]postMedia, *problem) {
	media := postMedia{id: stringIn(m, "id"), altText: stringIn(m, "altText"), title: stringIn(m, "title")}
	u, bad := checkURN("id", media.id, string(kindImage), string(kindVideo), string(kindDocument))
	if bad != nil {
		return nil, bad
	}
	media.kind = assetKind(u.Kind)
	if bad := checkLabels(media); bad != nil {
		return nil, bad
	}
	if bad := s.usable(media, author); bad != nil {
		return nil, bad
	}
	return []postMedia{media}, nil
}

// checkLabels checks the texts beside a single medium: only images have an
// alternative text, and documents need a title.
func checkLabels(m postMedia) *problem {
	switch {
	case m.kind != kindImage && m.altText != "":
		return valueForField("altText", "a value for a "+string(m.kind))
	case m.kind == kindDocument && strings.TrimSpace(m.title) == "":
		return missingField("title")
	default:
		return nil
	}
}

func (s *Sandbox) checkMultiImage(m map[string]any, author string) ([]postMedia, *problem) {
	items, _ := m["images"].([]any)
	if len(items) < minMultiImage || len(items) > maxMultiImage {
		return nil, invalidField("INVALID_VALUE_FOR_FIELD", "images",
			"images can't be set to %d items; allowed are %d to %d", len(items), minMultiImage, maxMultiImage)
	}
	media := make([]postMedia, 0, len(items))
	for _, item := range items {
		one, _ := item.(map[string]any)
		picture := postMedia{kind: kindImage, id: stringIn(one, "id"), altText: stringIn(one, "altText")}
		if _, bad := checkURN("id", picture.id, "image"); bad != nil {
			return nil, bad
		}
		media = append(media, picture)
	}
	for _, picture := range media {
		if bad := s.usable(picture, author); bad != nil {
			return nil, bad
		}
	}
	return media, nil
}

// usable tells whether an asset can be shown in a post of the author.
func (s *Sandbox) usable(m postMedia, author string) *problem {
	if n := utf16Length(m.altText); n > maxAltText {
		return tooLong("altText", n, maxAltText)
	}
	a, known := s.assets[m.id]
	if !known || a.owner != author {
		return invalidMedia(m.kind, "id", m.id)
	}
	now := s.opts.Clock.Now()
	switch s.look(a) {
	case statusWaiting:
		if !now.Before(a.expires) {
			return invalidField("EXPIRED_UPLOAD_URL", "id", "The upload URL of %s is no longer valid", m.id)
		}
		return invalidField("MEDIA_ASSET_WAITING_UPLOAD", "id", "Media asset %s is waiting for its upload to complete", m.id)
	case statusProcessing:
		return invalidField("MEDIA_ASSET_WAITING_UPLOAD", "id", "Media asset %s is still being processed", m.id)
	case statusFailed:
		return invalidField("MEDIA_ASSET_PROCESSING_FAILED", "id", "Media asset %s failed processing", m.id)
	case statusAvailable:
	}
	return nil
}

// fingerprints returns what identifies what a post shows: of each medium its bytes.
func (s *Sandbox) fingerprints(p *post) []string {
	if a, has := articleOf(p.content); has {
		return []string{"article", a.source}
	}
	if poll, has := pollOf(p.content); has {
		return append([]string{"poll", poll.question}, poll.options...)
	}
	out := make([]string, len(p.media))
	for i, m := range p.media {
		out[i] = m.id
		if a, ok := s.assets[m.id]; ok && a.facts.Fingerprint != "" {
			out[i] = a.facts.Fingerprint
		}
	}
	return out
}
