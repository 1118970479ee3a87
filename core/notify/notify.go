// Package notify tells the owners of profiles what happened: by webhooks, which it registers,
// signs and calls, and by mail. What is to be told is handed over as notices; from there on
// it is kept in the outbox of the store until the receiver has taken it, or it is given up.
package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
)

// The kinds of the queue's jobs. Their keys are the ids of messages.
const (
	WebhookJob = "webhook"
	MailJob    = "mail"
)

// The runner that works the jobs off needs many workers, most of which wait for an answer,
// and a part of them for one host, so that one that hangs delays no other host. It is large
// enough for a host with hundreds of endpoints of which nothing is known yet: if all of them
// hang, one that does not has its turn within about two minutes.
const (
	Concurrency = 256
	TenantMax   = Concurrency / 8
)

// Store is what a Notifier keeps its records in.
type Store interface {
	store.Notices
	GetProfile(ctx context.Context, id string) (core.Profile, error)
	PrimaryProfile(ctx context.Context) (core.Profile, error)
	GetAccount(ctx context.Context, id string) (core.Account, error)
	Enqueue(ctx context.Context, jobs ...queue.Job) error
	Replace(ctx context.Context, jobs ...queue.Job) error
}

// Posts renders the outcome of a post as the members of a JSON object that a `scheduled`
// notice has besides those of every notice. store.ErrNotFound: there is no such post.
type Posts interface {
	PostNotice(ctx context.Context, profileID, postID string) (json.RawMessage, error)
}

// Relinker returns the address at which an account of the profile can be linked again
// without signing in to anything but the network: the same one for the same notice. Empty:
// there is none.
type Relinker interface {
	RelinkAddress(ctx context.Context, profileID, accountID, noticeID string) (string, error)
}

// Result is what came of one try to send a message.
type Result string

// The results.
const (
	ResultDelivered Result = "delivered"
	ResultRetried   Result = "retried" // failed, and is tried again
	ResultFailed    Result = "failed"  // failed, and is given up
	ResultDropped   Result = "dropped" // not sent: nobody wants it any more
)

// Results lists them.
func Results() []Result {
	return []Result{ResultDelivered, ResultRetried, ResultFailed, ResultDropped}
}

// Observer is told what becomes of messages.
type Observer interface {
	MessageTried(channel store.Channel, result Result)
}

// Config is what a Notifier needs. Store, Guard and Vault are required.
type Config struct {
	Store Store
	// Guard decides which addresses are called.
	Guard    *netguard.Guard
	Vault    *vault.Ring
	Registry *core.Registry // for the names of networks; nil: their plain ones
	Posts    Posts          // nil: there are no notices of posts
	Relinker Relinker       // nil: notices have no address to link an account again
	Clock    core.Clock
	Log      *slog.Logger
	Observer Observer
	// Wake is called when a job was stored that is due at once.
	Wake func()
	// Timeout bounds one webhook call; default 15 s.
	Timeout time.Duration
	Mail    *MailConfig // nil: no mail is sent
}

// Notifier tells. It is safe for concurrent use, also by several processes on one store.
type Notifier struct {
	store    Store
	guard    *netguard.Guard
	vault    *vault.Ring
	registry *core.Registry
	posts    Posts
	relinker Relinker
	clock    core.Clock
	log      *slog.Logger
	observer Observer
	wake     func()
	client   *http.Client
	timeout  time.Duration
	health   *health
	mail     mailer // nil: no mail is sent
}

// mailer is the part of a Notifier that sends notices by mail.
type mailer interface {
	// wants tells whether mail about the action goes out for the profile.
	wants(ctx context.Context, p core.Profile, action core.NoticeAction) (bool, error)
	// messages makes the mails of a notice about the profile, without what all messages have;
	// see Notifier.complete, but for those of another profile. Each has an id of its own that
	// is derived from the notice's.
	messages(ctx context.Context, p core.Profile, n core.Notice) ([]store.Message, error)
	// send is the handler of MailJob.
	send(ctx context.Context, j queue.Job) error
}

// defaultTimeout is within what an endpoint has to answer.
const defaultTimeout = 15 * time.Second

// New returns a Notifier.
func New(c Config) (*Notifier, error) {
	if c.Store == nil || c.Guard == nil || c.Vault == nil {
		return nil, errors.New("notify: store, guard and vault are required")
	}
	n := &Notifier{
		store: c.Store, guard: c.Guard, vault: c.Vault, registry: c.Registry, posts: c.Posts, relinker: c.Relinker,
		clock: c.Clock, log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)), observer: c.Observer, wake: c.Wake,
		timeout: cmp.Or(c.Timeout, defaultTimeout), health: newHealth(),
	}
	if n.clock == nil {
		n.clock = core.SystemClock{}
	}
	if n.observer == nil {
		n.observer = noObserver{}
	}
	if n.wake == nil {
		n.wake = func() {}
	}
	n.client = c.Guard.Client(n.timeout)
	n.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if c.Mail != nil {
		var err error
		if n.mail, err = newPostman(n, *c.Mail); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// Handlers returns the notifier's part of the queue's work, for a runner of its own.
func (n *Notifier) Handlers() map[string]queue.Handler {
	handlers := map[string]queue.Handler{WebhookJob: n.callWebhook}
	if n.mail != nil {
		handlers[MailJob] = n.mail.send
	}
	return handlers
}

// noObserver is the Observer of a notifier that nobody watches.
type noObserver struct{}

func (noObserver) MessageTried(store.Channel, Result) {}
