package sandbox

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/crier-social/crier/core"
)

// Options configures a sandbox. The zero value is a Bluesky in good health.
type Options struct {
	// Clock tells the time; nil is the system's.
	Clock core.Clock
	// OnClock is called after the sandbox's clock was moved ahead, or set right by a reset.
	OnClock func()
	// Log receives one event for each request; nil discards them.
	Log *slog.Logger
	// BaseURL is how clients reach the sandbox: "http://127.0.0.1:8082". It is in DID documents
	// and in tokens. Empty means the Host of each request.
	BaseURL string

	// Lenient takes what the genuine server takes although nobody would see it, such as facets
	// beyond the text. See the README.
	Lenient bool
	// MaxBlobBytes is the largest upload; 0 means 100 MiB.
	MaxBlobBytes int64
	// BlobTTL is how long an upload lasts that no record has; 0 means an hour, negative for ever.
	BlobTTL time.Duration
	// AccessTTL is how long an access token is good; 0 means two hours, and an hour for those of OAuth.
	AccessTTL time.Duration
	// WriteLimit is how many points an account may spend on writing in an hour: 3 for a create, 2
	// for an update, 1 for a delete; 0 is no limit. https://docs.bsky.app/docs/advanced-guides/rate-limits
	WriteLimit int
	// ProcessingPolls is how many times the job of a video is found in processing.
	ProcessingPolls int

	// HTTP reads the documents of OAuth clients; nil is one that follows no redirects.
	HTTP *http.Client

	// Dir is where uploads are kept, for this sandbox alone, and what has to outlast it. Empty
	// means a temporary folder, which Close removes.
	Dir string
	// MaxRequests caps the journal; 0 means 2,000.
	MaxRequests int
	// Empty starts without the accounts of DefaultAccounts.
	Empty bool
}

const (
	defaultMaxBlobBytes = 100 << 20
	defaultBlobTTL      = time.Hour
	defaultMaxRequests  = 2_000
	accessTTL           = 2 * time.Hour
	refreshTTL          = 90 * 24 * time.Hour
	refreshGrace        = 2 * time.Hour
)

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = core.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{
			Timeout:       documentTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	o.MaxBlobBytes = cmp.Or(o.MaxBlobBytes, defaultMaxBlobBytes)
	o.BlobTTL = cmp.Or(o.BlobTTL, defaultBlobTTL)
	o.MaxRequests = cmp.Or(o.MaxRequests, defaultMaxRequests)
	return o
}
