package api

import (
	"maps"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/engage"
)

// getComments is GET /comments/:id and GET /comments?id=.
func (a *API) getComments(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	id := q.text("id")
	if c.Param("id") != "" {
		id = c.Param("id") // published clients send both
	}
	if id == "" {
		q.add(invalid("id", "id is missing: send the id of the post"))
	}
	native := q.flag("searchPlatformId")
	platforms := append(q.list("platforms"), q.list("platform")...)
	accountIDs, postID := q.list("accountIds"), q.text("postId")
	// Either that the id is a comment's, or the id of the one comment that is wanted.
	commentID := q.text("commentId")
	if len(q.problems) > 0 {
		return fail("comments", q.problems)
	}
	var results []engage.Result[[]engage.Listed]
	var err error
	if commentID == "true" {
		results, err = a.Engagement.Comment(c.Request.Context(), profileOf(c).ID, engage.CommentRef{
			ID: id, Native: native, RemotePostID: postID, Platforms: platforms, AccountIDs: accountIDs,
		})
	} else {
		results, err = a.Engagement.Comments(c.Request.Context(), profileOf(c).ID, engage.PostRef{
			ID: id, Native: native, Platforms: platforms, AccountIDs: accountIDs,
		})
	}
	if err != nil {
		return fail("comments", err)
	}
	wanted := commentID
	if wanted == "true" || wanted == "false" {
		wanted = ""
	}
	return a.commentsAnswer(id, wanted, results, q.ignored())
}

// commentsAnswer lists the comments by network; of several accounts of one network they
// stand in one list.
func (a *API) commentsAnswer(id, wanted string, results []engage.Result[[]engage.Listed], warnings []warning) answer {
	r := newReport("comments")
	r.warnings = warnings
	var age ages
	lists := map[string]bool{}
	for _, result := range results {
		r.warn(result.Account, result.Warnings)
		if result.Err != nil {
			r.fail(result.Account, result.Err)
			continue
		}
		age.add(result.Fresh)
		r.worked++
		lists[result.Account.Platform] = true
		for _, c := range only(result.Value, wanted) {
			r.parts[result.Account.Platform] = append(r.parts[result.Account.Platform], listedComment(result.Account, c))
		}
	}
	if wanted != "" && r.status() == statusSuccess && len(r.parts) == 0 {
		return failWith(http.StatusNotFound, "comments", &core.Error{
			Kind: core.KindNotFound, Code: core.CodeCommentNotFound, Field: "commentId",
			Message: "the post has no comment " + quote(wanted), Help: "Without commentId, all comments of the post are listed.",
		})
	}
	for platform := range lists {
		if r.parts[platform] == nil {
			r.parts[platform] = []any{}
		}
	}
	body := r.body(map[string]any{"id": id}, func(platform string) bool { return lists[platform] })
	age.into(body, a.Clock.Now())
	return r.read(body)
}

// only returns the comment of an id, ours or the network's; without one, all.
func only(list []engage.Listed, id string) []engage.Listed {
	if id == "" {
		return list
	}
	for _, c := range list {
		if c.ID == id || c.RecordID == id {
			return []engage.Listed{c}
		}
		if found := only(c.Replies, id); len(found) > 0 {
			return found
		}
	}
	return nil
}

// listedComment shows a comment of a network's list. What the network tells besides never
// replaces what every network has.
func listedComment(account core.Account, c engage.Listed) map[string]any {
	entry := map[string]any{}
	maps.Copy(entry, c.Extra)
	from := map[string]any{"id": c.From.ID, "name": c.From.Name, "username": c.From.Username}
	maps.DeleteFunc(from, func(_ string, v any) bool { return v == "" })
	replies := make([]any, len(c.Replies))
	for i, reply := range c.Replies {
		replies[i] = listedComment(account, reply)
	}
	maps.Copy(entry, map[string]any{
		"comment": c.Text, "commentId": c.ID, "from": from, "hidden": c.Hidden, "likeCount": c.Likes, "own": c.Own,
		"platform": account.Platform, "accountId": account.ID, "postId": c.PostID, "replies": replies,
	})
	if c.From.Username != "" {
		entry["username"] = c.From.Username
	}
	if !c.CreatedAt.IsZero() {
		entry["created"] = stamp(c.CreatedAt)
	}
	if c.ParentID != "" {
		entry["parentId"] = c.ParentID
	}
	if c.RecordID != "" {
		entry["id"] = c.RecordID
	}
	if c.Part {
		entry["part"] = true
	}
	return entry
}
