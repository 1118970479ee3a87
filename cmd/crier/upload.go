package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime"
	"mime/multipart"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
)

// attachment is a file of this machine, and the field of the form that it is sent in.
type attachment struct{ field, path string }

// part is an attachment with what stands before it in the form.
type part struct {
	attachment
	head []byte
	size int64 // of the file, in bytes
}

// multipartPayload is a request with files: the keys of the JSON request as
// fields, arrays and objects as JSON, and the files after them. It is the same
// byte for byte each time it is opened, so that a repeated request is recognised
// as such. sent is told how many bytes have been read.
func multipartPayload(fields map[string]any, files []attachment, sent func(done, total int64)) (*payload, error) {
	var buffer bytes.Buffer
	w := multipart.NewWriter(&buffer)
	if err := writeFields(w, fields); err != nil {
		return nil, err
	}
	var parts []part
	var total int64
	for _, file := range files {
		info, err := lookAt(file.path)
		if err != nil {
			return nil, err
		}
		if err := writeFileHead(w, file); err != nil {
			return nil, err
		}
		p := part{attachment: file, head: bytes.Clone(buffer.Bytes()), size: info.Size()}
		buffer.Reset()
		total += p.size + int64(len(p.head))
		parts = append(parts, p)
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	tail := buffer.Bytes()
	total += int64(len(tail))
	return &payload{contentType: w.FormDataContentType(), size: total, open: func() (io.ReadCloser, error) {
		return openParts(parts, tail, func(done int64) { sent(done, total) })
	}}, nil
}

// filePayload is a request whose body is one file.
func filePayload(path, contentType string, sent func(done, total int64)) (*payload, error) {
	info, err := lookAt(path)
	if err != nil {
		return nil, err
	}
	whole := []part{{attachment: attachment{path: path}, size: info.Size()}}
	return &payload{contentType: contentType, size: info.Size(), open: func() (io.ReadCloser, error) {
		return openParts(whole, nil, func(done int64) { sent(done, info.Size()) })
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

func writeFileHead(w *multipart.Writer, file attachment) error {
	_, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {mime.FormatMediaType("form-data", map[string]string{"name": file.field, "filename": filepath.Base(file.path)})},
		"Content-Type":        {contentTypeOf(file.path)},
	})
	return err
}

// contentTypeOf guesses what a file is from its name; the server looks at the bytes.
func contentTypeOf(path string) string {
	return cmp.Or(mime.TypeByExtension(filepath.Ext(path)), "application/octet-stream")
}

// lookAt describes a file that can be sent.
func lookAt(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path) //nolint:gosec // the user names the file
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", path)
	}
	return info, err
}

// fileError is trouble with a file that is being sent: the server has no part in it,
// and sending again does not end it.
type fileError struct{ err error }

func (e *fileError) Error() string { return e.err.Error() }

func (e *fileError) Unwrap() error { return e.err }

// body reads the parts of a request in turn.
type body struct {
	io.Reader
	files []*os.File
	read  func(done int64)
	done  int64
}

func openParts(parts []part, tail []byte, read func(done int64)) (io.ReadCloser, error) {
	b := &body{read: read}
	var readers []io.Reader
	for _, p := range parts {
		file, err := os.Open(p.path)
		if err != nil {
			return nil, &fileError{errors.Join(err, b.Close())}
		}
		b.files = append(b.files, file)
		readers = append(readers, bytes.NewReader(p.head), &wholeFile{file: file, left: p.size})
	}
	b.Reader = io.MultiReader(append(readers, bytes.NewReader(tail))...)
	return b, nil
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, &fileError{err}
	}
	b.done += int64(n)
	b.read(b.done)
	return n, err
}

// Close closes the files.
func (b *body) Close() error {
	var all error
	for _, file := range b.files {
		all = errors.Join(all, file.Close())
	}
	return all
}

// wholeFile reads as many bytes of a file as were announced: what is appended
// meanwhile is left out, and what is missing is an error.
type wholeFile struct {
	file *os.File
	left int64
}

// Read implements io.Reader.
func (w *wholeFile) Read(p []byte) (int, error) {
	if w.left == 0 {
		return 0, io.EOF
	}
	n, err := w.file.Read(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s has become shorter while it was sent", w.file.Name())
	}
	return n, err
}
