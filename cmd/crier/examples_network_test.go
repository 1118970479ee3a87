package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers"
)

// blueskyPlatform is the second network, whose sandbox the tests here know by name.
const blueskyPlatform = "bluesky"

// otherSandbox is the sandbox of a network that the tests here do not know by name.
type otherSandbox struct {
	network string
	url     string
	sandbox core.Sandbox
	environ []string // leads a server to it
}

// openOtherSandboxes opens the sandboxes of all networks but LinkedIn and Bluesky.
func openOtherSandboxes(t *testing.T) []*otherSandbox {
	t.Helper()
	cfg, err := config.Load(nil, "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	var all []*otherSandbox
	for _, a := range cfg.Adapters {
		if a.Name != sandboxPlatform && a.Name != blueskyPlatform {
			all = append(all, openOtherSandbox(t, a))
		}
	}
	return all
}

func openOtherSandbox(t *testing.T, a core.Adapter) *otherSandbox {
	t.Helper()
	sandboxed, ok := a.Settings.(core.Sandboxed)
	if !ok {
		t.Fatalf("%s has no sandbox: its examples would go to the network itself", a.Name)
	}
	o := &otherSandbox{network: a.Name}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { o.sandbox.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	o.url = server.URL
	before := environOf(a)
	var err error
	if o.sandbox, err = sandboxed.OpenSandbox(core.SandboxOptions{URL: o.url, Dir: t.TempDir()}); err != nil {
		t.Fatalf("the sandbox of %s: %v", a.Name, err)
	}
	t.Cleanup(func() {
		if err := o.sandbox.Close(); err != nil {
			t.Errorf("the sandbox of %s: %v", a.Name, err)
		}
	})
	for name, value := range environOf(a) {
		if value != before[name] {
			o.environ = append(o.environ, name+"="+value)
		}
	}
	return o
}

// environOf returns the settings of a network by the names of their variables.
func environOf(a core.Adapter) map[string]string {
	values := map[string]string{}
	settings := reflect.ValueOf(a.Settings).Elem()
	for field, value := range settings.Fields() {
		name := field.Tag.Get("env")
		if !field.IsExported() || name == "" {
			continue
		}
		text := fmt.Sprint(value.Interface())
		if secret, ok := reflect.TypeAssert[core.Secret](value); ok {
			text = secret.Reveal()
		}
		values[config.Prefix+strings.ToUpper(a.Name)+"_"+name] = text
	}
	return values
}

// link links what can be tried. An account whose token is bound to something is linked by the
// page of the network: a call takes no binding.
func (o *otherSandbox) link(r *exampleReader) {
	r.t.Helper()
	for _, one := range o.sandbox.Accounts() {
		c := one.Credentials
		if c.Binding != "" {
			continue
		}
		told := map[string]any{"platform": o.network, "accessToken": c.AccessToken.Reveal(), "id": one.RemoteID}
		if c.RefreshToken != "" {
			told["refreshToken"] = c.RefreshToken.Reveal()
		}
		if !c.ExpiresAt.IsZero() {
			told["expiresIn"] = int(time.Until(c.ExpiresAt).Seconds())
		}
		r.linked(told)
	}
}

// shows tells whether the address of a post leads to a page of the sandbox.
func (o *otherSandbox) shows(t *testing.T, address string) bool {
	t.Helper()
	if !strings.HasPrefix(address, o.url+"/") {
		t.Errorf("the post's address %q does not lead to the sandbox of %s", address, o.network)
		return false
	}
	status, _ := fetch(t, address)
	return status == http.StatusOK
}
