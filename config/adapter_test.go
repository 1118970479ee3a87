package config_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
)

// corner is the settings of a network that only these tests know.
type corner struct {
	core.Settings // what config does not ask of them

	URL    setting.BaseURL     `env:"URL" envDefault:"https://corner.example" help:"Where it is."`
	Side   setting.OptionalURL `env:"SIDE" envDefault:"https://side.example" off:"true" help:"What is beside it. Empty or off: nothing."`
	Secret core.Secret         `env:"SECRET" file:"true" help:"What nobody knows."`
	Size   setting.Bytes       `env:"SIZE" envDefault:"1MB" help:"How large it is."`
	Wait   time.Duration       `env:"WAIT" envDefault:"2s" help:"How long it takes."`
	Posts  int                 `env:"POSTS" envDefault:"3" help:"How many there are, from 1 to 9."`
	Scopes setting.Scopes      `env:"SCOPES" shown:"what is usual" help:"What is asked for."`
}

func (c *corner) Complete() {
	if len(c.Scopes) == 0 {
		c.Scopes = setting.Scopes{"usual"}
	}
}

func (c *corner) Check() core.Errors {
	if err := setting.Between(c.Posts, 1, 9); err != nil {
		return core.Errors{{Kind: core.KindInvalid, Op: "corner.settings", Field: "POSTS", Message: err.Error()}}
	}
	return nil
}

// withCorner loads settings with those of the network.
func withCorner(environ []string, dotenv string) (config.Config, *corner, error) {
	settings := new(corner)
	c, err := config.Load(environ, dotenv, core.Adapter{Name: "corner", Settings: settings})
	return c, settings, err
}

func TestSettingsOfAnAdapter(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, "hush\n")
	for name, tc := range map[string]struct {
		environ []string
		want    corner
	}{
		"none set": {nil, corner{
			URL: "https://corner.example", Side: "https://side.example", Size: 1e6, Wait: 2 * time.Second, Posts: 3, Scopes: setting.Scopes{"usual"},
		}},
		"all set": {[]string{
			"CRIER_CORNER_URL=http://127.0.0.1:1/", "CRIER_CORNER_SIDE=", "CRIER_CORNER_SECRET_FILE=" + secret, "CRIER_CORNER_SIZE=2KiB",
			"CRIER_CORNER_WAIT=1d", "CRIER_CORNER_POSTS=9", "CRIER_CORNER_SCOPES=a, b a",
		}, corner{
			URL: "http://127.0.0.1:1", Secret: "hush", Size: 2048, Wait: 24 * time.Hour, Posts: 9, Scopes: setting.Scopes{"a", "b"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, got, err := withCorner(tc.environ, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			if len(c.Warnings()) > 0 {
				t.Errorf("warnings %q", c.Warnings())
			}
		})
	}
}

// All mistakes are told together: what cannot be read in the order of the page, then what
// cannot be so, each by the name of its variable.
func TestMistakesInSettingsOfAnAdapter(t *testing.T) {
	t.Parallel()
	_, _, err := withCorner([]string{"CRIER_MEDIA_DISK=x", "CRIER_CORNER_POSTS=0", "CRIER_CORNER_SIZE=x", "CRIER_CORNER_WAIT=soon", "CRIER_DATA_DIR=x", "CRIER_OPS_ADDR=x"}, "")
	problems, _ := errors.AsType[core.Errors](err)
	var got []string
	for _, p := range problems {
		got = append(got, p.Field+": "+p.Message)
	}
	want := []string{
		`CRIER_OPS_ADDR: "x" is not host:port, such as 127.0.0.1:8080 or :8080`,
		`CRIER_CORNER_SIZE: "x" is not a size such as 500MB, 10GB or 2GiB`,
		`CRIER_CORNER_WAIT: "soon" is not a duration such as 30s, 5m, 1h30m or 90d`,
		`CRIER_MEDIA_DISK: "x" is not a size such as 500MB, 10GB or 2GiB`,
		"CRIER_CORNER_POSTS: 0 is outside the range from 1 to 9",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func TestPrintShowsSettingsOfAnAdapter(t *testing.T) {
	t.Parallel()
	c, _, err := withCorner([]string{"CRIER_CORNER_SIDE=off", "CRIER_CORNER_SECRET=hush"}, "")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	for start, end := range map[string]string{
		"CRIER_CORNER_URL=https://corner.example ": "# default", "CRIER_CORNER_SIDE=off ": "# environment",
		"CRIER_CORNER_SECRET=[redacted] ": "# environment", "CRIER_CORNER_SCOPES=usual ": "# default",
	} {
		if line := lineWith(out.String(), start); !strings.HasSuffix(line, end) {
			t.Errorf("no line %s…%s:\n%s", start, end, &out)
		}
	}
}

func TestReferenceShowsSettingsOfAnAdapter(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := config.Reference(&page, core.Adapter{Name: "corner", Settings: new(corner)}); err != nil {
		t.Fatal(err)
	}
	want := "| `CRIER_CORNER_SIDE` | `https://side.example` | What is beside it. Empty or off: nothing. |\n" +
		"| `CRIER_CORNER_SECRET` *file* | – | What nobody knows. |\n"
	before, after, found := strings.Cut(page.String(), want)
	if !found || !strings.Contains(before, "| `CRIER_MASTER_KEY`") || !strings.Contains(after, "| `CRIER_MEDIA_ALLOW`") {
		t.Errorf("the rows are not there, or not between the keys and the media:\n%s", &page)
	}
}

// What is changed in a copy is not in the original.
func TestClone(t *testing.T) {
	t.Parallel()
	c, original, err := withCorner(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	clone, ok := c.Clone().Adapters[0].Settings.(*corner)
	if !ok || !cmp.Equal(clone, original) {
		t.Fatalf("copy %+v of %+v", clone, original)
	}
	clone.URL, clone.Posts = "https://elsewhere.example", 1
	if original.URL != "https://corner.example" || original.Posts != 3 || c.Adapters[0].Settings != core.Settings(original) {
		t.Errorf("the original is %+v", original)
	}
}
