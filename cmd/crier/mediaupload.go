package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
)

// directLimit is the size, in bytes, up to which a file is uploaded in one request.
// A larger one, or one that the server thinks too large for that, goes to an address
// that the server makes for it.
const directLimit = 64 << 20

func runMediaUpload(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "media upload", "file... [flags]", `
Uploads files of this machine, of any size that the server takes, and prints the id
and the address of each. The exit code is 0 when all of them are uploaded.`)
	server := addClientFlags(f)
	asJSON := f.Bool("json", false, "Print what the server answers about the files as JSON.")
	files, err := f.parse(args, maxFiles)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return f.wrong(errors.New("no file is named"))
	}
	for _, file := range files {
		if _, err := lookAt(file); err != nil {
			return f.wrong(err)
		}
	}
	api, err := server.client(c)
	if err != nil {
		return err
	}
	shown := newProgress(ctx, c.stderr)
	var done []json.RawMessage
	for _, file := range files {
		var answer json.RawMessage
		if answer, err = api.upload(ctx, file, shown); err != nil {
			err = fmt.Errorf("%s: %w", file, err)
			break
		}
		done = append(done, answer)
	}
	shown.close()
	return errors.Join(writeUploaded(c.stdout, done, *asJSON), err)
}

// maxFiles is how many files one command takes: as many as a command line holds.
const maxFiles = 1 << 20

// upload sends a file and returns the server's description of it.
func (c *apiClient) upload(ctx context.Context, file string, shown progress) (json.RawMessage, error) {
	info, err := lookAt(file)
	if err != nil {
		return nil, err
	}
	sent := &tally{name: "uploading " + printable(file), shown: shown}
	var got *reply
	if info.Size() <= directLimit {
		got, err = c.uploadDirectly(ctx, file, sent)
	}
	if err == nil && (got == nil || tooLarge(got)) {
		got, err = c.uploadToAddress(ctx, file, sent)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, sent.interrupted("upload")
	case err != nil:
		return nil, err
	case got.status != http.StatusOK:
		return nil, refusal(got)
	}
	return got.body, nil
}

// tooLarge tells whether the server took a request for too large.
func tooLarge(r *reply) bool { return r.status == http.StatusRequestEntityTooLarge }

func (c *apiClient) uploadDirectly(ctx context.Context, file string, sent *tally) (*reply, error) {
	form, err := multipartPayload(nil, []attachment{{"file", file}}, sent.add)
	if err != nil {
		return nil, err
	}
	return c.do(ctx, call{method: http.MethodPost, path: "/media/upload", body: form})
}

// uploadToAddress asks for an address to send the file to, and sends it there.
func (c *apiClient) uploadToAddress(ctx context.Context, file string, sent *tally) (*reply, error) {
	query := url.Values{"fileName": {filepath.Base(file)}, "contentType": {contentTypeOf(file)}}
	got, err := c.do(ctx, call{method: http.MethodGet, path: "/media/uploadUrl", query: query, repeatable: true})
	if err != nil || got.status != http.StatusOK {
		return got, err
	}
	var made struct {
		UploadURL   string `json:"uploadUrl"`
		ContentType string `json:"contentType"`
	}
	if err := json.Unmarshal(got.body, &made); err != nil || made.UploadURL == "" {
		return nil, fmt.Errorf("the server named no address to upload to: %w", cmp.Or(err, errors.New("uploadUrl is missing")))
	}
	whole, err := filePayload(file, made.ContentType, sent.add)
	if err != nil {
		return nil, err
	}
	return c.do(ctx, call{method: http.MethodPut, address: made.UploadURL, body: whole})
}

func writeUploaded(w io.Writer, answers []json.RawMessage, asJSON bool) error {
	if asJSON {
		raw, err := json.Marshal(map[string]any{"media": append([]json.RawMessage{}, answers...)})
		if err != nil {
			return err
		}
		return writeJSON(w, raw)
	}
	for _, answer := range answers {
		var u upload
		if err := json.Unmarshal(answer, &u); err != nil {
			return fmt.Errorf("reading the server's answer: %w", err)
		}
		fmt.Fprintf(w, "%s  %s\n", u.ID, u.URL)
	}
	return nil
}
