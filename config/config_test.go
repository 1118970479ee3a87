package config_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := config.Load(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if file, ok := c.Store.SQLiteFile(c.DataDir); !ok || file != filepath.Join("data", "crier.db") {
		t.Errorf("store file %q, %v", file, ok)
	}
	got := []any{
		c.Addr, c.OpsAddr, c.PublicURL, c.APIKey, c.MasterKey,
		len(c.MediaAllow), c.PublishWait, c.LogLevel, c.LogFormat, c.Workers, c.Lease, c.CommitTimeout,
		c.ReconcileAfter, c.ShutdownGrace, c.SandboxAddr, len(c.Warnings()),
		c.MaxUpload, c.UploadQuota, c.UploadRetention, c.NoticeDays, c.RelinkGrace,
	}
	want := []any{
		config.Endpoint("127.0.0.1:8080"), config.Endpoint("127.0.0.1:8081"), setting.BaseURL("http://127.0.0.1:8080"),
		core.Secret(""), core.Secret(""),
		0, 30 * time.Second, config.LogLevel(slog.LevelInfo), config.LogFormat(""), 16, 45 * time.Second, 30 * time.Second,
		config.Durations{30 * time.Second, 5 * time.Minute},
		25 * time.Second, config.Endpoint("127.0.0.1:8082"), 0,
		setting.Bytes(5e9), config.Quota(20e9), setting.Duration(90 * 24 * time.Hour),
		config.Days{10, 3, 1},
		setting.Duration(24 * time.Hour),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func TestLoadValues(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{
		"CRIER_ADDR=:9000",
		"CRIER_OPS_ADDR=",
		"CRIER_PUBLIC_URL=https://crier.example/base/",
		"CRIER_STORE=sqlite:/var/lib/crier.db",
		"CRIER_MEDIA_ALLOW=10.0.0.0/8, 192.0.2.7,fd00::/8",
		"CRIER_RECONCILE_AFTER=1s,2m",
		"CRIER_LOG_LEVEL=debug",
		"CRIER_LOG_FORMAT=json",
		"CRIER_WORKERS=3",
		"CRIER_MEDIA_DISK=3 GiB",
		"HOME=/root",
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	file, _ := c.Store.SQLiteFile("unused")
	got := []any{
		c.Addr, c.Addr.URL(), c.OpsAddr, c.PublicURL, file, c.MediaAllow, c.ReconcileAfter, c.LogLevel, c.LogFormat, c.Workers,
		c.MediaDisk, c.MediaDisk.String(),
	}
	want := []any{
		config.Endpoint(":9000"), "http://127.0.0.1:9000", config.Endpoint(""), setting.BaseURL("https://crier.example/base"), "/var/lib/crier.db",
		config.Prefixes{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("fd00::/8")},
		config.Durations{time.Second, 2 * time.Minute},
		config.LogLevel(slog.LevelDebug), config.LogJSON, 3,
		setting.Bytes(3 << 30), "3GiB",
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestEveryMistakeIsReportedByName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, value, message string }{
		{"CRIER_ADDR", "8080", "host:port"},
		{"CRIER_ADDR", "off", "needs an address"},
		{"CRIER_OPS_ADDR", "127.0.0.1:99999", "not a port"},
		{"CRIER_PUBLIC_URL", "crier.example", "absolute URL"},
		{"CRIER_PUBLIC_URL", "127.0.0.1:8080", "beginning with https:// or http://"},
		{"CRIER_PUBLIC_URL", "https://u:p@crier.example", "login"},
		{"CRIER_PUBLIC_URL", "https://crier.example/?a=b", "no ?"},
		{"CRIER_STORE", "postgres://db", "sqlite"},
		{"CRIER_STORE", "sqlite:", "followed by a file"},
		{"CRIER_STORE", "mongodb://", "MongoDB"},
		{"CRIER_API_KEY", "short", "at least 16"},
		{"CRIER_API_KEY", "sixteen characters", "without spaces"},
		{"CRIER_MEDIA_ALLOW", "10.0.0.0/99", "not a network"},
		{"CRIER_MEDIA_ALLOW", "10.1.0.0/8", "write 10.0.0.0/8"},
		{"CRIER_PUBLISH_WAIT", "30", "not a duration"},
		{"CRIER_PUBLISH_WAIT", "-1s", "outside the range"},
		{"CRIER_SMTP_URL", "http://mail", "mail server"},
		{"CRIER_MAIL_FROM", "nobody", "not a mail address"},
		{"CRIER_LOG_LEVEL", "loud", "none of debug, info, warn and error"},
		{"CRIER_LOG_FORMAT", "xml", "neither text nor json"},
		{"CRIER_MEDIA_DISK", "10 gigabytes", "not a size"},
		{"CRIER_MEDIA_DISK", "0", "larger than zero"},
		{"CRIER_MEDIA_DISK", "9000000000000000000kB", "too large"},
		{"CRIER_MEDIA_STORE", "ftp://x", "disk"},
		{"CRIER_MEDIA_STORE", "disk:", "followed by a folder"},
		{"CRIER_MEDIA_STORE", "s3://", "name of a bucket"},
		{"CRIER_MEDIA_STORE", "s3://Big_Bucket", "small letters"},
		{"CRIER_MEDIA_STORE", "s3://key:secret@bucket", "CRIER_S3_ACCESS_KEY"},
		{"CRIER_MEDIA_STORE", "s3://bucket?endpoint=host:9000", "endpoint: an absolute URL"},
		{"CRIER_MEDIA_STORE", "s3://bucket?endpoint=https://host/bucket", "no path"},
		{"CRIER_MEDIA_STORE", "s3://bucket?path-style=maybe", "true or false"},
		{"CRIER_MEDIA_STORE", "s3://bucket?pathstyle=true", "path-style only"},
		{"CRIER_MEDIA_STORE", "s3://bucket?region=a&region=b", "2 times"},
		{"CRIER_MEDIA_STORE", "s3://bucket?region=%zz", "name=value"},
		{"CRIER_MEDIA_STORE", "s3://bucket#x", "no #"},
		{"CRIER_S3_ACCESS_KEY", "x", "CRIER_S3_SECRET_KEY"},
		{"CRIER_S3_SECRET_KEY", "x", "CRIER_S3_ACCESS_KEY"},
		{"CRIER_MAX_UPLOAD", "off", "not a size"},
		{"CRIER_UPLOAD_QUOTA", "0", "larger than zero"},
		{"CRIER_UPLOAD_QUOTA", "none", "not a size"},
		{"CRIER_UPLOAD_RETENTION", "90", "not a duration"},
		{"CRIER_UPLOAD_RETENTION", "1d-1h", "not a duration"},
		{"CRIER_UPLOAD_RETENTION", "99999d", "outside the range from 1h0m0s to 3660d"},
		{"CRIER_UPLOAD_RETENTION", "59m", "outside the range"},
		{"CRIER_UPLOAD_RETENTION", "999999d", "not a duration"},
		{"CRIER_UPLOAD_RETENTION", "99999d2000000h", "not a duration"},
		{"CRIER_WORKERS", "many", "whole number"},
		{"CRIER_WORKERS", "0", "outside the range"},
		{"CRIER_LEASE", "10ms", "outside the range"},
		{"CRIER_LEASE", "20s", "longer than CRIER_COMMIT_TIMEOUT"},
		{"CRIER_COMMIT_TIMEOUT", "1h", "outside the range"},
		{"CRIER_RECONCILE_AFTER", "5m,30s", "grow"},
		{"CRIER_RECONCILE_AFTER", "soon", "not a duration"},
		{"CRIER_SHUTDOWN_GRACE", "-1s", "outside the range"},
		{"CRIER_NOTICE_DAYS", "1,3,10", "must become fewer"},
		{"CRIER_NOTICE_DAYS", "3,3", "must become fewer"},
		{"CRIER_NOTICE_DAYS", "91", "outside the range from 1 to 90"},
		{"CRIER_NOTICE_DAYS", "3,0", "outside the range from 1 to 90"},
		{"CRIER_NOTICE_DAYS", "3d", "whole number"},
		{"CRIER_RELINK_GRACE", "31d", "outside the range from 0s to 30d"},
		{"CRIER_RELINK_GRACE", "-1s", "outside the range"},
		{"CRIER_RELINK_GRACE", "tomorrow", "not a duration"},
		{"CRIER_SANDBOX_ADDR", "off", "address is needed"},
		{"CRIER_API_KEY_FILE", "/nonexistent/key", "no such file"},
		{"CRIER_MASTER_KEY_FILE", os.DevNull, "is empty"},
	}
	for _, test := range tests {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load([]string{test.name + "=" + test.value}, "")
			problems, ok := errors.AsType[core.Errors](err)
			if !ok || len(problems) == 0 {
				t.Fatalf("error %v is not core.Errors", err)
			}
			var fields []string
			for _, p := range problems {
				fields = append(fields, p.Field)
			}
			if !strings.Contains(strings.Join(fields, " ")+" "+err.Error(), test.name) || !strings.Contains(err.Error(), test.message) {
				t.Errorf("error %q (fields %q) lacks %q or %q", err, fields, test.name, test.message)
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.Load([]string{"CRIER_ADDR=x", "CRIER_WORKERS=-1", "CRIER_LEASE=forever", "CRIER_LOG_FORMAT=xml"}, "")
	problems, _ := errors.AsType[core.Errors](err)
	var got []string
	for _, p := range problems {
		got = append(got, p.Field)
		if p.Kind != core.KindInvalid {
			t.Errorf("%s has kind %s", p.Field, p.Kind)
		}
	}
	want := []string{"CRIER_ADDR", "CRIER_LOG_FORMAT", "CRIER_LEASE", "CRIER_WORKERS"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestSourcesAndTheirOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dotenv, key := filepath.Join(dir, ".env"), filepath.Join(dir, "key")
	write(t, dotenv, "# settings\nCRIER_WORKERS=5\nCRIER_ADDR=\"127.0.0.1:1\"\nexport CRIER_LEASE=50s\nOTHER=x\n")
	write(t, key, "a-key-from-a-file-0123\n")
	c, err := config.Load([]string{"CRIER_ADDR=127.0.0.1:2", "CRIER_API_KEY_FILE=" + key}, dotenv)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{c.Workers, c.Addr, c.Lease, c.APIKey.Reveal()}
	want := []any{5, config.Endpoint("127.0.0.1:2"), 50 * time.Second, "a-key-from-a-file-0123"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	for setting, source := range map[string]string{
		"CRIER_WORKERS=5": "# .env", "CRIER_ADDR=127.0.0.1:2": "# environment", "CRIER_API_KEY=[redacted]": "# file", "CRIER_STORE=sqlite": "# default",
	} {
		if line := lineWith(out.String(), setting+" "); !strings.HasSuffix(line, source) {
			t.Errorf("line %q lacks %q; printed:\n%s", line, source, &out)
		}
	}
}

// A mistake in the file is told by its line, without its content, and together with
// all others.
func TestDotenvThatIsNoDotenv(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, content, line string }{
		{"quotes without end", "CRIER_API_KEY='tell-nobody-about-this\n", "line 1 "},
		{"no assignment", "# settings\n\nCRIER_LEASE=soon\ntell-nobody\nCRIER_ADDR=:1\n", "line 4 "},
		{"after a value of several lines", "CRIER_LEASE=soon\nA=\"one\ntwo\"\ntell-nobody:\\x\n!\n", "line 4 "},
		{"last line", "CRIER_LEASE=soon\r\ntell-nobody", "line 2 "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dotenv := filepath.Join(t.TempDir(), ".env")
			write(t, dotenv, test.content)
			_, err := config.Load([]string{"CRIER_WORKERS=many"}, dotenv)
			problems, _ := errors.AsType[core.Errors](err)
			told := map[string]string{}
			for _, p := range problems {
				told[p.Field] = p.Message
			}
			if !strings.HasPrefix(told[dotenv], test.line) || told["CRIER_WORKERS"] == "" || strings.Contains(err.Error(), "tell-nobody") {
				t.Errorf("error %v must name %s of the file and CRIER_WORKERS, and hide the content", err, test.line)
			}
			if strings.Contains(test.content, "CRIER_LEASE") && told["CRIER_LEASE"] == "" {
				t.Errorf("error %v lacks CRIER_LEASE, which stands before the mistake", err)
			}
		})
	}
}

// A setting that is not set and has no fixed default says how it comes about.
func TestPrintTellsHowUnsetSettingsComeAbout(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{"CRIER_LOG_LEVEL=WARN"}, "")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	for setting, end := range map[string]string{
		"CRIER_API_KEY=":           "# default: generated, printed once at the first start",
		"CRIER_MASTER_KEY=":        "# default: generated into CRIER_DATA_DIR (mode 0600) at the first start",
		"CRIER_LOG_LEVEL=warn":     "# environment",
		"CRIER_MEDIA_ALLOW=":       "# default",
		"CRIER_PUBLIC_URL=http://": "# default",
	} {
		if line := lineWith(out.String(), setting); !strings.HasSuffix(line, end) {
			t.Errorf("line %q lacks %q; printed:\n%s", line, end, &out)
		}
	}
}

func TestSecretGivenTwice(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "key")
	write(t, key, "a-key-from-a-file-0123")
	_, err := config.Load([]string{"CRIER_API_KEY=another-key-0123456789", "CRIER_API_KEY_FILE=" + key}, "")
	if err == nil || !strings.Contains(err.Error(), "keep one of the two") {
		t.Errorf("error %v", err)
	}
}

func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	master := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	secrets := map[string]string{
		"CRIER_API_KEY":       "k-0123456789-abcdef",
		"CRIER_MASTER_KEY":    master + "," + master,
		"CRIER_CORNER_SECRET": "hush-hush",
		"CRIER_SMTP_URL":      "smtp://user:pa55word@mail.example:587",
		"CRIER_S3_SECRET_KEY": "s3-hush",
		"CRIER_STORE":         "mongodb://user:pa55word@db.example/crier",
	}
	environ := []string{
		"CRIER_S3_ACCESS_KEY=app", "CRIER_MAIL_FROM=Crier <crier@example.com>",
		"CRIER_PUBLIC_URL=https://crier.example", "CRIER_MEDIA_STORE=s3://bucket",
	}
	for name, value := range secrets {
		environ = append(environ, name+"="+value)
	}
	c, _, err := withCorner(environ, "")
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	if err := c.Print(&printed); err != nil {
		t.Fatal(err)
	}
	shown := printed.String() + fmt.Sprintf("%v %+v", c, c)
	for _, hidden := range []string{"k-0123", master, "hush", "pa55word"} {
		if strings.Contains(shown, hidden) {
			t.Errorf("%q is shown:\n%s", hidden, shown)
		}
	}
	if want := "CRIER_STORE=mongodb://user:xxxxx@db.example/crier"; !strings.Contains(shown, want) {
		t.Errorf("%q is not shown:\n%s", want, shown)
	}
	if _, isSQLite := c.Store.SQLiteFile("x"); isSQLite || c.Store.Reveal() != secrets["CRIER_STORE"] {
		t.Errorf("store %q", c.Store.Reveal())
	}
}

func TestMistakesDoNotRepeatSecrets(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"CRIER_API_KEY", "CRIER_SMTP_URL", "CRIER_STORE", "CRIER_CORNER_URL", "CRIER_PUBLIC_URL", "CRIER_MEDIA_STORE"} {
		_, _, err := withCorner([]string{name + "=qz://user:pa55 word\x7f@%zz"}, "")
		if err == nil || strings.Contains(err.Error(), "pa55") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	c, _, err := withCorner([]string{
		"CRIER_ADRR=x", "CRIER_CORNER_SECRT=x", "CRIER_SERVICE_HOST=10.0.0.1", "CRIER_PORT=tcp://10.0.0.1:80", "CRIER_PORT_80_TCP=x", "CRIER_URL=http://x",
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"CRIER_ADRR is not a setting; the nearest is CRIER_ADDR",
		"CRIER_CORNER_SECRT is not a setting; the nearest is CRIER_CORNER_SECRET",
	}
	if diff := cmp.Diff(want, c.Warnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	c, err := config.LoadClient([]string{"CRIER_URL=https://crier.example/", "CRIER_API_KEY=k", "CRIER_PROFILE_KEY=p", "CRIER_ADDR=nonsense", "CRIER_MASTER_KEY_FILE=/nonexistent/key"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if c.URL != "https://crier.example" || c.APIKey.Reveal() != "k" || c.ProfileKey.Reveal() != "p" {
		t.Errorf("client %+v", c)
	}
	if _, err := config.LoadClient([]string{"CRIER_URL=here"}, ""); err == nil || !strings.Contains(err.Error(), "CRIER_URL") {
		t.Errorf("error %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("CRIER_ADDR", "127.0.0.1:80")
	f.Add("CRIER_MEDIA_ALLOW", "10.0.0.0/8,::1")
	f.Add("CRIER_STORE", "mongodb://a:b@c/d")
	f.Add("CRIER_RECONCILE_AFTER", "1s,2s")
	f.Fuzz(func(t *testing.T, name, value string) {
		c, _, err := withCorner([]string{name + "=" + value}, "")
		if err != nil {
			if _, ok := errors.AsType[core.Errors](err); !ok {
				t.Fatalf("error of type %T", err)
			}
			return
		}
		if err := c.Print(&bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
	})
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func lineWith(text, prefix string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
