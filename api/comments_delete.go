package api

import (
	"context"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/engage"
)

// deleteComments is DELETE /comments/:id: one comment, or all own ones of a post.
func (a *API) deleteComments(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("delete", err)
	}
	q := parseQuery(c.Request.URL.RawQuery)
	ref := engage.CommentRef{ID: c.Param("id"), RemotePostID: f.text("postId")}
	ref.Native = f.flag("searchPlatformId", false) || q.flag("searchPlatformId")
	ref.Platforms = append(f.list(f.either("platforms", "platform")), append(q.list("platforms"), q.list("platform")...)...)
	ref.AccountIDs = append(f.list("accountIds"), q.list("accountIds")...)
	if postID := q.text("postId"); ref.RemotePostID == "" {
		ref.RemotePostID = postID
	}
	if f.flag("hide", false) || q.flag("hide") {
		f.add(unsupported("hide", "hiding a comment in place of deleting it is not supported by this version of Crier"))
	}
	if problems := append(f.problems, q.problems...); len(problems) > 0 {
		return fail("delete", problems)
	}
	results, err := a.removeComments(c.Request.Context(), profileOf(c).ID, ref)
	if err != nil {
		return fail("delete", err)
	}
	return deletedAnswer(ref.ID, results, slices.Concat(f.ignored(), q.ignored(), unusedKey(c.Request)))
}

// removeComments deletes the comment of an id; an id that is no comment's is a post's.
func (a *API) removeComments(ctx context.Context, profileID string, ref engage.CommentRef) ([]engage.Result[engage.Removed], error) {
	results, err := a.Engagement.DeleteComment(ctx, profileID, ref)
	if err == nil || ref.Native || core.CodeOf(visible(err)[0]) != core.CodeCommentNotFound {
		return results, err
	}
	results, postErr := a.Engagement.DeleteComments(ctx, profileID, engage.PostRef{
		ID: ref.ID, Platforms: ref.Platforms, AccountIDs: ref.AccountIDs,
	})
	if postErr != nil && core.CodeOf(visible(postErr)[0]) == core.CodeHistoryNotFound {
		return nil, &core.Error{
			Kind: core.KindNotFound, Code: core.CodeCommentNotFound, Field: "id",
			Message: "this profile has neither a comment nor a post with this id",
		}
	}
	return results, postErr
}

func deletedAnswer(id string, results []engage.Result[engage.Removed], warnings []warning) answer {
	r := newReport("delete")
	r.warnings = warnings
	for _, result := range results {
		r.warn(result.Account, append(result.Warnings, result.Value.Warnings...))
		if result.Err != nil {
			r.fail(result.Account, result.Err)
			continue
		}
		r.add(result.Account, map[string]any{
			"action": "delete", "status": statusSuccess, "platform": result.Account.Platform, "accountId": result.Account.ID,
			"commentIds": result.Value.CommentIDs, "count": len(result.Value.CommentIDs),
		})
	}
	return r.done(r.body(map[string]any{"id": id}, nil))
}
