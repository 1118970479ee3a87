package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// copyOrder is what the copier is asked to do: one video, from its source to the
// sandbox, in the parts that the sandbox asks for, until it is finalised.
type copyOrder struct {
	Source string // address of the video; empty: it is in the copier itself
	Size   int64  // of one without an address, in bytes
	Sink   string // address of the sandbox; empty: the bytes are dropped
	AtOnce int    // parts, each in a buffer of its own; 1: one after the other
}

type copyResult struct {
	Took  time.Duration
	Error string
}

// answerCopies does what is asked for, until the input ends.
func answerCopies(in *json.Decoder, out *json.Encoder) error {
	client := &http.Client{}
	for {
		var order copyOrder
		if err := in.Decode(&order); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var result copyResult
		begin := time.Now()
		if err := order.run(context.Background(), client); err != nil {
			result.Error = err.Error()
		}
		result.Took = time.Since(begin)
		if err := out.Encode(result); err != nil {
			return err
		}
	}
}

func (o copyOrder) run(ctx context.Context, client *http.Client) error {
	body, size, err := o.open(ctx, client)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if o.Sink == "" {
		_, err := io.Copy(io.Discard, body)
		return err
	}
	u := &plainUpload{client: client, api: o.Sink + "/rest/videos?action="}
	if err := u.initialize(ctx, size); err != nil {
		return err
	}
	if err := u.sendParts(ctx, body, o.AtOnce); err != nil {
		return err
	}
	return u.finalize(ctx)
}

func (o copyOrder) open(ctx context.Context, client *http.Client) (io.ReadCloser, int64, error) {
	if o.Source == "" {
		content := mediatest.Video(mediatest.VideoOptions{Size: o.Size})
		return io.NopCloser(io.NewSectionReader(content, 0, o.Size)), o.Size, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.Source, nil)
	if err != nil {
		return nil, 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	return res.Body, res.ContentLength, nil
}

// plainUpload speaks LinkedIn's video API with as little work as possible.
type plainUpload struct {
	client *http.Client
	api    string

	video, token string
	parts        []plainPart
	etags        []string
}

type plainPart struct {
	FirstByte, LastByte int64
	UploadURL           string
}

func (u *plainUpload) initialize(ctx context.Context, size int64) error {
	var answer struct {
		Value struct {
			Video, UploadToken string
			UploadInstructions []plainPart
		}
	}
	err := u.act(ctx, "initializeUpload", map[string]any{"initializeUploadRequest": map[string]any{
		"owner": sandbox.PageURN, "fileSizeBytes": size, "uploadCaptions": false, "uploadThumbnail": false,
	}}, &answer)
	v := answer.Value
	u.video, u.token, u.parts, u.etags = v.Video, v.UploadToken, v.UploadInstructions, make([]string, len(v.UploadInstructions))
	return err
}

func (u *plainUpload) finalize(ctx context.Context) error {
	return u.act(ctx, "finalizeUpload", map[string]any{"finalizeUploadRequest": map[string]any{
		"video": u.video, "uploadToken": u.token, "uploadedPartIds": u.etags,
	}}, nil)
}

// sendParts reads one part after the other, and sends so many at once.
func (u *plainUpload) sendParts(ctx context.Context, body io.Reader, atOnce int) error {
	buffers := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, part := range u.parts {
		buffer, _ := buffers.Get().(*bytes.Buffer)
		buffer.Reset()
		if _, err := io.CopyN(buffer, body, part.LastByte-part.FirstByte+1); err != nil {
			return errors.Join(err, group.Wait())
		}
		send := func() error {
			defer buffers.Put(buffer)
			return u.sendPart(ctx, i, buffer.Bytes())
		}
		if atOnce > 1 {
			group.Go(send)
		} else if err := send(); err != nil {
			return err
		}
	}
	return group.Wait()
}

func (u *plainUpload) sendPart(ctx context.Context, i int, content []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, u.parts[i].UploadURL, bytes.NewReader(content))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	res, err := u.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	u.etags[i] = strings.Trim(res.Header.Get("ETag"), `"`)
	_, err = io.Copy(io.Discard, res.Body)
	if u.etags[i] == "" {
		err = errors.Join(err, fmt.Errorf("part %d: %s", i, res.Status))
	}
	return err
}

// act calls an action of the video API.
func (u *plainUpload) act(ctx context.Context, action string, body, answer any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.api+action, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + sandbox.PageToken, "LinkedIn-Version": "202607",
		"X-Restli-Protocol-Version": "2.0.0", "Content-Type": "application/json",
	} {
		req.Header.Set(name, value)
	}
	res, err := u.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err = io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s %s", action, res.Status, raw)
	}
	if err == nil && answer != nil {
		err = json.Unmarshal(raw, answer)
	}
	return err
}
