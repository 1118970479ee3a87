package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// BenchmarkVideo uploads videos of 500 MB (20 MB with -short) in their parts, some at the same time.
// Its baseline is a server that writes the same requests to a file.
func BenchmarkVideo(b *testing.B) {
	const parallel = 4
	size := 500_000_000
	if testing.Short() {
		size = 20_000_000
	}
	part := bytes.Repeat([]byte("0123456789abcdef"), 4*mib/16)
	upload := func(b *testing.B, addresses []instruction) {
		b.Helper()
		var group errgroup.Group
		group.SetLimit(parallel)
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: parallel}}
		defer client.CloseIdleConnections()
		for _, one := range addresses {
			group.Go(func() error { return send(b, client, one, part[:one.Last-one.First+1]) })
		}
		if err := group.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("sandbox", func(b *testing.B) {
		s := sandbox.New(sandbox.Options{EveryVersion: true, Dir: b.TempDir(), MaxUploadBytes: int64(size)})
		server := httptest.NewServer(s)
		defer server.Close()
		b.SetBytes(int64(size))
		for b.Loop() {
			upload(b, initializeAt(b, server.URL, size))
		}
	})
	b.Run("file", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "video"))
		if err != nil {
			b.Fatal(err)
		}
		var at atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			w := io.NewOffsetWriter(f, at.Add(r.ContentLength)-r.ContentLength)
			if _, err := io.CopyBuffer(struct{ io.Writer }{w}, r.Body, make([]byte, 256<<10)); err != nil {
				b.Error(err)
			}
		}))
		defer server.Close()
		var list []instruction
		for first := int64(0); first < int64(size); first += 4 * mib {
			list = append(list, instruction{First: first, Last: min(first+4*mib, int64(size)) - 1, URL: server.URL})
		}
		b.SetBytes(int64(size))
		for b.Loop() {
			at.Store(0)
			if err := f.Truncate(0); err != nil { // a sandbox's file is new, too
				b.Fatal(err)
			}
			upload(b, list)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	})
}

func send(b *testing.B, client *http.Client, one instruction, content []byte) error {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPut, one.URL, bytes.NewReader(content))
	if err != nil {
		return err
	}
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		err = errors.New(res.Status)
	}
	return errors.Join(err, res.Body.Close())
}

func initializeAt(b *testing.B, base string, size int) []instruction {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, base+"/rest/videos?action=initializeUpload", strings.NewReader(videoRequest(sandbox.PageURN, size, "")))
	if err != nil {
		b.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + sandbox.PageToken}, "Linkedin-Version": {"202606"}, "Content-Type": {"application/json"}}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		b.Fatal(err)
	}
	var v struct{ Value videoPlace }
	if err := errors.Join(json.NewDecoder(res.Body).Decode(&v), res.Body.Close()); err != nil {
		b.Fatal(err)
	}
	return v.Value.Instructions
}
