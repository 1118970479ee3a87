package sandbox

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/crier-social/crier/core"
)

// Options configures a sandbox. The zero value is a LinkedIn in good health.
type Options struct {
	// Clock tells the time; nil is the system's.
	Clock core.Clock
	// OnClock is called after the sandbox's clock was moved ahead, or set right by a reset.
	OnClock func()
	// Log receives one event for each request; nil discards them.
	Log *slog.Logger
	// BaseURL is how clients reach the sandbox: "http://127.0.0.1:8082". Upload
	// and download addresses start with it. Empty means the Host of each request.
	BaseURL string

	// Versions replaces the table of API versions; nil is DefaultVersions().
	Versions []Version
	// EveryVersion serves every version of the table whatever the date, so that
	// tests which pin a version do not fail from its sunset on.
	EveryVersion bool

	// DuplicateWindow is how long the same text of the same author is refused, also
	// when the first post was deleted; 0 means 10 minutes, negative switches the check off.
	DuplicateWindow time.Duration
	// GhostDuplicates makes a text whose post was deleted count as a duplicate of a post
	// that never existed, under a new URN each time, for 24 hours from the deletion.
	GhostDuplicates bool
	// CountMarkup counts escapes and markup into the length of the commentary.
	// LinkedIn does not document whether it does.
	CountMarkup bool

	// ActivityAttempts is how many comments on a new post are refused since LinkedIn does
	// not know its activity yet.
	ActivityAttempts int
	// PublishTime is how long a new post stays in PUBLISH_REQUESTED.
	PublishTime time.Duration

	// ProcessingPolls is how many times an upload is found in processing, by status
	// reads or by posts that use it, before it is available.
	ProcessingPolls int
	// ProcessingTime is how long an upload is in processing at least.
	ProcessingTime time.Duration
	// VideoProcessingPolls and VideoProcessingTime are the same for videos; 0 means
	// what holds for other uploads, and negative none.
	VideoProcessingPolls int
	VideoProcessingTime  time.Duration
	// UploadTTL is how long an upload address is good; 0 means 24 hours, and 30 days
	// for those of a video.
	UploadTTL time.Duration
	// VideoUploadTTL is the same for videos; 0 means UploadTTL, if that is given.
	VideoUploadTTL time.Duration

	// MaxVideoBytes is the largest video; 0 means DefaultMaxVideoBytes. LinkedIn's documentation
	// names 5 GB too.
	MaxVideoBytes int64
	// PartBytes is the size of the parts of a video; 0 means 4 MiB, as on LinkedIn.
	PartBytes int64
	// LastByteBeyondEnd lets the last instruction of a video end where a whole part
	// would, as seen in the field. The part's upload still ends with the file.
	LastByteBeyondEnd bool
	// AuthorizationOnParts tolerates an Authorization header on the parts of a video.
	AuthorizationOnParts bool
	// ContentAdminsUploadVideos lets content administrators of a page upload videos,
	// as newer documentation has it.
	ContentAdminsUploadVideos bool

	// DailyLimit is how many calls a token may make to one endpoint on one day
	// (UTC); 0 is no limit.
	DailyLimit int
	// Latency delays every answer of the API.
	Latency Latency

	// Dir is where uploads are kept, for this sandbox alone: its first upload removes
	// those that an earlier one left there. Empty means a temporary folder, made with
	// the first upload and removed by Close.
	Dir string
	// MaxUploadBytes caps the sum of what is kept: the oldest files go first. 0 means
	// 4 GiB, or room for two of the largest videos if that is more.
	MaxUploadBytes int64
	// MaxPosts caps the posts that are kept; 0 means 10,000.
	MaxPosts int
	// MaxRequests caps the journal; 0 means 2,000.
	MaxRequests int

	// StateFile keeps what members have granted, and how far the clock is ahead, for a later
	// sandbox; tokens are in it in plain text. Empty: they are gone with this one.
	StateFile string

	// Apps are the apps to which members can grant tokens, as AddApp takes them; nil is
	// DefaultApps().
	Apps []App

	// Empty starts without the people, organizations and tokens of DefaultWorld.
	Empty bool
}

// Latency is a random delay between Min and Max. The same seed gives the same
// sequence of delays.
type Latency struct {
	Min, Max time.Duration
	Seed     uint64
}

const (
	defaultDuplicateWindow = 10 * time.Minute
	ghostWindow            = 24 * time.Hour
	defaultUploadTTL       = 24 * time.Hour
	defaultMaxUploadBytes  = 4 << 30
	defaultMaxPosts        = 10_000
	defaultMaxRequests     = 2_000
)

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = core.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Versions == nil {
		o.Versions = DefaultVersions()
	}
	if o.Apps == nil {
		o.Apps = DefaultApps()
	}
	o.DuplicateWindow = cmp.Or(o.DuplicateWindow, defaultDuplicateWindow)
	o.VideoUploadTTL = cmp.Or(o.VideoUploadTTL, o.UploadTTL, videoUploadTTL)
	o.UploadTTL = cmp.Or(o.UploadTTL, defaultUploadTTL)
	o.VideoProcessingPolls = cmp.Or(o.VideoProcessingPolls, o.ProcessingPolls)
	o.VideoProcessingTime = cmp.Or(o.VideoProcessingTime, o.ProcessingTime)
	o.MaxVideoBytes = cmp.Or(o.MaxVideoBytes, DefaultMaxVideoBytes)
	o.MaxUploadBytes = cmp.Or(o.MaxUploadBytes, max(defaultMaxUploadBytes, 2*o.MaxVideoBytes))
	o.PartBytes = cmp.Or(o.PartBytes, defaultPartBytes)
	o.MaxPosts = cmp.Or(o.MaxPosts, defaultMaxPosts)
	o.MaxRequests = cmp.Or(o.MaxRequests, defaultMaxRequests)
	return o
}
