package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

// maxBulkFile is how many bytes a file of posts may have.
const maxBulkFile = 5 << 20

// bulkFile is a file of posts with what was sent beside it.
type bulkFile struct {
	data           []byte
	allowDuplicate bool
	skipValidation bool
	warnings       []warning
}

// bulkEntry is the answer for one row.
type bulkEntry struct {
	Status       string    `json:"status"`
	ScheduleDate string    `json:"scheduleDate,omitempty"` // as the file has it
	ID           string    `json:"id"`
	Post         any       `json:"post"`
	Warnings     []warning `json:"warnings,omitempty"`
}

// bulkResult is the answer to /post/bulk.
type bulkResult struct {
	Status   string      `json:"status"`
	Posts    []bulkEntry `json:"posts"`
	Warnings []warning   `json:"warnings,omitempty"`
}

// bulkRequest is one file on its way through the API.
type bulkRequest struct {
	*API
	ctx     context.Context
	profile core.Profile
	file    bulkFile
	rows    []bulkRow
	// claim is the request's idempotency key with what was answered to it.
	claim    store.Request
	warnings [][]warning // by row
}

// bulk is PUT and POST /post/bulk: all posts of a CSV file, or none.
func (a *API) bulk(c *gin.Context) answer {
	r := &bulkRequest{API: a, ctx: c.Request.Context(), profile: profileOf(c)}
	var err error
	if r.file, err = a.readBulkForm(c); err != nil {
		return fail("post", err)
	}
	key, err := idempotencyKey(c.Request)
	if err != nil {
		return fail("post", err)
	}
	now := a.Clock.Now()
	if key == "" {
		key = "bulk-" + core.NewID(now) // told when the file has to be sent again
	}
	hash := r.file.hash()
	known, leave, err := a.enter(r.ctx, requestKey{r.profile.ID, key}, hash)
	if err != nil {
		return fail("post", err)
	}
	defer leave()
	r.claim = store.Request{ProfileID: r.profile.ID, Key: key, BodyHash: hash[:], CreatedAt: now}
	if known != nil {
		switch {
		case string(known.BodyHash) != string(hash[:]):
			return fail("post", keyConflict())
		case known.Status != 0:
			return replayed(c, *known)
		}
		r.claim.CreatedAt = known.CreatedAt
	}
	ans, stored := r.accept(known != nil)
	if !stored {
		return ans
	}
	return a.keepAnswer(c, r.claim, ans)
}

// hash identifies the file and what was sent beside it.
func (f bulkFile) hash() bodyHash {
	return sha256.Sum256(fmt.Appendf(nil, "bulk %v %v\n%s", f.allowDuplicate, f.skipValidation, f.data))
}

// readBulkForm reads the form that brings the file.
func (a *API) readBulkForm(c *gin.Context) (bulkFile, error) {
	if t := mediaType(c.Request); t != "multipart/form-data" {
		return bulkFile{}, contentTypeError(t, "multipart/form-data")
	}
	parts, err := a.openForm(c, "Send the posts in several files")
	if err != nil {
		return bulkFile{}, err
	}
	parts.onField = func(name string, _ []byte) *core.Error {
		if name == fileField {
			return needsFile(name, "")
		}
		return nil
	}
	var file bulkFile
	part, err := nextUpload(parts)
	if err == nil {
		if file.data, err = io.ReadAll(io.LimitReader(part, maxBulkFile+1)); err != nil {
			return bulkFile{}, parts.broken(err)
		}
		if len(file.data) > maxBulkFile {
			return bulkFile{}, tooMuchBulk()
		}
		_, err = nextUpload(parts)
	}
	switch {
	case err == nil:
		return bulkFile{}, invalid(fileField, "file takes one file; the form has several")
	case !errors.Is(err, errFormEnd):
		return bulkFile{}, err
	}
	return file, file.describe(parts.textFields())
}

func tooMuchBulk() *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeBodyTooLarge, Field: fileField,
		Message: "the file is larger than the " + core.FormatBytes(maxBulkFile) + " that a file of posts may have",
		Help:    "Send the posts in several files.",
	}
}

// describe reads what was sent beside the file.
func (f *bulkFile) describe(form *fields) error {
	f.allowDuplicate = form.formFlag("allowDuplicate", false)
	f.skipValidation = !form.formFlag("validateScheduled", true)
	if f.data == nil && !form.unreadable(fileField) {
		form.add(invalid(fileField, "file is missing: send a CSV file as a part of a form (with curl: -F file=@posts.csv)"))
	}
	form.ownProfile()
	f.warnings = form.ignored()
	return form.problems.OrNil()
}

// formFlag reads a boolean of a form; def when it was not sent.
func (f *fields) formFlag(key string, def bool) bool {
	raw, sent := f.raw(key)
	if !sent {
		return def
	}
	var b bool
	text, _ := asText(raw)
	if json.Unmarshal([]byte(text), &b) != nil {
		f.add(invalid(key, key+" must be true or false, not "+quote(text)))
		return def
	}
	return b
}

// accept checks the rows and stores their posts. It tells whether all are stored.
func (r *bulkRequest) accept(again bool) (answer, bool) {
	requests, problems, err := r.decode()
	if err != nil {
		return fail("post", err), false
	}
	if len(problems) > 0 {
		return fail("post", problems), false
	}
	outcomes, found, err := r.Publisher.AcceptAll(r.ctx, publish.Batch{
		ProfileID: r.profile.ID, ID: core.TimedID(r.claim.CreatedAt, "bulk", r.profile.ID, r.claim.Key, string(r.claim.BodyHash)),
		At: r.claim.CreatedAt, Again: again, Requests: requests, Names: r.names(),
		Begin: func(ctx context.Context) error { return r.begin(ctx, requests) },
	})
	if err != nil {
		return r.notStored(err), false
	}
	if found != nil {
		return fail("post", r.placed(found)), false
	}
	return ok(r.result(outcomes)), true
}

// decode turns the rows into requests, and collects everything that is wrong with them.
func (r *bulkRequest) decode() ([]core.PostRequest, core.Errors, error) {
	rows, problems := readBulk(r.file.data)
	r.rows = rows
	requests := make([]core.PostRequest, len(rows))
	r.warnings = make([][]warning, len(rows))
	for i, row := range rows {
		d, err := r.decodePost(r.ctx, r.claim.CreatedAt, r.profile.ID, postBody{fields: row.fields()})
		if err != nil {
			list, isList := errors.AsType[core.Errors](err)
			if !isList {
				return nil, nil, err
			}
			problems = append(problems, inRow(row, list)...)
			continue
		}
		d.request.AllowDuplicate, d.request.SkipValidation = r.file.allowDuplicate, r.file.skipValidation
		requests[i], r.warnings[i] = d.request, d.warnings
	}
	if len(problems) > 0 {
		planned, err := r.plan(requests)
		return nil, append(problems, planned...), err
	}
	return requests, nil, nil
}

// plan finds what else is wrong with the rows of a file that is refused anyway. Those that
// could not be read are empty here.
func (r *bulkRequest) plan(requests []core.PostRequest) (core.Errors, error) {
	var all core.Errors
	for i, request := range requests {
		if len(request.Platforms) == 0 {
			continue
		}
		problems, err := r.Publisher.Plan(r.ctx, r.profile.ID, request)
		if err != nil {
			return nil, err
		}
		all = append(all, inRow(r.rows[i], problems)...)
	}
	return all, nil
}

// inRow returns the problems with the row that they are in.
func inRow(row bulkRow, problems core.Errors) core.Errors {
	out := make(core.Errors, len(problems))
	for i, e := range problems {
		c := *e
		c.Field = row.field(e.Field)
		out[i] = &c
	}
	return out
}

// names is how messages call the rows.
func (r *bulkRequest) names() []string {
	names := make([]string, len(r.rows))
	for i, row := range r.rows {
		names[i] = fmt.Sprintf("row %d", row.number)
	}
	return names
}

// begin claims the key and keeps the uploads that the posts name.
func (r *bulkRequest) begin(ctx context.Context, requests []core.PostRequest) error {
	for _, request := range requests {
		if err := r.keepUploads(ctx, r.profile.ID, request, request.RequiresApproval); err != nil {
			return err
		}
	}
	err := r.Requests.AnswerRequest(ctx, r.claim)
	if errors.Is(err, store.ErrKeyUsed) {
		return keyConflict() // another process was faster, with another file
	}
	return err
}

// placed lists the problems of all rows.
func (r *bulkRequest) placed(byRow []core.Errors) core.Errors {
	var all core.Errors
	for i, problems := range byRow {
		all = append(all, inRow(r.rows[i], problems)...)
	}
	return all
}

// notStored answers when not all posts could be stored.
func (r *bulkRequest) notStored(err error) answer {
	incomplete, ok := errors.AsType[*publish.IncompleteError](err)
	if !ok {
		return fail("post", err)
	}
	e := &core.Error{
		Kind: core.KindTemporary, Code: core.CodeStoreUnavailable, Err: err, RetryAfter: time.Second,
		Message: fmt.Sprintf("the database failed when %d of %d posts were stored", incomplete.Stored, incomplete.Total),
		Help:    "Send the same file again with the header Idempotency-Key: " + r.claim.Key + "; what is stored is not stored twice.",
	}
	if errors.Is(err, store.ErrDuplicate) {
		e.Kind, e.Code, e.RetryAfter = core.KindDuplicate, core.CodeDuplicate, 0
		e.Message = fmt.Sprintf("another request stored the content of one of the posts at the same moment, when %d of %d were stored", incomplete.Stored, incomplete.Total)
	}
	return fail("post", e)
}

// result lists what became of the rows.
func (r *bulkRequest) result(outcomes []publish.Outcome) bulkResult {
	out := bulkResult{Status: statusSuccess, Posts: make([]bulkEntry, len(outcomes)), Warnings: r.file.warnings}
	for i, o := range outcomes {
		entry := bulkEntry{
			Status: r.statusOf(o), ScheduleDate: r.rows[i].cells[columnDate], ID: o.Post.ID, Post: textOf(o.Post.Request),
			Warnings: append(r.warnings[i], openWarnings(o)...),
		}
		if entry.Status == statusPending {
			entry.Status = statusScheduled
		}
		out.Posts[i] = entry
	}
	return out
}
