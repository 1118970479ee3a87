package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/time/rate"

	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// The parts of a benchmark that are processes of their own, so that what they cost is
// not the server's.
const (
	sourceHelper = "source"  // serves a video
	sinkHelper   = "sandbox" // takes it
	copyHelper   = "copy"    // does in a plain way what Crier does
)

// helperOptions come as one line on standard input.
type helperOptions struct {
	Dir  string // an empty folder to work in
	Size int64  // of the video, in bytes
	Keep int64  // videos that the sandbox keeps; what it drops early is never written to the disk
	Rate int    // bytes per second at most, over all connections; 0 is no limit
}

// videoName is the path of the video at its source.
const videoName = "/media/video.mp4"

// runHelper plays a part until the input ends. The first line that it prints is its
// address; the copier prints one answer for each line that it reads besides.
func runHelper(part string, stdin io.Reader, stdout io.Writer) error {
	in := json.NewDecoder(stdin)
	var o helperOptions
	if err := in.Decode(&o); err != nil {
		return err
	}
	switch part {
	case sourceHelper:
		return serveSource(o, stdin, stdout)
	case sinkHelper:
		box := sandbox.New(sandbox.Options{EveryVersion: true, Dir: o.Dir, MaxUploadBytes: o.Keep * o.Size})
		defer func() { _ = box.Close() }()
		return serveUntilEnd(throttled(box, o.Rate), stdin, stdout)
	case copyHelper:
		fmt.Fprintln(stdout, "ready")
		return answerCopies(in, json.NewEncoder(stdout))
	}
	return errors.New("there is no helper " + part)
}

// serveSource serves the video: from a file, so that the source costs as little as it
// can, or at a rate.
func serveSource(o helperOptions, stdin io.Reader, stdout io.Writer) error {
	content := mediatest.Video(mediatest.VideoOptions{Size: o.Size, MoovAtEnd: true})
	if o.Rate > 0 {
		files := mediatest.NewFiles()
		files.Serve(filepath.Base(videoName), content, mediatest.Behaviour{Rate: o.Rate})
		return serveUntilEnd(files, stdin, stdout)
	}
	path := filepath.Join(o.Dir, filepath.FromSlash(videoName))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, io.NewSectionReader(content, 0, o.Size))
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return serveUntilEnd(http.FileServer(http.Dir(o.Dir)), stdin, stdout)
}

// serveUntilEnd serves on an address of its own, which it prints.
func serveUntilEnd(h http.Handler, stdin io.Reader, stdout io.Writer) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintln(stdout, "http://"+listener.Addr().String())
	_, err = io.Copy(io.Discard, stdin)
	err = errors.Join(err, server.Close())
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// throttled reads the bodies of requests at a rate, over all of them together.
func throttled(h http.Handler, perSecond int) http.Handler {
	if perSecond == 0 {
		return h
	}
	limiter := rate.NewLimiter(rate.Limit(perSecond), throttleBurst)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = &slowBody{ReadCloser: r.Body, request: r, limiter: limiter}
		h.ServeHTTP(w, r)
	})
}

const throttleBurst = 64 << 10 // bytes

type slowBody struct {
	io.ReadCloser
	request *http.Request
	limiter *rate.Limiter
}

func (b *slowBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), throttleBurst)])
	if n > 0 {
		if waited := b.limiter.WaitN(b.request.Context(), n); waited != nil {
			return n, waited
		}
	}
	return n, err
}
