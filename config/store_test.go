package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
)

func TestMongoStore(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		url   string
		shown string // empty: as it is
		byDNS bool
	}{
		"host":                     {url: "mongodb://db.example"},
		"port and database":        {url: "mongodb://db.example:27017/crier"},
		"several hosts":            {url: "mongodb://a,b:27018,c/db?replicaSet=rs0"},
		"IPv6":                     {url: "mongodb://[::1]:27017,[fd00::2]/db"},
		"no login, no database":    {url: "mongodb://a,b/?replicaSet=rs0&tls=true"},
		"user alone":               {url: "mongodb://user@a/db?authMechanism=MONGODB-X509"},
		"password, several hosts":  {url: "mongodb://user:pa55word@a,b:27018,c/db?replicaSet=rs0", shown: "mongodb://user:xxxxx@a,b:27018,c/db?replicaSet=rs0"},
		"escaped password":         {url: "mongodb://us%40er:pa55%40%2F%3A%25word@a,b/db", shown: "mongodb://us%40er:xxxxx@a,b/db"},
		"empty password":           {url: "mongodb://user:@a/db", shown: "mongodb://user:xxxxx@a/db"},
		"secret options":           {url: "mongodb://a/?tlsCertificateKeyFilePassword=pa55word&authMechanismProperties=AWS_SESSION_TOKEN:pa55word;w=1", shown: "mongodb://a/?tlsCertificateKeyFilePassword=xxxxx&authMechanismProperties=xxxxx&w=1"},
		"found by DNS":             {url: "mongodb+srv://user:pa55word@cluster.example/db", shown: "mongodb+srv://user:xxxxx@cluster.example/db", byDNS: true},
		"option without its value": {url: "mongodb://a/?tls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s config.Store
			if err := s.UnmarshalText([]byte(tc.url)); err != nil {
				t.Fatal(err)
			}
			if tc.shown == "" {
				tc.shown = tc.url
			}
			got := []any{s.String(), s.Reveal(), s.Shared(), s.ByDNS(), s.InDataDir()}
			if diff := cmp.Diff([]any{tc.shown, tc.url, true, tc.byDNS, false}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMongoStoreThatIsNone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ url, want string }{
		"no host":                      {"mongodb://", "name of a host is missing"},
		"no slashes":                   {"mongodb:host", "mongodb:// or mongodb+srv:// is needed"},
		"login without host":           {"mongodb://user:pa55word@/db", "name of a host is missing"},
		"a host is empty":              {"mongodb://a,,b/db", "name of a host is missing"},
		"port is no number":            {"mongodb://a:pa55word/db", "number from 1 to 65535"},
		"port is none":                 {"mongodb://a:0/db", "number from 1 to 65535"},
		"IPv6 without brackets":        {"mongodb://fd00::2:27017/db", "brackets"},
		"@ in the password":            {"mongodb://user:pa55@word@a/db", "percent-encoded"},
		": in the password":            {"mongodb://user:pa55:word@a/db", "percent-encoded"},
		"/ in the password":            {"mongodb://user:pa55/word@a/db", "percent-encoded"},
		"? in the password":            {"mongodb://user:pa55?word@a/db", "percent-encoded"},
		"# in the password":            {"mongodb://user:pa55#word@a/db", "percent-encoded"},
		"% in the password":            {"mongodb://user:pa55%word@a/db", "percent-encoded"},
		"no user":                      {"mongodb://:pa55word@a/db", "percent-encoded"},
		"options without a slash":      {"mongodb://a?replicaSet=rs0", "a / is needed before the ?"},
		"two names of a database":      {"mongodb://a/db/other", "cannot hold a /"},
		"several names for DNS":        {"mongodb+srv://a.example,b.example/db", "one name without a port"},
		"a port for what DNS tells of": {"mongodb+srv://a.example:27017/db", "one name without a port"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s config.Store
			err := s.UnmarshalText([]byte(tc.url))
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "mongodb://user:password@host") {
				t.Errorf("error %v lacks %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "pa55") {
				t.Errorf("the password is told: %v", err)
			}
			if diff := cmp.Diff("", s.String()); diff != "" {
				t.Errorf("what is wrong was kept (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRedactedText: errors of a driver may hold parts of what it was given.
func TestRedactedText(t *testing.T) {
	t.Parallel()
	var s config.Store
	if err := s.UnmarshalText([]byte("mongodb://user:pa55%2Fword@a,b/db?tlsCertificateKeyFilePassword=hush")); err != nil {
		t.Fatal(err)
	}
	got := s.Redact("cannot use pa55%2Fword, pa55/word or hush with a")
	if diff := cmp.Diff("cannot use xxxxx, xxxxx or xxxxx with a", got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSharedStoreNeedsWhatIsShared: what each of several servers would make for itself has to
// be named.
func TestSharedStoreNeedsWhatIsShared(t *testing.T) {
	t.Parallel()
	const (
		store, key, address = "CRIER_STORE=mongodb://a,b/db", "CRIER_MASTER_KEY=k", "CRIER_PUBLIC_URL=https://crier.example"
		bucket, folder      = "CRIER_MEDIA_STORE=s3://bucket", "CRIER_MEDIA_STORE=disk:/shared"
	)
	for name, tc := range map[string]struct {
		environ []string
		want    []string // settings that are missing
	}{
		"nothing":            {[]string{store}, []string{"CRIER_MASTER_KEY", "CRIER_PUBLIC_URL", "CRIER_MEDIA_STORE"}},
		"set to nothing":     {[]string{store, "CRIER_MASTER_KEY=", "CRIER_PUBLIC_URL=", "CRIER_MEDIA_STORE="}, []string{"CRIER_MASTER_KEY", "CRIER_PUBLIC_URL", "CRIER_MEDIA_STORE"}},
		"all, a bucket":      {environ: []string{store, key, address, bucket}},
		"all, a folder":      {environ: []string{store, key, address, folder}},
		"in the data folder": {[]string{store, key, address, "CRIER_MEDIA_STORE=disk"}, []string{"CRIER_MEDIA_STORE"}},
		"wrong already":      {[]string{store, key, address, "CRIER_MEDIA_STORE=tape"}, []string{"CRIER_MEDIA_STORE"}},
		"SQLite":             {environ: []string{"CRIER_STORE=sqlite"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(tc.environ, "")
			problems, _ := errors.AsType[core.Errors](err)
			var got []string
			for _, p := range problems {
				got = append(got, p.Field)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\n%v", diff, err)
			}
		})
	}
}

// TestSchemeInCapitals: MongoDB's driver takes its schemes in small letters alone.
func TestSchemeInCapitals(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"MongoDB://a/db", "MONGODB+SRV://a.example/db"} {
		if err := new(config.Store).UnmarshalText([]byte(url)); err == nil || !strings.Contains(err.Error(), "small letters") {
			t.Errorf("%s: error %v", url, err)
		}
	}
}
