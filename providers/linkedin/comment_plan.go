package linkedin

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// maxCommentLength is the limit of a comment, in UTF-16 code units; LinkedIn does not
// document its unit.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
const maxCommentLength = 1250

// commentKey is the key of the image of a comment.
const commentKey = "comment"

// commentFields says what the parts of a comment are called in the request.
type commentFields struct{ text, media string }

func ownComment() commentFields { return commentFields{text: "comment", media: "mediaUrls"} }
func firstComment() commentFields {
	return commentFields{text: "firstComment.comment", media: "firstComment.mediaUrls"}
}

// remark is a comment as its author wants it.
type remark struct {
	fields   commentFields
	words    wording
	text     littletext.Text // of words, as far as it is known
	lookedUp *resolution     // of words, by Preflight
	image    *attachment     // nil: none
}

// planComment checks everything about a comment that needs no network.
func (p *Provider) planComment(author string, f commentFields, text string, mentions []core.MentionRef, media []core.MediaRef) (*remark, core.Errors) {
	words, problems := p.planText(author, f.text, text, mentions)
	r := &remark{fields: f, words: words, text: words.foreseen()}
	image, e := planCommentImage(f, media)
	if e != nil {
		problems = append(problems, e)
	}
	r.image = image
	return r, append(problems, r.check(r.text)...)
}

// check checks the text of a comment.
func (r *remark) check(text littletext.Text) core.Errors {
	if r.image == nil && strings.TrimSpace(text.Visible()) == "" {
		return core.Errors{invalid(r.fields.text, "A comment on LinkedIn needs text or an image.")}
	}
	n := text.Length()
	if n <= maxCommentLength {
		return nil
	}
	return core.Errors{{
		Kind: core.KindInvalid, Code: core.CodeTextTooLong, Platform: name, Field: r.fields.text,
		Message: fmt.Sprintf("The comment has %d characters; LinkedIn takes %d, so it is %d too long.", n, maxCommentLength, n-maxCommentLength),
	}}
}

// preview shows the comment as far as it is known, nil if there is none.
func (r *remark) preview() *core.CommentPreview {
	if r == nil {
		return nil
	}
	text := r.text
	if r.lookedUp != nil {
		text = r.lookedUp.text
	}
	return &core.CommentPreview{Text: text.Visible(), Length: text.Length(), Limit: maxCommentLength}
}

// planCommentImage turns the media of a comment into the one image that it may have.
func planCommentImage(f commentFields, media []core.MediaRef) (*attachment, *core.Error) {
	if len(media) == 0 {
		return nil, nil
	}
	ref := media[0]
	if ref.Field == "" {
		ref.Field = f.media + "[0]"
	}
	image := &attachment{urn: ref.URL, field: ref.Field}
	e := checkRef(ref)
	switch {
	case len(media) > 1:
		e = unsupported(f.media+"[1]", "LinkedIn takes one image in a comment.")
	case e != nil:
	case ref.Video, kindOf(ref.URL) != "" && kindOf(ref.URL) != core.MediaImage:
		e = unsupported(ref.Field, onlyImages)
	case kindOf(ref.URL) == "":
		image = &attachment{field: ref.Field, need: core.Need{
			Key: commentKey, URL: ref.URL, Field: ref.Field, Network: title, Accept: []core.Accept{acceptImage()},
			Unsupported: map[core.MediaKind]string{core.MediaVideo: onlyImages, core.MediaDocument: onlyImages},
		}}
	}
	return image, e
}

const onlyImages = "LinkedIn takes an image in a comment, and no video or document."

// CheckComment checks a comment as far as that needs no network.
func (p *Provider) CheckComment(as core.Account, d core.CommentDraft) error {
	_, _, err := p.planDraft(as, d)
	return err
}

// planDraft reads what a comment says, and what it is on.
func (p *Provider) planDraft(as core.Account, d core.CommentDraft) (*remark, subject, error) {
	said, problems := p.planComment(as.RemoteID, ownComment(), d.Text, d.Mentions, d.Media)
	on, e := subjectOf(d)
	if e != nil {
		problems = append(problems, e)
	}
	return said, on, problems.OrNil()
}

// subject is what a comment is on.
type subject struct {
	urn    string // of the post, or of the comment that is replied to
	thread string // URN of the post, or of its activity
	parent string // URN of the comment that is replied to
}

// subjectOf reads what a comment is to be on. LinkedIn makes a reply to a reply one to
// the comment above both.
func subjectOf(d core.CommentDraft) (subject, *core.Error) {
	if d.ParentID != "" {
		thread, _, ok := splitComment(d.ParentID)
		if !ok {
			return subject{}, invalid("commentId", fmt.Sprintf("Not a comment on LinkedIn: %q; its URN has the form urn:li:comment:(urn:li:activity:…,…)", d.ParentID))
		}
		return subject{urn: d.ParentID, thread: thread, parent: d.ParentID}, nil
	}
	if !isPost(d.PostID) {
		return subject{}, notAPost()
	}
	return subject{urn: d.PostID, thread: d.PostID}, nil
}

func notAPost() *core.Error {
	return invalid("id", "Not a post on LinkedIn: its URN has the form urn:li:share:… or urn:li:ugcPost:…")
}

var commentURN = regexp.MustCompile(`^urn:li:comment:\((urn:li:(?:activity|share|ugcPost):\d+),(\d+)\)$`)

// splitComment takes the URN of a comment apart: the thread that it belongs to, and its
// number there.
func splitComment(urn string) (thread, id string, ok bool) {
	m := commentURN.FindStringSubmatch(urn)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}
