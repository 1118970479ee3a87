//go:build interop

package interop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/interop/internal/programtest"
)

// patience is how long a post may take; the server stops waiting with its answer.
const patience = 2 * time.Minute

// crier is `crier serve --sandbox`, as a program of its own.
type crier struct {
	url, sandbox string
	client       *http.Client
}

// outcome is what became of a post.
type outcome struct {
	Status  string
	ID      string
	Errors  []problem
	PostIDs []struct {
		ID       string
		PostURL  string
		Warnings []problem
	} `json:"postIds"`
	Warnings []problem
}

// problem is an error or a warning.
type problem struct {
	Code    int
	Field   string
	Message string
	Help    string
	// Warnings are those of the delivery that failed.
	Warnings []problem
}

// warnings gathers the warnings about a post.
func (o outcome) warnings() []problem {
	all := o.Warnings
	for _, p := range o.PostIDs {
		all = append(all, p.Warnings...)
	}
	return all
}

// post sends a post as JSON.
func (c *crier) post(t *testing.T, body map[string]any) outcome {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return c.publish(t, "application/json", bytes.NewReader(raw))
}

// postForm sends a post as a form, with files attached: a field for each name.
func (c *crier) postForm(t *testing.T, w workshop, fields map[string]any, files map[string]string) outcome {
	t.Helper()
	form := &bytes.Buffer{}
	writer := multipart.NewWriter(form)
	for name, value := range fields {
		text, isText := value.(string)
		if !isText {
			raw, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			text = string(raw)
		}
		if err := writer.WriteField(name, text); err != nil {
			t.Fatal(err)
		}
	}
	for field, name := range files {
		attach(t, w, writer, field, name)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return c.publish(t, writer.FormDataContentType(), form)
}

func attach(t *testing.T, w workshop, writer *multipart.Writer, field, name string) {
	t.Helper()
	part, err := writer.CreateFormFile(field, name)
	if err != nil {
		t.Fatal(err)
	}
	content, err := w.open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = content.Close() }()
	if _, err := io.Copy(part, content); err != nil {
		t.Fatal(err)
	}
}

func (c *crier) publish(t *testing.T, contentType string, body io.Reader) outcome {
	t.Helper()
	var o outcome
	status := c.call(t, http.MethodPost, c.url+"/post", contentType, body, &o)
	if wantOK := o.Status == "success"; wantOK != (status == http.StatusOK) {
		t.Errorf("the answer is %d with the status %q", status, o.Status)
	}
	return o
}

// upload gives a file to the server and returns the address that it gets.
func (c *crier) upload(t *testing.T, w workshop, name string) string {
	t.Helper()
	form := &bytes.Buffer{}
	writer := multipart.NewWriter(form)
	attach(t, w, writer, "file", name)
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	var answer struct{ URL, FileName string }
	status := c.call(t, http.MethodPost, c.url+"/media/upload", writer.FormDataContentType(), form, &answer)
	if status != http.StatusOK || answer.FileName != name {
		t.Fatalf("POST /media/upload: %d %+v", status, answer)
	}
	return answer.URL
}

// call makes one request, and decodes the answer.
func (c *crier) call(t *testing.T, method, url, contentType string, body io.Reader, answer any) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience+time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+programtest.Key)
	req.Header.Set("Prefer", fmt.Sprintf("wait=%d", int(patience.Seconds())))
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		t.Fatalf("%s %s: %d %s: %v", method, url, res.StatusCode, raw, err)
	}
	return res.StatusCode
}
