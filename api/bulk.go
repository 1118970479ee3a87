package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
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
}

// bulkEntry is the answer for one row.
type bulkEntry struct {
	Status       string    `json:"status"`
	ScheduleDate string    `json:"scheduleDate,omitempty"`    // as the file has it
	AppearsAt    string    `json:"scheduleDateUtc,omitempty"` // as it was understood
	ID           string    `json:"id"`
	Post         any       `json:"post"`
	Warnings     []warning `json:"warnings,omitempty"`
}

// bulkResult is the answer to /post/bulk.
type bulkResult struct {
	Status string      `json:"status"`
	Posts  []bulkEntry `json:"posts"`
}

// bulkRequest is one file on its way through the API.
type bulkRequest struct {
	*API
	ctx      context.Context
	gin      *gin.Context
	profile  core.Profile
	file     bulkFile
	rows     []bulkRow
	warnings [][]warning // by row
}

// bulk is PUT and POST /post/bulk: all posts of a CSV file, or none.
func (a *API) bulk(c *gin.Context) answer {
	r := &bulkRequest{API: a, ctx: c.Request.Context(), gin: c, profile: profileOf(c)}
	var err error
	if r.file, err = a.readBulkForm(c); err != nil {
		return fail("post", err)
	}
	key, err := idempotencyKey(c.Request)
	switch {
	case err != nil:
		return fail("post", err)
	case key == "":
		return r.accept(publish.Batch{ID: core.NewID(a.Clock.Now()), At: a.Clock.Now()})
	default:
		return r.once(key)
	}
}

// once answers a request with an Idempotency-Key: the first time by storing its posts, from
// then on by the answer that was given.
func (r *bulkRequest) once(key string) answer {
	hash := r.file.hash()
	known, leave, err := r.enter(r.ctx, requestKey{r.profile.ID, key}, hash)
	if err != nil {
		return fail("post", err)
	}
	defer leave()
	claim := store.Request{ProfileID: r.profile.ID, Key: key, BodyHash: hash[:], CreatedAt: r.Clock.Now()}
	if known != nil {
		return r.replay(claim, *known)
	}
	ans := r.accept(batchOf(claim))
	if errors.Is(ans.cause, store.ErrKeyUsed) { // another process was faster
		other, err := r.Requests.GetRequest(r.ctx, claim.ProfileID, claim.Key)
		if err != nil {
			return fail("post", err)
		}
		return r.replay(claim, other)
	}
	if ans.cause != nil {
		return ans // nothing is stored, and the key is free
	}
	return r.keepAnswer(r.gin, claim, ans)
}

// batchOf returns the batch that has a key, without its posts.
func batchOf(claim store.Request) publish.Batch {
	return publish.Batch{
		ID: core.TimedID(claim.CreatedAt, "bulk", claim.ProfileID, claim.Key, string(claim.BodyHash)),
		At: claim.CreatedAt, Idempotency: &claim,
	}
}

// replay answers a request that was made before.
func (r *bulkRequest) replay(claim, known store.Request) answer {
	switch {
	case string(known.BodyHash) != string(claim.BodyHash):
		return fail("post", keyConflict())
	case known.Status != 0:
		return replayed(r.gin, known)
	}
	// No answer was kept: the posts tell what there is to say. What they name may be gone
	// since, which is no reason to hide them.
	batch := batchOf(known)
	if _, _, err := r.decode(batch.At); err != nil {
		return fail("post", err)
	}
	outcomes := make([]publish.Outcome, len(r.rows))
	for i := range outcomes {
		var err error
		if outcomes[i], err = r.Publisher.Get(r.ctx, r.profile.ID, batch.PostID(i)); err != nil {
			return fail("post", err)
		}
	}
	r.gin.Header("Idempotency-Replayed", "true")
	return r.keepAnswer(r.gin, known, ok(r.result(outcomes)))
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
	for _, key := range form.unread() {
		form.add(unknownBeside(key))
	}
	return form.problems.OrNil()
}

// unknownBeside refuses a field of the form that nobody knows, as a column that nobody knows
// is: it may have been meant to keep the posts from going out.
func unknownBeside(key string) *core.Error {
	known := []string{fileField, "allowDuplicate", "validateScheduled"}
	e := invalid(printable(key), "the form has the field "+quote(key)+"; beside "+fileField+" it may have "+strings.Join(known[1:], " and "))
	if meant, near := nearest(key, known); near {
		e.Help = "Did you mean " + meant + "?"
	}
	return e
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

// accept makes the rows the posts of the batch and stores them, if all are good.
func (r *bulkRequest) accept(batch publish.Batch) answer {
	requests, problems, err := r.decode(batch.At)
	if err != nil {
		return fail("post", err)
	}
	if len(problems) > 0 {
		return fail("post", problems)
	}
	for _, request := range requests {
		if err := r.keepUploads(r.ctx, r.profile.ID, request, request.RequiresApproval); err != nil {
			return fail("post", err)
		}
	}
	batch.ProfileID, batch.Requests, batch.Names = r.profile.ID, requests, r.names()
	outcomes, found, err := r.Publisher.AcceptAll(r.ctx, batch)
	if err != nil {
		return fail("post", err)
	}
	if found != nil {
		return fail("post", r.placed(found))
	}
	return ok(r.result(outcomes))
}

// decode turns the rows into requests that were sent at the time now, and collects everything that is wrong with them.
func (r *bulkRequest) decode(now time.Time) ([]core.PostRequest, core.Errors, error) {
	rows, problems := readBulk(r.file.data)
	r.rows = rows
	requests := make([]core.PostRequest, len(rows))
	r.warnings = make([][]warning, len(rows))
	for i, row := range rows {
		at, problem := row.date(now)
		if problem != nil {
			problems = append(problems, inRow(row, core.Errors{problem})...)
		}
		d, err := r.decodePost(r.ctx, now, r.profile.ID, postBody{fields: row.fields(at)})
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

// placed lists the problems of all rows.
func (r *bulkRequest) placed(byRow []core.Errors) core.Errors {
	var all core.Errors
	for i, problems := range byRow {
		all = append(all, inRow(r.rows[i], problems)...)
	}
	return all
}

// result lists what became of the rows.
func (r *bulkRequest) result(outcomes []publish.Outcome) bulkResult {
	out := bulkResult{Status: statusSuccess, Posts: make([]bulkEntry, len(outcomes))}
	for i, o := range outcomes {
		entry := bulkEntry{
			Status: r.statusOf(o), ScheduleDate: r.rows[i].cells[columnDate], ID: o.Post.ID, Post: textOf(o.Post.Request),
			Warnings: append(r.warnings[i], openWarnings(o)...),
		}
		if entry.Status == statusPending {
			entry.Status = statusScheduled
		}
		if o.Post.Scheduled() {
			entry.AppearsAt = scheduleStamp(o.Post.Request.ScheduleAt)
		}
		out.Posts[i] = entry
	}
	return out
}
