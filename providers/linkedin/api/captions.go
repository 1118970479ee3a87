package api

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// captionsMetadata describes captions to LinkedIn. The locale is the only one that
// is known to be taken.
const captionsMetadata = `{"format":"SRT","formattedForEasyReader":true,"largeText":true,"source":"USER_PROVIDED",` +
	`"locale":{"variant":"AMERICAN","country":"US","language":"EN"},"transcriptType":"CLOSED_CAPTION"}`

// PostVideoCaptions uploads the captions of a video, an SRT file, with the token. It
// must come before FinalizeVideoUpload, and may be repeated.
func (c *Client) PostVideoCaptions(ctx context.Context, token core.Secret, uploadURL string, captions Body) error {
	form, err := newCaptionsForm(captions)
	if err != nil {
		return &core.Error{Kind: core.KindInternal, Op: "linkedin.postVideoCaptions", Message: "the request could not be built", Err: err}
	}
	_, err = c.rest.Do(ctx, rest.Request{
		Op: "linkedin.postVideoCaptions", Method: http.MethodPost, URL: uploadURL, Token: token,
		Header: http.Header{
			"Content-Type":              {form.contentType},
			VersionHeader:               {c.version()},
			"X-Restli-Protocol-Version": {protocolVersion},
		},
		Body: form.open, Size: form.size(), Timeout: uploadPatience,
		Repeatable: true, DiscardBody: true,
	})
	return err
}

// captionsForm is a multipart form around a file that is read while it is sent.
type captionsForm struct {
	contentType string
	head, tail  []byte
	file        Body
}

func newCaptionsForm(file Body) (captionsForm, error) {
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	metadata, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="metadata"`},
		"Content-Type":        {"application/json"},
	})
	if err != nil {
		return captionsForm{}, err
	}
	if _, err := io.WriteString(metadata, captionsMetadata); err != nil {
		return captionsForm{}, err
	}
	if _, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="captions.srt"`},
		"Content-Type":        {"application/x-subrip"},
	}); err != nil {
		return captionsForm{}, err
	}
	split := buf.Len()
	if err := form.Close(); err != nil {
		return captionsForm{}, err
	}
	return captionsForm{
		contentType: form.FormDataContentType(),
		head:        buf.Bytes()[:split], tail: buf.Bytes()[split:], file: file,
	}, nil
}

func (f captionsForm) size() int64 { return int64(len(f.head)) + f.file.Size + int64(len(f.tail)) }

func (f captionsForm) open(ctx context.Context) (io.ReadCloser, error) {
	file, err := f.file.Open(ctx)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(f.head), file, bytes.NewReader(f.tail)), file}, nil
}
