package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// route is one line of the table of routes.
type route struct {
	method  string
	path    string
	auth    bool // an API key is required
	handler handler
}

// routes is the table of everything that the API answers, besides HEAD in place of
// GET.
func (a *API) routes() []route {
	return append(a.linkSessionRoutes(), []route{
		{http.MethodPost, "/post", true, a.createPost},
		{http.MethodGet, "/post/:id", true, a.getPost},
		{http.MethodPatch, "/post", true, a.editPost},
		{http.MethodPut, "/post", true, a.editPost},
		{http.MethodDelete, "/post", true, a.deletePosts},
		{http.MethodDelete, "/delete", true, a.deletePosts},
		{http.MethodPut, "/post/retry", true, a.retryPost},
		{http.MethodPost, "/post/copy", true, a.copyPost},
		{http.MethodPost, "/post/bulk", true, a.bulk},
		{http.MethodPut, "/post/bulk", true, a.bulk},
		{http.MethodPost, "/post/checkPostWeight", true, a.checkPostWeight},

		{http.MethodPost, "/validate/post", true, a.validatePost},
		{http.MethodPost, "/validate/json", true, a.validateJSON},

		{http.MethodGet, "/history", true, a.history},
		{http.MethodGet, "/history/:id", true, a.historyEntry},

		{http.MethodPost, "/auto-schedule", true, a.setSchedule},
		{http.MethodPost, "/auto-schedule/set", true, a.setSchedule},
		{http.MethodGet, "/auto-schedule", true, a.listSchedules},
		{http.MethodGet, "/auto-schedule/list", true, a.listSchedules},
		{http.MethodDelete, "/auto-schedule", true, a.deleteSchedule},
		{http.MethodDelete, "/auto-schedule/delete", true, a.deleteSchedule},

		{http.MethodPost, "/comments", true, a.addComment},
		{http.MethodPost, "/comments/reply", true, a.reply},
		{http.MethodPost, "/comments/reply/:commentId", true, a.reply},
		{http.MethodGet, "/comments", true, a.getComments},
		{http.MethodGet, "/comments/:id", true, a.getComments},
		{http.MethodDelete, "/comments/:id", true, a.deleteComments},

		{http.MethodPost, "/analytics/post", true, a.postAnalytics},
		{http.MethodPost, "/analytics/social", true, a.socialAnalytics},
		{http.MethodGet, "/brand/search/:platform", true, a.brandSearch},
		{http.MethodGet, "/audience/:platform", true, a.audienceFacets},
		{http.MethodGet, "/audience/:platform/:facet", true, a.audienceValues},

		{http.MethodGet, "/user", true, a.user},
		{http.MethodGet, "/user/batch", true, a.userBatch},
		{http.MethodGet, "/accounts", true, a.listAccounts},
		{http.MethodGet, "/accounts/:id", true, a.getAccount},
		{http.MethodGet, "/accounts/:id/check", true, a.withChecker(a.checkAccount)},
		{http.MethodPatch, "/accounts/:id", true, a.patchAccount},
		{http.MethodDelete, "/accounts/:id", true, a.deleteAccount},

		{http.MethodPost, "/profiles", true, a.createProfile},
		{http.MethodPost, "/profiles/profile", true, a.createProfile},
		{http.MethodPost, "/profiles/create-profile", true, a.createProfile},
		{http.MethodGet, "/profiles", true, a.listProfiles},
		{http.MethodPatch, "/profiles", true, a.updateProfile},
		{http.MethodPut, "/profiles", true, a.updateProfile},
		{http.MethodPatch, "/profiles/profile", true, a.updateProfile},
		{http.MethodPut, "/profiles/profile", true, a.updateProfile},
		{http.MethodDelete, "/profiles", true, a.deleteProfile},
		{http.MethodDelete, "/profiles/profile", true, a.deleteProfile},
		{http.MethodDelete, "/profiles/delete-profile", true, a.deleteProfile},
		{http.MethodPost, "/profiles/social", true, a.linkSocial},
		{http.MethodDelete, "/profiles/social", true, a.unlinkSocial},

		{http.MethodPost, "/hook/webhook", true, a.withWebhooks(a.registerHook)},
		{http.MethodPost, "/hook", true, a.withWebhooks(a.registerHook)},
		{http.MethodGet, "/hook/webhook", true, a.withWebhooks(a.listHooks)},
		{http.MethodGet, "/hook", true, a.withWebhooks(a.listHooks)},
		{http.MethodDelete, "/hook/webhook", true, a.withWebhooks(a.deleteHook)},
		{http.MethodDelete, "/hook", true, a.withWebhooks(a.deleteHook)},
		{http.MethodPost, "/hook/webhook/secret", true, a.withWebhooks(a.rotateHookSecret)},
		{http.MethodGet, "/hook/deliveries", true, a.withWebhooks(a.listMessages)},
		{http.MethodGet, "/hook/deliveries/:id", true, a.withWebhooks(a.getMessage)},
		{http.MethodPost, "/hook/deliveries/:id/resend", true, a.withWebhooks(a.resendMessage)},

		{http.MethodPost, "/media/upload", true, a.withUploads(a.upload)},
		{http.MethodPost, "/upload", true, a.withUploads(a.upload)},
		{http.MethodGet, "/media/uploadUrl", true, a.withUploads(a.uploadURL)},
		{http.MethodPut, "/media/upload/:id/:ticket", false, a.withUploads(a.fillUpload)},
		{http.MethodGet, "/media", true, a.withUploads(a.listMedia)},
		{http.MethodGet, "/media/:id", true, a.withUploads(a.getMedia)},
		{http.MethodDelete, "/media/:id", true, a.withUploads(a.deleteMedia)},
		{http.MethodGet, "/media/file/:id", false, a.withUploads(a.mediaFile)},
		{http.MethodGet, "/media/file/:id/:name", false, a.withUploads(a.mediaFile)},
		{http.MethodGet, "/media/meta", true, a.withMedia(a.mediaMeta)},
		{http.MethodPost, "/media/urlExists", true, a.withMedia(a.urlExists)},
		{http.MethodPost, "/media/resize", true, a.withUploads(a.withMedia(a.resize))},

		{http.MethodGet, "/providers", true, a.providers},
		{http.MethodGet, "/providers/:platform/check", true, a.withChecker(a.checkProvider)},
		{http.MethodGet, "/error-explainer", true, a.explainError},
		{http.MethodGet, "/openapi.json", false, a.openAPI},
		{http.MethodGet, "/samples/:name", false, a.sample},
	}...)
}

func noRoute(c *gin.Context) answer {
	if e := absentPath(c.Request.URL.Path); e != nil {
		return fail("request", e)
	}
	return fail("request", &core.Error{
		Kind: core.KindNotFound, Code: core.CodeRouteNotFound,
		Message: "there is no " + c.Request.Method + " " + printable(c.Request.URL.Path),
	})
}

// noMethod answers a path with a method that it does not take.
func (a *API) noMethod(c *gin.Context) answer {
	table := a.routes()
	allowed := strings.Join(methodsOf(table, closest(table, strings.TrimPrefix(c.Request.URL.Path, "/api"))), ", ")
	c.Header("Allow", allowed)
	return fail("request", &core.Error{
		Kind: core.KindInvalid, Code: core.CodeMethodNotAllowed,
		Message: printable(c.Request.URL.Path) + " does not take " + c.Request.Method + "; it takes " + allowed,
	})
}
