package pdstest

import (
	"context"
	"embed"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Variable is the name of the environment variable with the folder of server/install.sh.
const Variable = "CRIER_INTEROP_PDS"

// BlobLimit is how many bytes a blob may have on the server: what its makers' distribution sets.
const BlobLimit = 100 << 20

// nowhere is an address at which nobody answers.
const nowhere = "http://localhost:1"

//go:embed server/plc.mjs server/pds.mjs
var programs embed.FS

// Server is a running PDS and its directory. Both end with the test.
type Server struct {
	URL string // of the PDS, such as http://localhost:12345
	PLC string // of the directory

	installed string // the folder of server/install.sh
	dir       string // data and programs
	settings  []string
	ahead     time.Duration // of the clock of the PDS
	pds       *program
}

// Start runs a server that is empty. Settings, such as "PDS_RATE_LIMITS_ENABLED=true", are added
// to its own; "HOSTS_HERE=crier.home.arpa" has it take a host for this machine. Where no server
// is installed the test is skipped, loudly, or fails if CRIER_INTEROP_REQUIRE is 1.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	installed := os.Getenv(Variable)
	if installed == "" {
		missing(t)
	}
	s := &Server{installed: installed, dir: t.TempDir()}
	if err := os.CopyFS(s.dir, programs); err != nil {
		t.Fatal(err)
	}
	plc := s.run(t, "plc.mjs")
	t.Cleanup(func() { plc.stop(t) })
	s.PLC = plc.address
	s.settings = append(s.environ(t), settings...)
	s.pds = s.run(t, "pds.mjs", s.settings...)
	t.Cleanup(func() { s.pds.stop(t) })
	s.URL = s.pds.address
	return s
}

func missing(t testing.TB) {
	t.Helper()
	const why = Variable + " is not set (make bluesky-server installs a server; make interop-bluesky sets it)"
	if os.Getenv("CRIER_INTEROP_REQUIRE") == "1" {
		t.Fatalf("a genuine Bluesky server was NOT tried: %s", why)
	}
	_, _ = os.Stderr.WriteString("SKIPPED: a genuine Bluesky server was NOT tried: " + why + "\n")
	t.Skip(why)
}

// Restart kills the PDS, as a power cut would, and starts it anew with its data, at the same
// address. The directory runs on.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.pds.stop(t)
	own := []string{"PDS_PORT=" + s.pds.port(t), "CLOCK_AHEAD_MS=" + strconv.FormatInt(s.ahead.Milliseconds(), 10)}
	s.pds = s.run(t, "pds.mjs", append(own, s.settings...)...)
}

// Advance moves the clock of the PDS ahead, which takes a restart.
func (s *Server) Advance(t testing.TB, by time.Duration) {
	t.Helper()
	s.ahead += by
	s.Restart(t)
}

// environ is how the PDS is set up.
func (s *Server) environ(t testing.TB) []string {
	t.Helper()
	data := filepath.Join(s.dir, "data")
	blobs := filepath.Join(data, "blobs")
	if err := os.MkdirAll(blobs, 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{
		"PDS_DEV_MODE=true", "PDS_DISABLE_SSRF_PROTECTION=true", // addresses of this machine, over http
		"PDS_HOSTNAME=localhost", "PDS_SERVICE_HANDLE_DOMAINS=.test", "PDS_INVITE_REQUIRED=false",
		"PDS_DATA_DIRECTORY=" + data, "PDS_BLOBSTORE_DISK_LOCATION=" + blobs, blobLimit(),
		"PDS_DID_PLC_URL=" + s.PLC, "PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX=" + secret(),
		"PDS_JWT_SECRET=" + secret(), "PDS_DPOP_SECRET=" + secret(), "PDS_ADMIN_PASSWORD=" + secret(),
		"PDS_BSKY_APP_VIEW_URL=" + nowhere, "PDS_BSKY_APP_VIEW_DID=did:web:appview.invalid",
		"LOG_ENABLED=true", "LOG_LEVEL=warn", "LOG_DESTINATION=" + s.log(),
	}
}

// log is where the PDS writes what it finds wrong.
func (s *Server) log() string { return filepath.Join(s.dir, "pds.log") }

// background outlives the test's context, which ends before its cleanups.
func background(t testing.TB) context.Context { return context.WithoutCancel(t.Context()) }
