package core_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

const content = "Xk7-the-secret"

// holder has secrets wherever an exported structure could have them.
type holder struct {
	Plain   core.Secret
	Pointer *core.Secret
	List    []core.Secret
	Map     map[string]core.Secret
	Any     any
}

func newHolder() holder {
	s := core.Secret(content)
	return holder{Plain: s, Pointer: &s, List: []core.Secret{s}, Map: map[string]core.Secret{"k": s}, Any: s}
}

// hidden fails when the content, in whatever writing, is in what was printed.
func hidden(t *testing.T, how, printed string) {
	t.Helper()
	for _, form := range []string{content, fmt.Sprintf("%x", content), fmt.Sprintf("%X", content), fmt.Sprintf("%d", []byte(content))} {
		if strings.Contains(printed, form) {
			t.Errorf("%s shows the secret: %s", how, printed)
		}
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	secret := core.Secret(content)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%+s", "%#s", "%q", "%+q", "%#q", "%x", "%X", "% x", "%d", "%c", "%U", "%t", "%e", "%b", "%20s", "%.3s"} {
		for name, v := range map[string]any{"value": secret, "pointer": &secret, "structure": newHolder(), "list": []core.Secret{secret}} {
			hidden(t, verb+" of a "+name, fmt.Sprintf(verb, v))
		}
	}
	hidden(t, "Sprint", fmt.Sprint(secret, newHolder()))
	hidden(t, "an error", fmt.Errorf("with %v: %w", secret, errors.New("cause")).Error())
	hidden(t, "String", secret.String())
	hidden(t, "GoString", secret.GoString())
	if got := fmt.Sprintf("%v|%s|%q", secret, secret, secret); got != `[redacted]|[redacted]|"[redacted]"` {
		t.Errorf("printed as %s", got)
	}
}

func TestSecretIsNeverEncoded(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(newHolder())
	if err != nil {
		t.Fatal(err)
	}
	hidden(t, "JSON", string(encoded))
	credentials, err := json.Marshal(core.Credentials{AccessToken: content, RefreshToken: content})
	if err != nil {
		t.Fatal(err)
	}
	hidden(t, "credentials as JSON", string(credentials))
	type document struct {
		Attribute core.Secret `xml:"attribute,attr"`
		Element   core.Secret
	}
	marked, err := xml.Marshal(document{content, content})
	if err != nil {
		t.Fatal(err)
	}
	hidden(t, "XML", string(marked))
}

func TestSecretIsNeverLogged(t *testing.T) {
	t.Parallel()
	handlers := map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			secret := core.Secret(content)
			log := slog.New(handler(&out)).With("with", secret)
			log.Info("all ways", "value", secret, "pointer", &secret, "holder", newHolder(), "credentials", core.Credentials{AccessToken: secret},
				slog.Group("group", "inner", secret), "error", fmt.Errorf("bad %s", secret))
			hidden(t, name, out.String())
			if n := strings.Count(out.String(), "[redacted]"); n < 5 {
				t.Errorf("%d marks in %s", n, out.String())
			}
		})
	}
}

func TestSecretReveals(t *testing.T) {
	t.Parallel()
	if got := core.Secret(content).Reveal(); got != content {
		t.Errorf("Reveal() = %q", got)
	}
	var decoded struct{ S core.Secret }
	if err := json.Unmarshal([]byte(`{"S":"`+content+`"}`), &decoded); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(content, decoded.S.Reveal()); diff != "" {
		t.Error(diff)
	}
	if got := fmt.Sprintf("%v%s", core.Secret(""), core.Secret("")); got != "" {
		t.Errorf("no secret prints as %q", got)
	}
}
