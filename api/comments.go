package api

import (
	"maps"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/engage"
)

// commentRequest is a comment to be written, as it came in.
type commentRequest struct {
	*decoder
	engage.CommentText
	native                bool
	platforms, accountIDs []string
}

// readComment reads what the requests to comment and to reply have in common. err is a
// failure to look something up.
func (a *API) readComment(c *gin.Context, f *fields) (*commentRequest, error) {
	d := &decoder{fields: f, api: a, profileID: profileOf(c).ID, now: a.Clock.Now()}
	r := &commentRequest{decoder: d, native: f.flag("searchPlatformId", false)}
	r.platforms, r.accountIDs = f.list(f.either("platforms", "platform")), f.list("accountIds")
	r.Text = f.text("comment")
	if f.flag("randomComment", false) {
		r.Text = randomText()
	}
	f.checkLength("comment", r.Text, maxCommentText)
	d.checkText("comment", r.Text)
	r.Mentions = f.mentions()
	key := f.either("mediaUrls", "mediaUrl")
	if raw, sent := f.raw(key); sent {
		r.Media = d.mediaList(key, raw, false)
	}
	if r.Text == "" && len(r.Media) == 0 && !f.unreadable("comment") && !f.unreadable("randomComment") {
		f.add(invalid("comment", "comment is missing or empty"))
	}
	return r, d.checkOwned(c.Request.Context(), r.Media)
}

// addComment is POST /comments.
func (a *API) addComment(c *gin.Context) answer {
	f, hash, err := readHashed(c)
	if err != nil {
		return fail("comment", err)
	}
	id := f.text("id")
	r, err := a.readComment(c, f)
	if err != nil {
		return fail("comment", err)
	}
	if id == "" && !f.unreadable("id") {
		f.add(invalid("id", "id is missing: send the id of the post"))
	}
	if len(f.problems) > 0 {
		return fail("comment", f.problems)
	}
	return a.once(c, "comment", hash, func(n engage.Attempt) (answer, bool) {
		written, err := a.Engagement.AddComment(c.Request.Context(), profileOf(c).ID, engage.NewComment{
			CommentText: r.CommentText, Attempt: n,
			Post: engage.PostRef{ID: id, Native: r.native, Platforms: r.platforms, AccountIDs: r.accountIDs},
		})
		if err != nil {
			return fail("comment", err), false
		}
		return writtenAnswer(written, f.ignored()), true
	})
}

// reply is POST /comments/reply and POST /comments/reply/:commentId.
func (a *API) reply(c *gin.Context) answer {
	f, hash, err := readHashed(c)
	if err != nil {
		return fail("comment", err)
	}
	ref := engage.CommentRef{ID: c.Param("commentId"), RemotePostID: f.text("postId")}
	if id := f.text("commentId"); ref.ID == "" {
		ref.ID = id
	} else if id != "" && id != ref.ID {
		f.add(invalid("commentId", "commentId names another comment than the path"))
	}
	// Clients send the network's own name of a comment besides its id, or in its place.
	urn := f.text("commentUrn")
	r, err := a.readComment(c, f)
	if err != nil {
		return fail("comment", err)
	}
	ref.Native, ref.Platforms, ref.AccountIDs = r.native, r.platforms, r.accountIDs
	if urn != "" && (r.native || ref.ID == "") {
		ref.ID, ref.Native = urn, true
	}
	if ref.ID == "" && !f.unreadable("commentId") {
		f.add(invalid("commentId", "commentId is missing: send the id of the comment to reply to"))
	}
	if len(f.problems) > 0 {
		return fail("comment", f.problems)
	}
	return a.once(c, "comment", hash, func(n engage.Attempt) (answer, bool) {
		written, err := a.Engagement.Reply(c.Request.Context(), profileOf(c).ID, engage.NewReply{
			CommentText: r.CommentText, Comment: ref, Attempt: n,
		})
		if err != nil {
			return fail("comment", err), false
		}
		return writtenAnswer(written, f.ignored()), true
	})
}

// writtenAnswer tells what became of a comment on each network.
func writtenAnswer(w engage.Written, warnings []warning) answer {
	r := newReport("comment")
	r.warnings = warnings
	for _, result := range w.Results {
		r.warn(result.Account, result.Warnings)
		if result.Err != nil {
			r.fail(result.Account, result.Err)
			continue
		}
		r.add(result.Account, writtenPart(w, result))
	}
	body := map[string]any{"id": w.PostID}
	if r.worked > 0 {
		body["commentId"] = w.ID
	}
	return r.done(r.body(body, nil))
}

// writtenPart shows a comment that was written. What the network tells besides never
// replaces what every network has.
func writtenPart(w engage.Written, result engage.Result[core.Comment]) map[string]any {
	part := map[string]any{}
	maps.Copy(part, result.Value.Extra)
	part["status"] = statusSuccess
	part["commentId"] = result.Value.ID
	part["comment"] = result.Value.Text
	part["platform"] = result.Account.Platform
	part["accountId"] = result.Account.ID
	if w.SourceID != "" {
		part["sourceCommentId"] = w.SourceID
	}
	return part
}
