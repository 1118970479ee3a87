package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/vault"
	"github.com/crier-social/crier/providers"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// sandboxPlatform is the network of whose sandbox most tests are, and sandboxTokenLife is how
// long the tokens last of those that it links.
const (
	sandboxPlatform  = "linkedin"
	sandboxTokenLife = 60 * 24 * time.Hour
	linkedInSandbox  = `"linked an account of the sandbox","network":"` + sandboxPlatform + `"`
)

// What a server with the sandbox keeps lies apart from what one without it keeps,
// and it says that it reaches addresses which are not public.
func TestSandboxHasItsOwnData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	with := startServer(t, nil, dir, "serve", "--sandbox")
	ended := with.stop()
	if ended.code != exitOK || !strings.Contains(ended.stderr, `"networks":"127.0.0.1/32"`) {
		t.Errorf("serve --sandbox: %+v", ended)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 || files[0] != filepath.Join(dir, sandboxDir) {
		t.Errorf("the data folder has %q", files)
	}
	without := startServer(t, nil, dir, "serve")
	key := ""
	if got := without.stop(); got.code == exitOK {
		key = printedKey(got.stdout)
	}
	if first := printedKey(ended.stdout); first == "" || key == "" || key == first {
		t.Errorf("keys %q and %q", first, key)
	}
}

// The sandbox refuses versions that LinkedIn has ended, as LinkedIn does, except the
// one that its own server speaks.
func TestSandboxVersions(t *testing.T) {
	t.Parallel()
	const ended, alsoEnded = "202504", "202505"
	tests := []struct {
		name, own string
		status    map[string]int // by version
		warned    bool
	}{
		{"of the binary", "", map[string]int{linkedin.DefaultVersion: http.StatusOK, ended: http.StatusUpgradeRequired}, false},
		{"one that has ended", ended, map[string]int{ended: http.StatusOK, alsoEnded: http.StatusUpgradeRequired}, true},
		{"a revision of it", ended + ".02", map[string]int{ended + ".02": http.StatusOK, alsoEnded: http.StatusUpgradeRequired}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, []string{"CRIER_LINKEDIN_VERSION=" + test.own}, t.TempDir(), "serve", "--sandbox")
			for version, want := range test.status {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.sandbox+"/rest/me", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+sandbox.PageToken)
				req.Header.Set("LinkedIn-Version", version)
				if got, body := do(t, req); got != want {
					t.Errorf("version %s: %d, want %d: %s", version, got, want, body)
				}
			}
			log := s.stop().stderr
			if warned := strings.Contains(log, `"version":"`+test.own+`","ended":"2026-04-15"`); warned != test.warned || strings.Count(log, linkedInSandbox) != 2 {
				t.Errorf("warned: %v, want %v, and both accounts linked:\n%s", warned, test.warned, log)
			}
		})
	}
}

// A sandbox on all addresses admits the one under which the server reaches it.
func TestSandboxOnAllAddresses(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load([]string{"CRIER_SANDBOX_ADDR=:0", "CRIER_DATA_DIR=" + t.TempDir()}, "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	s, cfg, err := openSandboxes(t.Context(), cfg, slog.New(slog.DiscardHandler), serverOptions{})
	t.Cleanup(func() {
		for _, one := range s.servers {
			if err := one.web.listener.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.MediaAllow.String(); got != "127.0.0.1/32" {
		t.Errorf("media may be fetched from %s", got)
	}
}

// A store that is named explicitly may hold the accounts of one kind only.
func TestStoresAreNotMixed(t *testing.T) {
	t.Parallel()
	file := "CRIER_STORE=sqlite:" + filepath.Join(t.TempDir(), "explicit.db")
	startServer(t, []string{file}, t.TempDir(), "serve", "--sandbox").stop()
	got := execute(t.Context(), append(serveEnviron(t.TempDir()), file), "", "serve")
	if got.code != exitFailure || !strings.Contains(got.stderr, "explicit.db holds an account of the sandbox of ") {
		t.Errorf("serve on the sandbox's store: %+v", got)
	}
}

func TestAccountKind(t *testing.T) {
	t.Parallel()
	account := func(platform, id string) []core.Account {
		return []core.Account{{Platform: platform, RemoteID: id, DisplayName: "Somebody"}}
	}
	tests := []struct {
		name    string
		kind    accountKind
		linked  []core.Account
		refused string // what the error says; empty: none
	}{
		{"real account and the sandbox", sandboxAccounts, account(sandboxPlatform, "urn:li:person:real"), "holds a real account of linkedin (Somebody)"},
		{"sandbox account and LinkedIn", realAccounts, account(sandboxPlatform, sandbox.JaneURN), "holds an account of the sandbox of linkedin (Somebody)"},
		{"sandbox account and the sandbox", sandboxAccounts, account(sandboxPlatform, sandbox.SmallPageURN), ""},
		{"real account and LinkedIn", realAccounts, account(sandboxPlatform, "urn:li:person:real"), ""},
		{"sandbox account and another API", anyAccounts, account(sandboxPlatform, sandbox.PageURN), ""},
		{"another network", sandboxAccounts, account("other", "1"), ""},
		{"empty", sandboxAccounts, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			kinds := accountKinds{sandboxPlatform: {test.kind, new(linkedin.Settings)}}
			err := kinds.check(test.linked, "the-file")
			if (err != nil) != (test.refused != "") {
				t.Fatalf("error %v", err)
			}
			if err != nil && (!strings.Contains(err.Error(), test.refused) || !strings.Contains(err.Error(), "the-file")) {
				t.Errorf("error %q lacks %q", err, test.refused)
			}
		})
	}
}

// Everybody whom the sandbox knows is told from real accounts.
func TestSandboxURNsAreComplete(t *testing.T) {
	t.Parallel()
	world := sandbox.DefaultWorld()
	var want []string
	for _, person := range world.People {
		want = append(want, person.URN())
	}
	for _, page := range world.Organizations {
		want = append(want, page.URN())
	}
	for _, urn := range want {
		if !new(linkedin.Settings).InSandbox(urn) {
			t.Errorf("%s is taken for a real account", urn)
		}
	}
}

// A key that was lost must not be replaced by another in silence: the tokens would
// be unreadable, and the old key, found again, would be taken for the wrong one.
func TestServeRefusesAStoreWithoutItsMasterKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startServer(t, nil, dir, "serve", "--sandbox").stop()
	key := filepath.Join(dir, sandboxDir, masterKeyFile)
	saved, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	got := execute(t.Context(), serveEnviron(dir), "", "serve", "--sandbox")
	if got.code != exitFailure || !strings.Contains(got.stderr, key+" is missing") || !strings.Contains(got.stderr, "CRIER_MASTER_KEY") {
		t.Errorf("serve without the key: %+v", got)
	}
	if _, err := os.Stat(key); !os.IsNotExist(err) {
		t.Errorf("a key was made: %v", err)
	}
	if err := os.WriteFile(key, saved, fs.FileMode(0o600)); err != nil {
		t.Fatal(err)
	}
	again := startServer(t, []string{"CRIER_API_KEY=A-KEY-FOR-THIS-TEST-03"}, dir, "serve", "--sandbox")
	if status, answer := send(t, again.url+"/post", "A-KEY-FOR-THIS-TEST-03", `{"post":"Back again","platforms":["linkedin"]}`); status != http.StatusOK {
		t.Errorf("with the key back: %d %s", status, answer)
	}
	again.stop()
}

// Another key than the one that encrypted the tokens is noticed at the start. With the
// old one beside it all is well, and when that is lost there is a way to go on.
func TestServeRefusesAnotherMasterKey(t *testing.T) {
	t.Parallel()
	const key = "CRIER_API_KEY=A-KEY-FOR-THIS-TEST-05"
	dir := t.TempDir()
	encoded := func() string { return base64.StdEncoding.EncodeToString(vault.NewKey()) }
	first, second, third := encoded(), encoded(), encoded()
	startServer(t, []string{"CRIER_MASTER_KEY=" + first}, dir, "serve", "--sandbox").stop()

	for _, environ := range [][]string{{"CRIER_MASTER_KEY=" + second}, {"CRIER_MASTER_KEY=" + second + "," + third}, nil} {
		got := execute(t.Context(), append(serveEnviron(dir), environ...), "", "serve", "--sandbox")
		if got.code != exitFailure || strings.Contains(got.stderr, second) {
			t.Errorf("serve with %q: %+v", environ, got)
		}
		told := []string{"CRIER_MASTER_KEY", "`crier serve --key-lost`"}
		if environ != nil {
			told = append(told, `"Crier Demo" (linkedin), "Jane Doe" (linkedin)`, "with a comma")
		}
		for _, want := range told {
			if !strings.Contains(got.stderr, want) {
				t.Errorf("serve with %q does not tell %s: %s", environ, want, got.stderr)
			}
		}
	}
	post := func(master, text string, args ...string) {
		t.Helper()
		s := startServer(t, []string{key, "CRIER_MASTER_KEY=" + master}, dir, append([]string{"serve", "--sandbox"}, args...)...)
		if status, answer := send(t, s.url+"/post", "A-KEY-FOR-THIS-TEST-05", `{"post":"`+text+`","platforms":["linkedin"]}`); status != http.StatusOK {
			t.Errorf("%s: %d %s", text, status, answer)
		}
		s.stop()
	}
	post(second+","+first, "With the old key beside the new one")
	post(third, "With a new key, the old one being lost", "--key-lost")
	post(third, "And without telling so again")
	post("", "With a key that is generated, the file being lost", "--key-lost")
	post("", "And with that key again")
}

// An account whose key is lost says so, and takes no posts, until it is linked again.
func TestKeyLost(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(serveEnviron(t.TempDir()), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	open := func(keyLost bool) (*app, error) {
		return newApp(t.Context(), cfg, appOptions{keyLost: keyLost}, slog.New(slog.DiscardHandler))
	}
	a, err := open(false)
	if err != nil {
		t.Fatal(err)
	}
	account := core.Account{ID: "one", ProfileID: a.profile.ID, Platform: sandboxPlatform, RemoteID: "urn:li:person:x", Status: core.AccountActive}
	sealed := append([]byte{1}, make([]byte, 64)...) // with the key of the id 0
	if err := errors.Join(a.store.CreateAccount(t.Context(), account, sealed), a.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := open(false); err == nil || !strings.Contains(err.Error(), "CRIER_MASTER_KEY") {
		t.Errorf("opened with %v", err)
	}
	if a, err = open(true); err != nil {
		t.Fatal(err)
	}
	got, err := a.accounts.Get(t.Context(), a.profile.ID, "one")
	if err != nil || got.Status != core.AccountRelinkRequired || got.StatusReason != "the key that encrypted its tokens is lost" {
		t.Errorf("account %+v, %v", got, err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// An app's credentials are for LinkedIn, but the sandbox's accounts are asked for at
// the sandbox with them, as everything else is.
func TestSandboxWithAnAppConfigured(t *testing.T) {
	t.Parallel()
	app := []string{"CRIER_LINKEDIN_CLIENT_ID=app", "CRIER_LINKEDIN_CLIENT_SECRET=hush", "CRIER_LINKEDIN_OAUTH_URL=http://127.0.0.1:1/oauth/v2"}
	ended := startServer(t, app, t.TempDir(), "serve", "--sandbox").stop()
	if ended.code != exitOK || strings.Count(ended.stderr, linkedInSandbox) != 2 || strings.Contains(ended.stderr, "did not tell the scopes") {
		t.Errorf("serve --sandbox: %+v", ended)
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, variable string
		withSandbox    bool
		want           accountKind
	}{
		{"LinkedIn", "", false, realAccounts},
		{"LinkedIn with a named store", "CRIER_STORE=sqlite:/srv/crier.db", false, realAccounts},
		{"another API", "CRIER_LINKEDIN_API_URL=http://127.0.0.1:8082", false, anyAccounts},
		{"sandbox with its own store", "", true, anyAccounts},
		{"sandbox with a named store", "CRIER_STORE=sqlite:/srv/crier.db", true, sandboxAccounts},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg, err := config.Load([]string{test.variable}, "", providers.Adapters()...)
			if err != nil {
				t.Fatal(err)
			}
			if got := kindsOf(cfg, test.withSandbox)[sandboxPlatform].kind; got != test.want {
				t.Errorf("kind %d, want %d", got, test.want)
			}
		})
	}
}

// A request that comes before the sandbox's accounts are linked is answered once they are.
func TestTheFirstRequestFindsTheSandboxsAccounts(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(serveEnviron(t.TempDir()), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(t.Context(), cfg, slog.New(slog.DiscardHandler), serverOptions{api: true, sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.api.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "GET /accounts HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n", s.app.newKey.Reveal()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, nil) }()
	answer, err := io.ReadAll(conn)
	if n := strings.Count(string(answer), `"remoteId":"urn:li:`); err != nil || n != 2 {
		t.Errorf("%d accounts, want 2: %v\n%s", n, err, answer)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
