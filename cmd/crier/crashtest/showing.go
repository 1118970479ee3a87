package crashtest

import "strings"

// The words for what a post shows.
const (
	showsImage    = "image"
	showsDocument = "document"
	showsCard     = "card"
	showsPoll     = "poll"
)

func showsVideo(sha256 string) string { return "video " + sha256 }
func showsReply(to string) string     { return "reply to " + to }
func showsQuote(of string) string     { return "quote of " + of }

// showing joins the words for what a post shows.
func showing(words ...string) string { return strings.Join(words, ", ") }

// showing is what readers are to see of a post of the kind besides its text. about is the
// network's id of the post that it is about.
func (f *files) showing(k Kind, about string) string {
	switch k {
	case KindText:
	case KindImage:
		return showsImage
	case KindImages:
		return showing(showsImage, showsImage)
	case KindVideo:
		return showsVideo(f.videoSHA256)
	case KindDocument:
		return showsDocument
	case KindLink:
		return showsCard
	case KindPoll:
		return showsPoll
	case KindReply:
		return showsReply(about)
	case KindQuote:
		return showsQuote(about)
	}
	return ""
}
