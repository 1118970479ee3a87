package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/setting"
	"github.com/crier-social/crier/providers"
)

// CornerSettings are those of a made-up network, which is nowhere but in these tests. All that
// a server does with it, it does by what an adapter says of itself.
type CornerSettings struct {
	URL   setting.BaseURL `env:"URL" envDefault:"https://corner.example" help:"Where the corner is."`
	Token core.Secret     `env:"TOKEN" file:"true" help:"What it is entered with."`

	network *coretest.Provider
	opened  *core.AdapterDeps // what the provider was given
}

func (s *CornerSettings) Check() core.Errors {
	if s.Token == "wrong" {
		return core.Errors{{Kind: core.KindInvalid, Op: "corner.settings", Field: "TOKEN", Message: "it is wrong"}}
	}
	return nil
}

func (s *CornerSettings) Live() bool { return s.URL == "https://corner.example" }

func (s *CornerSettings) Open(d core.AdapterDeps) (core.Provider, error) {
	*s.opened = d
	return s.network, nil
}

// sandboxedCorner are those of a network with a sandbox, which keeps what it was made with.
type sandboxedCorner struct {
	CornerSettings

	made *cornerSandbox
}

func (s *sandboxedCorner) OpenSandbox(o core.SandboxOptions) (core.Sandbox, error) {
	s.URL = setting.BaseURL(o.URL)
	*s.made = cornerSandbox{options: o, clock: &plainMovable{Clock: o.Clock}}
	return s.made, nil
}

func (*sandboxedCorner) InSandbox(remoteID string) bool { return remoteID == coretest.MemberID }

type cornerSandbox struct {
	options core.SandboxOptions
	clock   *plainMovable
	closed  bool
}

func (*cornerSandbox) ServeHTTP(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "corner") }

func (s *cornerSandbox) Close() error {
	s.closed = true
	return nil
}

func (s *cornerSandbox) Clock() core.Clock { return s.clock }

func (*cornerSandbox) Accounts() []core.SandboxAccount {
	return []core.SandboxAccount{{RemoteID: coretest.MemberID, Credentials: core.Credentials{AccessToken: coretest.MemberToken}}}
}

// cornerCLI is the program with two made-up networks besides its own: the corner, which has a
// sandbox, and the niche, which has none.
func cornerCLI(environ ...string) (c cli, corner *sandboxedCorner) {
	made := func(name string) CornerSettings {
		return CornerSettings{network: coretest.NewProvider(coretest.Config{Name: name}), opened: new(core.AdapterDeps)}
	}
	template, niche := sandboxedCorner{CornerSettings: made("corner"), made: new(cornerSandbox)}, made("niche")
	return cli{environ: environ, adapters: func() []core.Adapter {
		one, other := template, niche
		return append(providers.Adapters(), core.Adapter{Name: "corner", Settings: &one}, core.Adapter{Name: "niche", Settings: &other})
	}}, &template
}

func executeCorner(t *testing.T, environ []string, args ...string) result {
	t.Helper()
	c, _ := cornerCLI(environ...)
	var stdout, stderr bytes.Buffer
	c.stdin, c.stdout, c.stderr = strings.NewReader(""), &stdout, &stderr
	code := run(t.Context(), c, args)
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// A network that is in the list has settings, help, and rows in the reference.
func TestNetworkHasSettings(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("hush"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		environ []string
		args    []string
		code    int
		says    []string
	}{
		"reference": {nil, []string{"config", "--reference"}, exitOK, []string{"| `CRIER_CORNER_TOKEN` *file* | – | What it is entered with. |\n"}},
		"values": {[]string{"CRIER_CORNER_URL=http://127.0.0.1:1", "CRIER_NICHE_TOKEN_FILE=" + secret}, []string{"config"}, exitOK, []string{
			"CRIER_CORNER_URL=http://127.0.0.1:1 ", "CRIER_NICHE_URL=https://corner.example ", "CRIER_NICHE_TOKEN=[redacted] ",
		}},
		"mistakes": {[]string{"CRIER_CORNER_URL=here", "CRIER_NICHE_TOKEN=wrong"}, []string{"serve"}, exitFailure, []string{
			"  CRIER_CORNER_URL: an absolute URL is needed, beginning with https:// or http://\n  CRIER_NICHE_TOKEN: it is wrong\n",
		}},
		"unknown": {[]string{"CRIER_CORNER_TOKN=x"}, []string{"config"}, exitOK, []string{"CRIER_CORNER_TOKN is not a setting; the nearest is CRIER_CORNER_TOKEN"}},
		"help":    {nil, []string{"serve", "--help"}, exitOK, []string{"corner."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := executeCorner(t, tc.environ, tc.args...)
			for _, part := range tc.says {
				if got.code != tc.code || !strings.Contains(got.stdout+got.stderr, part) {
					t.Errorf("%q is not told: %+v", part, got)
				}
			}
			if strings.Contains(got.stdout, "hush") {
				t.Errorf("a secret is told: %s", got.stdout)
			}
		})
	}
}

// loadCorner returns the settings of a server that knows the made-up networks.
func loadCorner(t *testing.T, changes ...string) (config.Config, *sandboxedCorner) {
	t.Helper()
	c, corner := cornerCLI(append(serveEnviron(t.TempDir()), changes...)...)
	cfg, err := c.loadSettings()
	if err != nil {
		t.Fatal(err)
	}
	return cfg, corner
}

// A network that is in the list is open, with what an adapter is promised.
func TestNetworkIsOpened(t *testing.T) {
	t.Parallel()
	key := "CRIER_MASTER_KEY=a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
	cfg, corner := loadCorner(t, "CRIER_PUBLIC_URL=https://crier.example/base", key)
	a, err := newApp(t.Context(), cfg, appOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if p, ok := a.registry.Get("corner"); !ok || p != core.Provider(corner.network) {
		t.Errorf("the provider is %v", p)
	}
	d := corner.opened
	if diff := cmp.Diff([]string{"https://crier.example/base/link/callback", "https://crier.example/base/link/clients/corner.json"}, []string{d.RedirectURL, d.ClientURL}); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	if one := d.Keys("one"); len(one) != 1 || !bytes.Equal(one[0], a.vault.Derive("one")[0]) {
		t.Errorf("keys %x", one)
	}
	if d.Clock == nil || d.Log == nil || d.OnEvent == nil || d.OnCall == nil {
		t.Errorf("something is missing: %+v", d)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://127.0.0.1:1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := d.Guarded.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	if _, refused := errors.AsType[*core.Error](err); !refused {
		t.Errorf("what strangers name is reached at an address that is not public: %v", err)
	}
}

// What an adapter asks of a stranger's server one after the other goes over one connection.
func TestNetworkKeepsConnections(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RemoteAddr) }))
	t.Cleanup(server.Close)
	cfg, corner := loadCorner(t, "CRIER_MEDIA_ALLOW=127.0.0.1/32")
	a, err := newApp(t.Context(), cfg, appOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	guarded := corner.opened.Guarded
	t.Cleanup(guarded.CloseIdleConnections)
	from := map[string]int{}
	for range 3 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := guarded.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		address, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		from[string(address)]++
	}
	if len(from) != 1 {
		t.Errorf("three requests came from %v", from)
	}
}

// The sandboxes of all networks are beside each other and tell one time, their accounts are
// linked, and a network without one is left out.
func TestNetworkHasASandbox(t *testing.T) {
	t.Parallel()
	cfg, corner := loadCorner(t, "CRIER_PUBLIC_URL=https://crier.example")
	var log bytes.Buffer
	s, err := newServer(t.Context(), cfg, slog.New(slog.NewTextHandler(&log, nil)), serverOptions{api: true, sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	sandbox := corner.made
	address := s.sandboxes.of("corner").web.url()
	err = s.run(t.Context(), func(ctx context.Context) error {
		if status, body := fetch(t, address); status != http.StatusOK || body != "corner" {
			t.Errorf("the sandbox answers %d %q", status, body)
		}
		linked, err := s.app.accounts.List(ctx, s.app.profile.ID)
		i := slices.IndexFunc(linked, func(a core.Account) bool { return a.Platform == "corner" })
		if err != nil || i < 0 || linked[i].RemoteID != coretest.MemberID {
			t.Errorf("linked accounts %+v, error %v", linked, err)
		}
		const ahead = 100 * 24 * time.Hour
		before := s.app.clock.Now()
		sandbox.clock.move(ahead)
		sandbox.options.OnClock()
		for name, clock := range map[string]core.Clock{"server": s.app.clock, "other sandbox": s.sandboxes.of(sandboxPlatform).sandbox.Clock()} {
			if passed := clock.Now().Sub(before); passed < ahead {
				t.Errorf("for the %s %v have passed, want %v", name, passed, ahead)
			}
		}
		return errDemoDone
	})
	if !errors.Is(err, errDemoDone) {
		t.Fatal(err)
	}
	want := core.SandboxOptions{
		URL: address, Dir: filepath.Join(cfg.DataDir, "sandbox", "corner"),
		RedirectURL: "https://crier.example/link/callback", ClientURL: "https://crier.example/link/clients/corner.json",
	}
	got := sandbox.options
	got.Clock, got.OnClock, got.Log = nil, nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the sandbox was made with (-want +got):\n%s", diff)
	}
	if _, ok := s.app.registry.Get("niche"); ok || !sandbox.closed {
		t.Errorf("the network without a sandbox is there: %t; the sandbox was closed: %t", ok, sandbox.closed)
	}
	for _, part := range []string{"sandbox.corner=" + address, "sandbox.linkedin=http://", "a network is left out: it has no sandbox, and posts would go to it itself\" network=niche"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log lacks %s:\n%s", part, &log)
		}
	}
	if settings, ok := cfg.Adapters[len(cfg.Adapters)-2].Settings.(*sandboxedCorner); !ok || !settings.Live() {
		t.Error("the settings that were given are changed")
	}
}

// A network without a sandbox stays beside the sandboxes where its settings lead to a double.
func TestNetworkThatIsADoubleIsKept(t *testing.T) {
	t.Parallel()
	cfg, _ := loadCorner(t, "CRIER_NICHE_URL=http://127.0.0.1:1")
	s, err := newServer(t.Context(), cfg, slog.New(slog.DiscardHandler), serverOptions{sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.app.registry.Get("niche"); !ok {
		t.Error("the network is left out")
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

func TestSandboxAddr(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		first config.Endpoint
		n     int
		want  string
		fails string
	}{
		{"127.0.0.1:8082", 0, "127.0.0.1:8082", ""},
		{"127.0.0.1:8082", 2, "127.0.0.1:8084", ""},
		{"[::1]:8082", 1, "[::1]:8083", ""},
		{":8082", 1, ":8083", ""},
		{"localhost:0", 3, "localhost:0", ""},
		{":65535", 0, ":65535", ""},
		{":65534", 3, "", "there is no port 65537; name one that is smaller by 2"},
	} {
		got, err := sandboxAddr(tc.first, tc.n)
		if got != tc.want || (err != nil) != (tc.fails != "") || err != nil && err.Error() != tc.fails {
			t.Errorf("sandbox %d from %s: %q, %v", tc.n, tc.first, got, err)
		}
	}
}

// The accounts of each network are judged by its own settings, also where there is no sandbox
// of it.
func TestKindsOfNetworks(t *testing.T) {
	t.Parallel()
	const elsewhere = "=http://127.0.0.1:8082"
	for name, tc := range map[string]struct {
		variable    string
		withSandbox bool
		want        map[string]accountKind
	}{
		"networks":              {"CRIER_LINKEDIN_API_URL" + elsewhere, false, map[string]accountKind{sandboxPlatform: anyAccounts, "corner": realAccounts, "niche": realAccounts}},
		"sandboxes":             {"OTHER=x", true, map[string]accountKind{sandboxPlatform: sandboxAccounts, "corner": sandboxAccounts, "niche": sandboxAccounts}},
		"sandboxes and another": {"CRIER_NICHE_URL" + elsewhere, true, map[string]accountKind{sandboxPlatform: sandboxAccounts, "corner": sandboxAccounts, "niche": anyAccounts}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _ := loadCorner(t, "CRIER_STORE=sqlite:/srv/crier.db", tc.variable)
			kinds := kindsOf(cfg, tc.withSandbox)
			for network, want := range tc.want {
				if got := kinds[network].kind; got != want {
					t.Errorf("%s: kind %d, want %d", network, got, want)
				}
			}
		})
	}
	cfg, _ := loadCorner(t, "CRIER_STORE=sqlite:/srv/crier.db")
	for _, tc := range []struct {
		network     string
		withSandbox bool
		says        string // empty: the account may be there
	}{
		{"corner", false, "holds an account of the sandbox of corner (Ada)"},
		{"corner", true, ""},
		{"niche", false, ""},
		{"niche", true, "holds a real account of niche (Ada)"},
	} {
		err := kindsOf(cfg, tc.withSandbox).check([]core.Account{{Platform: tc.network, RemoteID: coretest.MemberID, DisplayName: "Ada"}}, "the-file")
		if (err != nil) != (tc.says != "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s, with sandboxes %t: %v, want %q", tc.network, tc.withSandbox, err, tc.says)
		}
	}
}

// A network that is left out beside the sandboxes is not one whose posts may fail there.
func TestSandboxesRefuseAStoreWithOtherRealAccounts(t *testing.T) {
	t.Parallel()
	cfg, _ := loadCorner(t, "CRIER_STORE=sqlite:"+filepath.Join(t.TempDir(), "named.db"))
	a, err := newApp(t.Context(), cfg, appOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	account := core.Account{ID: "one", ProfileID: a.profile.ID, Platform: "niche", RemoteID: "real", DisplayName: "Ada", Status: core.AccountActive}
	if err := errors.Join(a.store.CreateAccount(t.Context(), account, []byte("sealed")), a.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = newServer(t.Context(), cfg, slog.New(slog.DiscardHandler), serverOptions{api: true, sandbox: true})
	if err == nil || !strings.Contains(err.Error(), "holds a real account of niche (Ada)") {
		t.Errorf("error %v", err)
	}
}

// A sandbox that finds no address says whose it is, and what to set: only the first one is
// where the setting says.
func TestSandboxWithoutAnAddress(t *testing.T) {
	t.Parallel()
	got := executeCorner(t, append(serveEnviron(t.TempDir()), "CRIER_SANDBOX_ADDR=192.0.2.1:0"), "serve", "--sandbox")
	if got.code != exitFailure || !strings.Contains(got.stderr, "the sandbox of "+sandboxPlatform+": CRIER_SANDBOX_ADDR: ") {
		t.Errorf("serve --sandbox: %+v", got)
	}
}

// What processes tell each other is compared for each network that both know, and also with
// processes that know the first network alone.
func TestNetworksOfProcesses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		own, other common
		parted     string
	}{
		"the same":              {own: common{Live: map[string]bool{"linkedin": true, "corner": false}}, other: common{Live: map[string]bool{"linkedin": true, "corner": false}}},
		"one is elsewhere":      {own: common{Live: map[string]bool{"linkedin": true, "corner": true}}, other: common{Live: map[string]bool{"linkedin": true, "corner": false}}, parted: "corner"},
		"one that is not known": {own: common{Live: map[string]bool{"linkedin": true, "corner": true}}, other: common{Live: map[string]bool{"linkedin": true}}},
		"former process":        {own: common{Live: map[string]bool{"linkedin": true, "corner": true}}, other: common{FirstLive: true}},
		"former, elsewhere":     {own: common{Live: map[string]bool{"linkedin": true, "corner": true}}, other: common{}, parted: "linkedin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.own.parted(tc.other); got != tc.parted {
				t.Errorf("parted by %q, want %q", got, tc.parted)
			}
			if got := tc.other.parted(tc.own); got != tc.parted {
				t.Errorf("the other way round, parted by %q, want %q", got, tc.parted)
			}
		})
	}
}

// What a process tells is read by those that know the first network alone, and the other way
// round.
func TestFormerProcessesUnderstand(t *testing.T) {
	t.Parallel()
	cfg, _ := loadCorner(t)
	raw, err := json.Marshal(commonOf(cfg, "host", []string{"key"}, false))
	if err != nil {
		t.Fatal(err)
	}
	var former struct {
		LinkedIn bool `json:"linkedIn"`
	}
	if err := json.Unmarshal(raw, &former); err != nil || !former.LinkedIn {
		t.Errorf("told: %s, %v", raw, err)
	}
	var read common
	if err := json.Unmarshal([]byte(`{"host":"host","keys":["key"],"linkedIn":true}`), &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"linkedin": true}, read.live()); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}
