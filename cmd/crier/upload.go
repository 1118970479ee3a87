package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
)

// multipartPayload is a request with files: the keys of the JSON request as
// fields, arrays and objects as JSON, and each file as `media`. It is the same
// byte for byte each time it is opened, so that a repeated request is recognised
// as such. sent is told how many bytes have been read.
func multipartPayload(fields map[string]any, files []string, sent func(done, total int64)) (*payload, error) {
	var heads [][]byte // what stands before each file, then the end
	var buffer bytes.Buffer
	w := multipart.NewWriter(&buffer)
	if err := writeFields(w, fields); err != nil {
		return nil, err
	}
	var total int64
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return nil, err
		}
		total += info.Size()
		if err := writeFileHead(w, file); err != nil {
			return nil, err
		}
		heads = append(heads, slices.Clone(buffer.Bytes()))
		buffer.Reset()
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	heads = append(heads, buffer.Bytes())
	for _, head := range heads {
		total += int64(len(head))
	}
	return &payload{contentType: w.FormDataContentType(), size: total, open: func() (io.ReadCloser, error) {
		return openParts(heads, files, func(done int64) { sent(done, total) })
	}}, nil
}

func writeFields(w *multipart.Writer, fields map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value, ok := fields[name].(string)
		if !ok {
			raw, err := json.Marshal(fields[name])
			if err != nil {
				return err
			}
			value = string(raw)
		}
		if err := w.WriteField(name, value); err != nil {
			return err
		}
	}
	return nil
}

func writeFileHead(w *multipart.Writer, file string) error {
	kind := mime.TypeByExtension(filepath.Ext(file))
	if kind == "" {
		kind = "application/octet-stream"
	}
	_, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {mime.FormatMediaType("form-data", map[string]string{"name": "media", "filename": filepath.Base(file)})},
		"Content-Type":        {kind},
	})
	return err
}

// parts reads heads and files in turn.
type parts struct {
	io.Reader
	files []*os.File
	read  func(done int64)
	done  int64
}

func openParts(heads [][]byte, files []string, read func(done int64)) (io.ReadCloser, error) {
	p := &parts{read: read}
	var readers []io.Reader
	for i, file := range files {
		opened, err := os.Open(file) //nolint:gosec // the user names the file
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		p.files = append(p.files, opened)
		readers = append(readers, bytes.NewReader(heads[i]), opened)
	}
	readers = append(readers, bytes.NewReader(heads[len(files)]))
	p.Reader = io.MultiReader(readers...)
	return p, nil
}

// Read implements io.Reader.
func (p *parts) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, fmt.Errorf("reading a file to send: %w", err)
	}
	p.done += int64(n)
	p.read(p.done)
	return n, err
}

// Close closes the files.
func (p *parts) Close() error {
	var all error
	for _, file := range p.files {
		all = errors.Join(all, file.Close())
	}
	return all
}
