package bluesky

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/richtext"
)

// commentFields says what the parts of a comment are called in the request.
type commentFields struct{ text, media, post string }

func ownComment(parentID string) commentFields {
	f := commentFields{text: "comment", media: "mediaUrls", post: "id"}
	if parentID != "" {
		f.post = "commentId"
	}
	return f
}

func firstComment() commentFields {
	return commentFields{text: "firstComment.comment", media: "firstComment.mediaUrls", post: "firstComment"}
}

// remark is a comment as its author wants it: on Bluesky a post that answers another. It has
// text, images, and the card of its first link.
type remark struct {
	*publication

	fields commentFields
}

// planRemark checks everything about a comment that needs no network.
func (p *Provider) planRemark(author string, f commentFields, text string, mentions []core.MentionRef, media []core.MediaRef) (*remark, core.Errors) {
	words, problems := p.planText(f.text, text, mentions, false)
	pub := &publication{provider: p, author: author, words: words, text: words.foreseen(), warnings: words.warnings}
	if len(media) == 0 && strings.TrimSpace(pub.text.Visible()) == "" {
		problems = append(problems, invalid(f.text, "A comment on Bluesky needs text or an image."))
	}
	problems = append(problems, checkText(f.text, pub.text)...)
	images, found := planCommentImages(f, media)
	problems = append(problems, found...)
	pub.media = images
	if len(media) == 0 {
		if pub.exhibit.card = firstLink(pub.text); pub.exhibit.card != nil {
			pub.exhibit.card.field = f.text
		}
	}
	return &remark{publication: pub, fields: f}, problems
}

const onlyImages = "Crier puts images in a comment on Bluesky, and no video or document."

// planCommentImages turns the media of a comment into its images.
func planCommentImages(f commentFields, media []core.MediaRef) ([]attachment, core.Errors) {
	refs := make([]core.MediaRef, len(media))
	for i, ref := range media {
		ref.Field = cmp.Or(ref.Field, fmt.Sprintf("%s[%d]", f.media, i))
		if ref.Video {
			return nil, core.Errors{unsupported(ref.Field, onlyImages)}
		}
		refs[i] = ref
	}
	images, problems := planMedia(refs)
	for i := range images {
		images[i].need.Accept = []core.Accept{acceptImage()}
		images[i].need.Unsupported = map[core.MediaKind]string{core.MediaVideo: onlyImages, core.MediaDocument: onlyImages}
	}
	return images, problems
}

// preview shows the comment as far as it is known, nil if there is none.
func (r *remark) preview() *core.CommentPreview {
	if r == nil {
		return nil
	}
	text := r.text.Visible()
	return &core.CommentPreview{Text: text, Length: richtext.Graphemes(text), Limit: maxTextLength}
}

// CheckComment checks a comment as far as that needs no network.
func (p *Provider) CheckComment(as core.Account, d core.CommentDraft) error {
	_, err := p.planComment(as, d)
	return err
}

// planComment reads what a comment says, and what it is on.
func (p *Provider) planComment(as core.Account, d core.CommentDraft) (*remark, error) {
	f := ownComment(d.ParentID)
	said, problems := p.planRemark(as.RemoteID, f, d.Text, d.Mentions, d.Media)
	on := cmp.Or(d.ParentID, d.PostID)
	uri, ok := p.readPostURI(on)
	if !ok {
		problems = append(problems, notAPost(f.post, on))
	}
	said.exhibit.reply = &target{field: replyField, uri: uri}
	return said, append(checkAuthor(as.RemoteID), problems...).OrNil()
}
