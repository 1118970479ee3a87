package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
)

// validation is the answer to POST /validate/post.
type validation struct {
	Action   string       `json:"action,omitempty"`
	Status   string       `json:"status"`
	Code     core.Code    `json:"code,omitempty"`
	Message  string       `json:"message"`
	Field    string       `json:"field,omitempty"`
	Help     string       `json:"help,omitempty"`
	Validate bool         `json:"validate,omitempty"`
	Errors   []errorEntry `json:"errors,omitempty"`
	Warnings []warning    `json:"warnings,omitempty"`
	// ScheduleDate is when the post would go out; empty: at once.
	ScheduleDate string         `json:"scheduleDate,omitempty"`
	Preview      map[string]any `json:"preview,omitempty"` // by network
	Post         any            `json:"post"`
}

// preview is what one account would publish.
type preview struct {
	AccountID string `json:"accountId"`
	core.Preview
}

// validatePost is POST /validate/post: everything but the sending.
func (a *API) validatePost(c *gin.Context) answer {
	profile := profileOf(c)
	body, err := a.readPost(c)
	defer a.removeUploads(c.Request.Context(), profile, body.stored)
	if err != nil {
		return fail("post", err)
	}
	d, err := a.decodePost(c.Request.Context(), a.Clock.Now(), profile.ID, body)
	if err != nil {
		return fail("post", err)
	}
	report, err := a.Publisher.Check(c.Request.Context(), profile.ID, d.request)
	if err != nil {
		return fail("post", err)
	}
	return validationAnswer(report, d)
}

func validationAnswer(report publish.Report, d *decoder) answer {
	v := validation{
		Status: statusSuccess, Message: "No validation issues were found. The post is ready to be sent.",
		Preview: previews(report), Warnings: d.warnings, Post: textOf(d.request),
	}
	if at := d.request.ScheduleAt; !at.IsZero() {
		v.ScheduleDate = scheduleStamp(at)
	}
	for _, w := range report.Warnings {
		v.Warnings = append(v.Warnings, warningOf(w.Platform, w.AccountID, w.Warning))
	}
	if len(report.Problems) == 0 {
		return ok(v)
	}
	for _, e := range report.Problems {
		entry := entryOf("post", withoutText(d.request, e))
		entry.VerifyCheck = true
		v.Errors = append(v.Errors, entry)
	}
	first := v.Errors[0]
	v.Action, v.Status, v.Validate = first.Action, first.Status, true
	v.Code, v.Message, v.Field, v.Help = first.Code, first.Message, first.Field, first.Help
	return answer{
		status: statusOf(report.Problems), body: v,
		retryAfter: retryAfter(report.Problems), cause: report.Problems,
	}
}

// previews shows what would be published, by network.
func previews(report publish.Report) map[string]any {
	byPlatform := map[string][]any{}
	for _, account := range report.Accounts {
		if p, there := report.Previews[account.ID]; there {
			byPlatform[account.Platform] = append(byPlatform[account.Platform], preview{account.ID, p})
		}
	}
	out := map[string]any{}
	for platform, list := range byPlatform {
		out[platform] = oneOrAll(list)
	}
	return out
}

// validateJSON is POST /validate/json: the body is the text to look at, whatever
// its type.
func (a *API) validateJSON(c *gin.Context) answer {
	data, err := readAll(c, maxJSON)
	if err != nil {
		return fail("validate", err)
	}
	if err := checkJSON(withoutBOM(data)); err != nil {
		return fail("validate", mistake(err))
	}
	return ok(map[string]string{"status": statusSuccess, "message": "Valid JSON."})
}

// explainError is GET /error-explainer: what a number means and the way out.
func (a *API) explainError(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	number := q.number("code", 0, 1, 1<<20)
	if q.text("code") == "" {
		q.add(invalid("code", "code is missing"))
	}
	if len(q.problems) > 0 {
		return fail("request", q.problems)
	}
	info := core.Code(number).Info()
	if int(info.Code) != number {
		return failWith(http.StatusNotFound, "request", invalid("code", "there is no error of this number"))
	}
	return ok(map[string]any{
		"status": statusSuccess, "code": info.Code, "name": info.Name, "httpStatus": info.Status,
		"cause": info.Meaning, "resolution": info.Help, "classification": classOf(info),
	})
}

// classOf says who has to act on an error.
func classOf(info core.CodeInfo) string {
	switch {
	case info.Code == core.CodeInternal || info.Code == core.CodeStoreUnavailable:
		return "server"
	case info.Status >= http.StatusInternalServerError || info.Status == http.StatusTooManyRequests:
		return "network"
	default:
		return "request"
	}
}
