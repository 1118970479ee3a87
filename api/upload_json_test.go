package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// uploaded reads a whole body as the server does.
func uploaded(r io.Reader) (content []byte, found bool, b *uploadBody, err error) {
	b = newUploadBody(r)
	if found, err = b.begin(); err != nil || !found {
		return nil, found, b, err
	}
	content, err = io.ReadAll(b)
	return content, true, b, err
}

func TestUploadBody(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("0123456789abcdef\xff\xfe\x00"), 9000)
	tests := map[string]struct {
		body string
		want string
	}{
		"plain":                {`{"file":"aGVsbG8="}`, "hello"},
		"without padding":      {`{"file":"aGVsbG8"}`, "hello"},
		"two characters":       {`{"file":"aA"}`, "h"},
		"empty":                {`{"file":""}`, ""},
		"other keys around":    {`{"fileName":"a.png", "x":{"file":"no","y":["file"]}, "file" : "aGVsbG8=" , "description":"file"}`, "hello"},
		"data address":         {`{"file":"data:image/png;base64,aGVsbG8="}`, "hello"},
		"data with parameters": {`{"file":" DATA:Text/Plain;charset=utf-8;base64,aGVsbG8="}`, "hello"},
		"data without a type":  {`{"file":"data:;base64,aGVsbG8="}`, "hello"},
		"escapes":              {`{"fil\u0065":"data:image\/png;base64,\u0061GVs\nbG8\u003d"}`, "hello"},
		"slashes":              {`{"file":"\/\/\/\/"}`, "\xff\xff\xff"},
		"plus as an escape":    {`{"file":"\u002b\u002B++"}`, "\xfb\xef\xbe"},
		"both alphabets":       {`{"file":"-_+/"}`, "\xfb\xff\xbf"},
		"white space":          {`{"file":"aG Vs\r\nbG\t8 =\n"}`, "hello"},
		"byte order mark":      {"\ufeff{\"file\":\"aGVsbG8=\"}", "hello"},
		"long":                 {`{"file":"` + base64.StdEncoding.EncodeToString(long) + `"}`, string(long)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(tt.body), iotest.OneByteReader(strings.NewReader(tt.body)), iotest.DataErrReader(strings.NewReader(tt.body))} {
				got, found, _, err := uploaded(r)
				if err != nil || !found {
					t.Fatalf("found %v, %v", found, err)
				}
				if diff := cmp.Diff(tt.want, string(got)); diff != "" {
					t.Errorf("content (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestUploadBodyProblems(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, field, message string }{
		"foreign character":    {`{"file":"aGVs*bG8="}`, "file", `file is not base64: it has "*" at position 5`},
		"foreign letter":       {`{"file":"äGVsbG8="}`, "file", `file is not base64: it has "ä" at position 1`},
		"address":              {`{"file":"https://a.example/b.png"}`, "file", `file is not base64: it has ":" at position 6`},
		"cut group":            {`{"file":"aGVsb"}`, "file", "file is not base64: a character is missing at its end"},
		"half padded":          {`{"file":"aA="}`, "file", "file is not base64: its padding does not fit its length"},
		"padding alone":        {`{"file":"===="}`, "file", "file is not base64: its padding does not fit its length"},
		"after the padding":    {`{"file":"aA==aA=="}`, "file", "file is not base64: it goes on after its padding, at position 5"},
		"data without base64":  {`{"file":"data:text/plain,hello"}`, "file", "file begins with data: and is not base64; it must begin like data:image/png;base64,"},
		"data without a comma": {`{"file":"data:text/plain;base64"}`, "file", "file begins with data: and has no comma after the type"},
		"data without an end":  {`{"file":"data:` + strings.Repeat("a", 2000) + `"}`, "file", "file begins with data: and has no comma after the type"},
		"twice":                {`{"file":"aA==","x":1,"f\u0069le":"aA=="}`, "file", "the key file occurs twice"},
		"twice, first no text": {`{"file":1,"file":"aA=="}`, "file", "the key file occurs twice"},
		"other key twice":      {`{"a":1,"file":"aA==","a":2}`, "a", "the key a occurs twice"},
		"line break":           {"{\"file\":\"aA\n==\"}", "", `not valid JSON: file has the control character '\n' in it`},
		"bad escape":           {`{"file":"aA\x=="}`, "", `not valid JSON: file has the escape \x in it, which is none`},
		"bad unicode escape":   {`{"file":"\u12g4"}`, "", `not valid JSON: file has the escape \u12g4 in it, which is none`},
		"half a surrogate":     {`{"file":"\ud800"}`, "file", "file is not base64: it has \"\ufffd\" at position 1"},
		"cut in the file":      {`{"file":"aA=`, "", "the request body ended before it was complete"},
		"cut after the file":   {`{"file":"aA=="`, "", "not valid JSON: line 1, column 10: unexpected end of JSON input"},
		"cut in an escape":     {`{"file":"\u00`, "", "the request body ended before it was complete"},
		"array":                {`["file":"aA=="]`, "", "not valid JSON: line 1, column 8: invalid character ':' after array element"},
		"two objects":          {`{"file":"aA=="}{}`, "", "not valid JSON: line 1, column 12: invalid character '{' after top-level value"},
		"two strings":          {`{"file":"aA==" "aA=="}`, "", "not valid JSON: line 1, column 12: invalid character '\"' after object key:value pair"},
		"too much beside":      {`{"file":"aA==","x":"` + strings.Repeat("x", maxJSON) + `"}`, "", "the request body has more than 1048576 bytes besides the file"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, _, err := uploaded(strings.NewReader(tt.body))
			var e *core.Error
			if !errors.As(err, &e) {
				t.Fatalf("the error is %v", err)
			}
			if diff := cmp.Diff([]string{tt.field, tt.message}, []string{e.Field, e.Message}); diff != "" {
				t.Errorf("field and message (-want +got):\n%s", diff)
			}
		})
	}
}

// wholeUpload decodes a body with the standard library: the content of the file,
// whether there is one, and whether nothing is wrong.
func wholeUpload(body []byte) (content []byte, found, valid bool) {
	f, err := parseBody(body)
	if err != nil {
		return nil, false, false
	}
	raw, sent := f.values[fileField]
	if !sent || raw[0] != '"' {
		return nil, false, true
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil, true, false
	}
	text = strings.TrimLeft(text, " \t\r\n")
	if len(text) >= 5 && strings.EqualFold(text[:5], "data:") {
		head, rest, comma := strings.Cut(text[5:], ",")
		mark := strings.TrimSpace(head[strings.LastIndexByte(head, ';')+1:])
		if !comma || !strings.EqualFold(mark, "base64") || len(head) >= maxDataPrefix-5 {
			return nil, true, false
		}
		text = rest
	}
	text = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", "-", "+", "_", "/").Replace(text)
	encoding := base64.StdEncoding
	if !strings.HasSuffix(text, "=") {
		encoding = base64.RawStdEncoding
	}
	content, err = encoding.DecodeString(text)
	return content, true, err == nil
}

// FuzzUploadBody holds the decoder that reads as bytes arrive against one that has
// them all.
func FuzzUploadBody(f *testing.F) {
	for _, seed := range []string{
		`{"file":"aGVsbG8="}`, `{"fileName":"a","file":"data:image\/png;base64,aGVsb\u002b8=","description":"d"}`, `{"file":"-_ \n="}`,
		`{"file":"aA==","file":"aA=="}`, `{"x":{"file":"aA"},"file":["aA"],"y":"\ud83d\ude00"}`, `{"file":"data:;base64,"}`, "\ufeff{}", `{"fil\u0065":"aA`,
		`{"file":"aA==aA"}`, `["file"]`, `{"file":"a\u00e4"}`, `{"file":" data: ;BASE64 ,QUJD"}`, `{"a\"b":"c\\","file":"QUJD"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > maxJSON {
			return // more than the other decoder may keep
		}
		content, found, valid := wholeUpload(body)
		got, gotFound, b, err := uploaded(iotest.HalfReader(bytes.NewReader(body)))
		if valid != (err == nil) {
			t.Fatalf("%q: valid %v, but %v", body, valid, err)
		}
		if !valid {
			return
		}
		if found != gotFound || !bytes.Equal(content, got) {
			t.Errorf("%q: found %v with %q, want %v with %q", body, gotFound, got, found, content)
		}
		if want, _ := parseBody(body); len(want.keys) != len(b.fields.keys) {
			t.Errorf("%q: keys %q, want %q", body, b.fields.keys, want.keys)
		}
	})
}

// TestUploadBodyMemory reads a file that is much larger than what is kept of it at any
// time. It is not parallel, so that the memory is its own.
func TestUploadBodyMemory(t *testing.T) { //nolint:paralleltest // see above
	const size = 3 << 20
	content := io.LimitReader(repeated{}, size/3*4)
	body := io.MultiReader(strings.NewReader(`{"file":"`), content, strings.NewReader(`","fileName":"a"}`))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b := newUploadBody(body)
	if found, err := b.begin(); err != nil || !found {
		t.Fatalf("found %v, %v", found, err)
	}
	n, err := io.Copy(io.Discard, struct{ io.Reader }{b})
	runtime.ReadMemStats(&after)
	if n != size || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 512<<10 {
		t.Errorf("%d bytes were allocated", used)
	}
}

// repeated is an endless base64.
type repeated struct{}

func (repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}
