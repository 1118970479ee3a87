package config_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
)

func TestMediaStore(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		value  string
		folder string
		s3     config.S3
	}{
		{value: "disk", folder: filepath.Join("data", "uploads")},
		{value: "disk:/srv/up loads", folder: "/srv/up loads"},
		{value: "s3://my-bucket", s3: config.S3{Bucket: "my-bucket"}},
		{value: "s3://my.bucket/a/b/?region=eu-central-1", s3: config.S3{Bucket: "my.bucket", Prefix: "a/b", Region: "eu-central-1"}},
		{
			value: "s3://b01/x?endpoint=http://127.0.0.1:9000/&path-style=true&region=r",
			s3:    config.S3{Bucket: "b01", Prefix: "x", Endpoint: "http://127.0.0.1:9000", Region: "r", PathStyle: true},
		},
	} {
		t.Run(tc.value, func(t *testing.T) {
			t.Parallel()
			c, err := config.Load([]string{"CRIER_MEDIA_STORE=" + tc.value}, "")
			if err != nil {
				t.Fatal(err)
			}
			folder, isFolder := c.MediaStore.Folder("data")
			s3, isS3 := c.MediaStore.S3()
			if folder != tc.folder || isFolder == isS3 || isFolder != (tc.folder != "") || c.MediaStore.String() != tc.value {
				t.Errorf("folder %q, %v, bucket %v, %q", folder, isFolder, isS3, c.MediaStore)
			}
			if diff := cmp.Diff(tc.s3, s3); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMediaStoreBelow(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"disk": filepath.Join("data", "uploads"), "disk:/srv": filepath.Join("/srv", "own"), "s3://bucket": "own", "s3://bucket/a/b": "a/b/own",
	} {
		c, err := config.Load([]string{"CRIER_MEDIA_STORE=" + value}, "")
		if err != nil {
			t.Fatal(err)
		}
		below := c.MediaStore.Below("own")
		got, isFolder := below.Folder("data")
		if !isFolder {
			s3, _ := below.S3()
			got = s3.Prefix
		}
		if got != want {
			t.Errorf("below %s: %q, want %q", value, got, want)
		}
		if before, _ := c.MediaStore.S3(); strings.HasSuffix(before.Prefix, "own") {
			t.Errorf("%s was changed", value)
		}
	}
}

func TestUploadSettings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		entry, shown string
	}{
		{"CRIER_UPLOAD_QUOTA=", "CRIER_UPLOAD_QUOTA=off"},
		{"CRIER_UPLOAD_QUOTA=off", "CRIER_UPLOAD_QUOTA=off"},
		{"CRIER_UPLOAD_QUOTA=2048MiB", "CRIER_UPLOAD_QUOTA=2GiB"},
		{"CRIER_UPLOAD_RETENTION=7d", "CRIER_UPLOAD_RETENTION=7d"},
		{"CRIER_UPLOAD_RETENTION=1d12h", "CRIER_UPLOAD_RETENTION=36h0m0s"},
		{"CRIER_UPLOAD_RETENTION=48h", "CRIER_UPLOAD_RETENTION=2d"},
		{"CRIER_MAX_UPLOAD=100MB", "CRIER_MAX_UPLOAD=100MB"},
		{"OTHER=x", "CRIER_UPLOAD_RETENTION=90d"},
		{"OTHER=x", "CRIER_MEDIA_STORE=disk"},
	} {
		c, err := config.Load([]string{tc.entry}, "")
		if err != nil {
			t.Errorf("%s: %v", tc.entry, err)
			continue
		}
		var out bytes.Buffer
		if err := c.Print(&out); err != nil {
			t.Fatal(err)
		}
		if lineWith(out.String(), tc.shown+" ") == "" {
			t.Errorf("%s: %q is not shown:\n%s", tc.entry, tc.shown, &out)
		}
	}
	c, err := config.Load([]string{"CRIER_UPLOAD_RETENTION=1d12h", "CRIER_PUBLISH_WAIT=0d5s"}, "")
	if err != nil || time.Duration(c.UploadRetention) != 36*time.Hour || c.PublishWait != 5*time.Second {
		t.Errorf("retention %v, wait %v, %v", c.UploadRetention, c.PublishWait, err)
	}
}
