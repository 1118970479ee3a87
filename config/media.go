package config

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core/setting"
)

// MediaStore names the place of uploaded files: a folder or a bucket.
type MediaStore struct {
	raw    string
	folder string // of a folder that is named; empty: the one in the data folder
	s3     *S3
}

// S3 is a place in a bucket of an S3-compatible service.
type S3 struct {
	Bucket    string
	Prefix    string // without slashes at its ends; may be empty
	Endpoint  setting.BaseURL
	Region    string
	PathStyle bool // the bucket stands in the path of addresses, not in the host name
}

// The parameters of an s3:// address.
const (
	paramEndpoint  = "endpoint"
	paramRegion    = "region"
	paramPathStyle = "path-style"
)

// bucketName is what AWS takes for a name, less the rarer rules.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// UnmarshalText takes disk, disk:<folder> or an s3:// address.
func (m *MediaStore) UnmarshalText(text []byte) error {
	value := string(text)
	parsed := MediaStore{raw: value}
	var err error
	switch folder, named := strings.CutPrefix(value, "disk:"); {
	case value == "disk":
	case named && folder != "":
		parsed.folder = folder
	case named:
		err = errors.New("disk: is to be followed by a folder, such as disk:/var/lib/crier/uploads")
	case strings.HasPrefix(value, "s3://"):
		parsed.s3, err = parseS3(value)
	default:
		err = errors.New("disk, disk:/path or s3://bucket/prefix is needed")
	}
	if err == nil {
		*m = parsed
	}
	return err
}

// parseS3 never repeats the value: somebody may have put a secret into it.
func parseS3(value string) (*S3, error) {
	u, err := url.Parse(value)
	if err != nil {
		return nil, errors.New("not an address as s3://bucket/prefix")
	}
	if u.User != nil {
		return nil, errors.New("no login belongs into the address; set CRIER_S3_ACCESS_KEY and CRIER_S3_SECRET_KEY")
	}
	if u.Fragment != "" {
		return nil, errors.New("no # belongs into the address")
	}
	if !bucketName.MatchString(u.Host) {
		return nil, errors.New("s3:// is to be followed by the name of a bucket: 3 to 63 small letters, digits, hyphens and dots")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("what follows the ? is not name=value, joined by &")
	}
	s := &S3{Bucket: u.Host, Prefix: strings.Trim(u.Path, "/")}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if err := s.set(name, query[name]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// set applies one parameter of the address.
func (s *S3) set(name string, values []string) error {
	if len(values) > 1 {
		return fmt.Errorf("%s is given %d times", name, len(values))
	}
	value, err := values[0], error(nil)
	switch name {
	case paramEndpoint:
		if err = s.Endpoint.UnmarshalText([]byte(value)); err == nil {
			if u, _ := url.Parse(string(s.Endpoint)); u.Path != "" {
				err = errors.New("the URL must have no path; the bucket stands behind s3://")
			}
		}
	case paramRegion:
		s.Region = value
	case paramPathStyle:
		if s.PathStyle, err = strconv.ParseBool(value); err != nil {
			err = errors.New("true or false is needed")
		}
	default:
		return errors.New("of parameters there are endpoint, region and path-style only; " + strconv.Quote(name) + " is none of them")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// S3 returns the place in a bucket; false when it is a folder.
func (m MediaStore) S3() (S3, bool) {
	if m.s3 == nil {
		return S3{}, false
	}
	return *m.s3, true
}

// Folder returns the folder of uploaded files; false when they are in a bucket.
func (m MediaStore) Folder(dataDir string) (string, bool) {
	switch {
	case m.s3 != nil:
		return "", false
	case m.folder != "":
		return m.folder, true
	}
	return filepath.Join(dataDir, "uploads"), true
}

// InDataDir tells that the files lie in the data folder, without a folder or bucket of their
// own being named.
func (m MediaStore) InDataDir() bool { return m.s3 == nil && m.folder == "" }

// Below returns a place of its own within this one; that in the data folder, which
// is another one already, stays.
func (m MediaStore) Below(name string) MediaStore {
	switch {
	case m.s3 != nil:
		s := *m.s3
		s.Prefix = strings.TrimPrefix(s.Prefix+"/"+name, "/")
		m.s3 = &s
	case m.folder != "":
		m.folder = filepath.Join(m.folder, name)
	}
	return m
}

// String writes the place as it is read.
func (m MediaStore) String() string { return m.raw }

// Quota is a size, or 0 for no limit.
type Quota int64

// UnmarshalText takes a size, or "off".
func (q *Quota) UnmarshalText(text []byte) error {
	if string(text) == off {
		*q = 0
		return nil
	}
	return (*setting.Bytes)(q).UnmarshalText(text)
}

// String writes the quota as it is read.
func (q Quota) String() string {
	if q == 0 {
		return off
	}
	return setting.Bytes(q).String()
}
