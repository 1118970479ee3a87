package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// curlCall is what a curl command line asks for.
type curlCall struct {
	method, url string
	header      http.Header
	data        []string // of -d, joined with & as curl does
	form        []string // of -F
}

// parseCurl reads the options of curl that the examples use.
func parseCurl(words []string) (*curlCall, error) {
	c := &curlCall{header: http.Header{}}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if !strings.HasPrefix(word, "-") {
			if c.url != "" {
				return nil, fmt.Errorf("two addresses, or a word too many: %q and %q", c.url, word)
			}
			c.url = word
			continue
		}
		name, value, attached := option(word)
		if strings.Trim(name, "sSf") == "" { // what curl prints is nobody's concern
			continue
		}
		if !attached {
			if len(words) == 0 {
				return nil, fmt.Errorf("the option %s has no value", word)
			}
			value, words = words[0], words[1:]
		}
		if err := c.set(name, value); err != nil {
			return nil, err
		}
	}
	return c.complete()
}

// option splits an option of one letter from flags before it and from its value behind.
func option(word string) (name, value string, attached bool) {
	flags := strings.TrimLeft(word[1:], "sSf")
	if flags == "" || word[1] == '-' {
		return word[1:], "", false
	}
	return flags[:1], flags[1:], len(flags) > 1
}

func (c *curlCall) set(name, value string) error {
	switch name {
	case "X":
		c.method = value
	case "H":
		key, content, ok := strings.Cut(value, ":")
		if !ok {
			return fmt.Errorf("%q is no header", value)
		}
		c.header.Add(key, strings.TrimSpace(content))
	case "d":
		if strings.HasPrefix(value, "@") {
			return errors.New("the data stand in a file: " + value)
		}
		c.data = append(c.data, value)
	case "F":
		c.form = append(c.form, value)
	default:
		return fmt.Errorf("the option -%s is not one that examples use", name)
	}
	return nil
}

// complete adds what curl takes for granted, and refuses what it would stumble over.
func (c *curlCall) complete() (*curlCall, error) {
	switch {
	case c.url == "":
		return nil, errors.New("there is no address")
	case strings.ContainsAny(c.url, "{}[] "):
		return nil, fmt.Errorf("curl does not take the address %q as it is", c.url)
	case c.data != nil && c.form != nil:
		return nil, errors.New("there are data and a form")
	}
	if c.method == "" {
		c.method = http.MethodGet
		if c.data != nil || c.form != nil {
			c.method = http.MethodPost
		}
	}
	if c.data != nil && c.header.Get("Content-Type") == "" {
		c.header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return c, nil
}

// request makes the request. Files of a form are found by name.
func (c *curlCall) request(ctx context.Context, files map[string][]byte) (*http.Request, error) {
	header := c.header.Clone()
	var body bytes.Buffer
	body.WriteString(strings.Join(c.data, "&"))
	if c.form != nil {
		form := multipart.NewWriter(&body)
		for _, field := range c.form {
			if err := writeField(form, field, files); err != nil {
				return nil, err
			}
		}
		if err := form.Close(); err != nil {
			return nil, err
		}
		header.Set("Content-Type", form.FormDataContentType())
	}
	req, err := http.NewRequestWithContext(ctx, c.method, c.url, &body)
	if err == nil {
		req.Header = header
	}
	return req, err
}

func writeField(form *multipart.Writer, field string, files map[string][]byte) error {
	name, value, ok := strings.Cut(field, "=")
	if !ok {
		return fmt.Errorf("%q is no field of a form", field)
	}
	file, isFile := strings.CutPrefix(value, "@")
	if !isFile {
		return form.WriteField(name, value)
	}
	content, known := files[path.Base(file)]
	if !known {
		return fmt.Errorf("there is no file %q", file)
	}
	part, err := form.CreateFormFile(name, path.Base(file))
	if err == nil {
		_, err = part.Write(content)
	}
	return err
}

func TestParseCurl(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		words   []string
		want    *curlCall
		refused string
	}{
		{name: "GET", words: []string{"-s", "http://host/"}, want: &curlCall{method: "GET", url: "http://host/", header: http.Header{}}},
		{
			name: "data", words: []string{"-sS", "http://host/", "-H", "A: b:c", "-H", "Content-Type: application/json", "-d", "{}"},
			want: &curlCall{method: "POST", url: "http://host/", header: http.Header{"A": {"b:c"}, "Content-Type": {"application/json"}}, data: []string{"{}"}},
		},
		{
			name: "data without a type", words: []string{"-XPUT", "http://host/", "-d", "{}"},
			want: &curlCall{method: "PUT", url: "http://host/", header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, data: []string{"{}"}},
		},
		{name: "flags before an option", words: []string{"-sX", "DELETE", "http://host/"}, want: &curlCall{method: "DELETE", url: "http://host/", header: http.Header{}}},
		{name: "form", words: []string{"-F", "a=b", "-F", "c=@d", "http://host/"}, want: &curlCall{method: "POST", url: "http://host/", header: http.Header{}, form: []string{"a=b", "c=@d"}}},
		{name: "no address", words: []string{"-s"}, refused: "no address"},
		{name: "two addresses", words: []string{"a", "b"}, refused: "two addresses"},
		{name: "braces in the address", words: []string{"http://host/{id}"}, refused: "as it is"},
		{name: "no value", words: []string{"http://host/", "-d"}, refused: "no value"},
		{name: "no header", words: []string{"http://host/", "-H", "none"}, refused: "no header"},
		{name: "data in a file", words: []string{"http://host/", "-d", "@file"}, refused: "in a file"},
		{name: "long option", words: []string{"--compressed", "http://host/"}, refused: "not one that examples use"},
		{name: "other option", words: []string{"-k", "x", "http://host/"}, refused: "not one that examples use"},
		{name: "data and form", words: []string{"-d", "x", "-F", "a=b", "http://host/"}, refused: "data and a form"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseCurl(tc.words)
			if refused := err != nil; refused != (tc.refused != "") || refused && !strings.Contains(err.Error(), tc.refused) {
				t.Fatalf("error %v, want one saying %q", err, tc.refused)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(curlCall{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCurlForm(t *testing.T) {
	t.Parallel()
	c := &curlCall{method: http.MethodPost, url: "http://host/", header: http.Header{}, form: []string{"post=Hi", "media=@/home/me/a.png"}}
	req, err := c.request(t.Context(), map[string][]byte{"a.png": []byte("pixels")})
	if err != nil {
		t.Fatal(err)
	}
	if err := req.ParseMultipartForm(1 << 20); err != nil {
		t.Fatal(err)
	}
	file, header, err := req.FormFile("media")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(file)
	if err != nil || string(content) != "pixels" || header.Filename != "a.png" || req.FormValue("post") != "Hi" {
		t.Errorf("got %q named %q and %q, %v", content, header.Filename, req.FormValue("post"), err)
	}
	if _, err := c.request(t.Context(), nil); err == nil {
		t.Error("a file that does not exist was sent")
	}
}
