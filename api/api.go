package api

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

// Publisher accepts posts and tells what became of them. *publish.Publisher is
// one.
type Publisher interface {
	Accept(ctx context.Context, s publish.Submission) (publish.Outcome, error)
	AcceptAll(ctx context.Context, b publish.Batch) ([]publish.Outcome, []core.Errors, error)
	Check(ctx context.Context, profileID string, r core.PostRequest) (publish.Report, error)
	Plan(ctx context.Context, profileID string, r core.PostRequest) (core.Errors, error)
	PlanChange(ctx context.Context, profileID, postID string, c core.PostChange) (core.Errors, error)
	Wait(ctx context.Context, profileID, postID string, d time.Duration) (publish.Outcome, error)
	// Unanswered is called when somebody who waited has hung up before the answer.
	Unanswered(ctx context.Context, profileID, postID string) error
	Get(ctx context.Context, profileID, postID string) (publish.Outcome, error)
	List(ctx context.Context, q store.PostQuery) ([]publish.Outcome, error)
	Delete(ctx context.Context, profileID, postID string, markManual bool) publish.Deletion
	DeleteScheduled(ctx context.Context, profileID string) ([]publish.Deletion, error)
	DeleteSeries(ctx context.Context, profileID, seriesID string) ([]publish.Deletion, error)
	Retry(ctx context.Context, profileID, postID string) (publish.Outcome, error)
	Quota(ctx context.Context, a core.Account) (publish.Quota, error)
}

// Accounts links and unlinks the accounts of a profile. *accounts.Manager is one.
type Accounts interface {
	Link(ctx context.Context, profileID string, r accounts.LinkRequest) (core.Account, []core.Finding, error)
	LinkByAnswers(ctx context.Context, profileID string, r accounts.AnswersRequest) ([]core.Account, []core.Finding, error)
	List(ctx context.Context, profileID string) ([]core.Account, error)
	ListOf(ctx context.Context, profileIDs ...string) (map[string][]core.Account, error)
	Get(ctx context.Context, profileID, id string) (core.Account, error)
	SetDefault(ctx context.Context, profileID, id string) (core.Account, error)
	Unlink(ctx context.Context, profileID, id string) error
	UnlinkPlatform(ctx context.Context, profileID, platform string) (int, error)
}

// Sample is a picture that the server ships for trying things out.
type Sample struct {
	Name    string
	MIME    string
	Content []byte
}

// Config is what the API is made of. Publisher, Schedules, Engagement, Accounts, Profiles,
// Requests and Registry are required; the zero value of the rest is its default.
type Config struct {
	Publisher  Publisher
	Schedules  Schedules
	Engagement Engagement
	Accounts   Accounts
	Profiles   store.Profiles
	Requests   store.Requests
	Registry   *core.Registry

	Uploads  Uploads  // nil: no file is taken
	Media    Media    // nil: no file is looked at or edited
	Checker  Checker  // nil: nothing is examined
	Linking  Linking  // nil: there are no link pages
	Inviter  Inviter  // nil: no address of a link page is mailed
	Notices  Notices  // nil: nobody is told of anything
	Webhooks Webhooks // nil: none are called
	Samples  []Sample // none: randomMediaUrl is refused
	Clock    core.Clock
	Log      *slog.Logger
	// PublicURL is the address that clients reach this server at; links in
	// answers begin with it.
	PublicURL string
	// PublishWait is how long the answer to an immediate post waits for its
	// outcome; default 30 s. A client's Prefer header overrides it, up to MaxWait.
	PublishWait time.Duration
	MaxWait     time.Duration // default 5 min
	// MaxUpload limits a multipart request, and thereby every file of it;
	// default 512 MiB.
	MaxUpload int64
	// MaxPut limits a file that is sent to an upload address; default 5 GB.
	MaxPut int64
	// UploadPause is how long a request that brings a file may pause before it is
	// given up; default 1 min.
	UploadPause time.Duration
	// AllowHTTP tells whether media may be fetched from an address without TLS.
	// It is asked for early, clear errors; the fetch itself decides again. nil
	// means never.
	AllowHTTP func(u *url.URL) bool
	// Version of the program, shown in the API's description.
	Version string
	// Observe is called after each request, for metrics. route is the pattern of
	// the route ("/post/:id"; see EachRoute), or "" where none matched.
	Observe func(route, method string, status int, d time.Duration)
}

const (
	defaultPublishWait = 30 * time.Second
	defaultMaxWait     = 5 * time.Minute
	defaultMaxUpload   = 512 << 20     // bytes
	defaultMaxPut      = 5_000_000_000 // bytes
	defaultUploadPause = time.Minute
)

// API answers requests. It is safe for concurrent use.
type API struct {
	Config
	engine   *gin.Engine
	keyring  *keyring
	shapes   *shapes
	inflight *inflight
	document func() ([]byte, error)
	// ownUpload tells which upload an address of this server's leads to.
	ownUpload func(address string) (id string, own bool)
	// released ends when ReleaseWaiters is called.
	released context.Context
	release  context.CancelFunc
}

// New returns the API.
func New(c Config) (*API, error) {
	if c.Publisher == nil || c.Schedules == nil || c.Engagement == nil || c.Accounts == nil || c.Profiles == nil || c.Requests == nil || c.Registry == nil {
		return nil, errors.New("api: Publisher, Schedules, Engagement, Accounts, Profiles, Requests and Registry are required")
	}
	if c.Clock == nil {
		c.Clock = core.SystemClock{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	c.PublishWait = cmp.Or(c.PublishWait, defaultPublishWait)
	c.MaxWait = cmp.Or(c.MaxWait, defaultMaxWait)
	c.MaxUpload = cmp.Or(c.MaxUpload, defaultMaxUpload)
	c.MaxPut = cmp.Or(c.MaxPut, defaultMaxPut)
	c.UploadPause = cmp.Or(c.UploadPause, defaultUploadPause)
	a := &API{
		Config: c, keyring: newKeyring(c.Profiles, c.Clock), shapes: newShapes(),
		inflight: newInflight(), document: documentSource(c.Version, c.Registry.All()), ownUpload: OwnUpload(c.PublicURL),
	}
	a.released, a.release = context.WithCancel(context.Background())
	a.engine = a.newEngine()
	return a, nil
}

// Handler returns the API as a handler for the root of a server.
func (a *API) Handler() http.Handler { return a.engine }

// EachRoute calls f with each route that there is, as Observe names them.
func (a *API) EachRoute(f func(method, route string)) {
	table := a.routes()
	for i, r := range table {
		if slices.ContainsFunc(table[:i], func(before route) bool { return before.path == r.path }) {
			continue
		}
		for _, method := range methodsOf(table, r.path) {
			f(method, r.path)
		}
	}
}

// newEngine mounts every route at "/" and at "/api".
func (a *API) newEngine() *gin.Engine {
	// gin writes to standard output in its other modes. The mode is gin's own
	// process-wide setting; nothing else in this program uses gin.
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.HandleMethodNotAllowed = true
	e.ForwardedByClientIP = false
	// A path is taken apart as it was sent, and its parts are decoded then: ids of some networks
	// have slashes, which clients write as %2F.
	e.UseRawPath, e.UnescapePathValues = true, false
	e.Use(decodePath, a.observe, a.secure, a.recover)
	for _, prefix := range []string{"", "/api"} {
		for _, r := range a.routes() {
			handlers := []gin.HandlerFunc{}
			if r.auth {
				handlers = append(handlers, a.authenticate)
			}
			handlers = append(handlers, a.handle(r.handler))
			e.Handle(r.method, prefix+r.path, handlers...)
			if r.method == http.MethodGet {
				e.Handle(http.MethodHead, prefix+r.path, handlers...) // the server keeps the body back
			}
		}
		for _, s := range shadowedRoutes(a.routes()) {
			e.Handle(s.method, prefix+s.path, a.handle(a.noMethod))
		}
	}
	e.NoRoute(a.handle(noRoute))
	e.NoMethod(a.handle(a.noMethod))
	return e
}
