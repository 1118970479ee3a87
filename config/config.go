// Package config reads Crier's settings, and those of the adapters that it is given:
// environment variables that begin with CRIER_, an optional .env file beneath them, and
// for every secret a variable with the suffix _FILE that names a file to read it from. It
// only describes and checks; what the settings bring about is decided elsewhere, and so is
// whether a key ring and a store are usable.
package config

import (
	"reflect"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
)

// Prefix begins the name of every setting.
const Prefix = "CRIER_"

// Config is all settings of a server. The tags are the one source of names,
// defaults and the reference table, for the settings of adapters too:
//
//	env         name without the prefix
//	envDefault  value when the variable is unset or empty
//	shown       default as the reference shows it, where that is not envDefault
//	help        one sentence for the reference
//	file        "true": NAME_FILE may name a file with the value
//	off         "true": set but empty means "off"
type Config struct {
	Addr      Endpoint        `env:"ADDR" envDefault:"127.0.0.1:8080" help:"Address of the API, as host:port."`
	OpsAddr   Endpoint        `env:"OPS_ADDR" envDefault:"127.0.0.1:8081" off:"true" help:"Address of /metrics, /healthz, /readyz and /debug/pprof. Empty or off: none of them. Not meant for the public."`
	PublicURL setting.BaseURL `env:"PUBLIC_URL" shown:"http:// and CRIER_ADDR" help:"Base of the links that Crier gives out, as clients reach it: with several servers, the address of what shares out the requests among them."`
	DataDir   string          `env:"DATA_DIR" envDefault:"./data" help:"Folder of the SQLite file, uploads, downloads in progress and generated keys; each server needs one of its own. crier serve --sandbox keeps all of its own in the folder sandbox below it."`
	Store     Store           `env:"STORE" envDefault:"sqlite" file:"true" help:"sqlite (in CRIER_DATA_DIR), sqlite:/path/file.db, or the URL of a MongoDB replica set or sharded cluster that any number of servers on any machines share: mongodb://user:password@host,host/database?replicaSet=name or mongodb+srv://…; without the name of a database it is crier, and special characters of user and password are percent-encoded. With MongoDB, CRIER_MASTER_KEY, CRIER_PUBLIC_URL and CRIER_MEDIA_STORE have to be set, to the same for all. Of each network, a store holds real accounts or the accounts of the sandbox, never both."`

	APIKey    core.Secret `env:"API_KEY" file:"true" shown:"generated, printed once at the first start" help:"API key of the primary profile; at least 16 characters. Where the store has another key, this one replaces it, and the log warns of that; beside a process that was started with another one, a start is refused."`
	MasterKey core.Secret `env:"MASTER_KEY" file:"true" shown:"generated into CRIER_DATA_DIR (mode 0600) at the first start" help:"32 bytes in base64, in its URL-safe form too, that encrypt tokens at rest. A comma list is a key ring: the first key writes, all of them read; docs/operations.md tells how to change the key."`

	// Adapters are the networks' own settings: the names of each begin with CRIER_ and its name
	// in capitals. Here is their place among the others.
	Adapters []core.Adapter `env:"-"`

	MediaAllow      Prefixes         `env:"MEDIA_ALLOW" help:"Networks (CIDR, comma list) that media may be fetched from, webhooks called in, and the servers reached in that accounts are on where a network has many, besides public addresses; also admits http:// for them. crier serve --sandbox admits the addresses of the sandboxes as well, by default 127.0.0.1 with all its ports."`
	MediaDisk       setting.Bytes    `env:"MEDIA_DISK" envDefault:"10GB" help:"Disk space that files of posts under way may take in CRIER_DATA_DIR; posts that need more wait. A file that is larger, and a post whose files together are, is refused. The post that has been at work longest never waits, so that up to twice as much can be in use for a moment."`
	MediaStore      MediaStore       `env:"MEDIA_STORE" envDefault:"disk" help:"Place of uploaded files: disk (the folder uploads in CRIER_DATA_DIR), disk:/folder, or s3://bucket/prefix?endpoint=https://host&region=name&path-style=true for a bucket of any S3-compatible service; endpoint, region and path-style may be left out with AWS. It belongs to one store: files in it that the store does not know are removed. crier serve --sandbox uses a part of it of its own."`
	S3              S3Keys           `envPrefix:"S3_"`
	MaxUpload       setting.Bytes    `env:"MAX_UPLOAD" envDefault:"5GB" help:"Largest file that a client may upload, and largest form that may bring files with a post."`
	UploadQuota     Quota            `env:"UPLOAD_QUOTA" envDefault:"20GB" off:"true" help:"Space that the uploaded files of one profile may take together. Empty or off: any."`
	UploadRetention setting.Duration `env:"UPLOAD_RETENTION" envDefault:"90d" help:"How long an uploaded file is kept, from 1h to 3660d; one that was sent to an address of /media/uploadUrl is kept for 30 days at most, and one that came attached to a post for 7. Files that a post names are kept until 7 days after it is due, if that is later."`
	PublishWait     time.Duration    `env:"PUBLISH_WAIT" envDefault:"30s" help:"How long an immediate post waits for its result before it answers 202, from 0s to 10m; a request can override it with the Prefer header."`
	DuplicateCheck  setting.Switch   `env:"DUPLICATE_CHECK" envDefault:"on" help:"on or off: whether a post is refused (error 137) when the same content is due for the same account less than 24 hours before or after it. A request passes the check with allowDuplicate: true."`

	SMTPURL  core.Secret   `env:"SMTP_URL" file:"true" help:"Mail server, as smtp://user:password@host:587 or smtps://user:password@host:465; the login may be left out. With smtp://, nothing is sent unless the server offers STARTTLS, and its certificate is valid; ?tls=opportunistic does without where it is not offered, ?tls=none in any case, which is the default for this machine itself (localhost, 127.0.0.1). Unset: no mail is sent."`
	MailFrom string        `env:"MAIL_FROM" help:"Sender of mail, as crier@example.com or Crier <crier@example.com>; needed with CRIER_SMTP_URL."`
	MailTo   MailAddresses `env:"MAIL_TO" help:"Mail addresses of the operator, a comma list. They are told which accounts have to be linked again if their profiles have no address, and of every account whose authorization was lost."`

	NoticeDays  Days             `env:"NOTICE_DAYS" envDefault:"10,3,1" off:"true" help:"When owners are told that an account has to be linked again: days before its authorization ends, a comma list of numbers from 1 to 90, each smaller than the one before. Empty or off: only once it has ended. After a time without a server only the most urgent of the steps that were missed is told."`
	RelinkGrace setting.Duration `env:"RELINK_GRACE" envDefault:"24h" help:"How long after its time a scheduled post still waits for its account to be linked again, from 0s to 30d; 0s: it fails at its time."`

	LogLevel  LogLevel  `env:"LOG_LEVEL" envDefault:"info" help:"debug, info, warn or error."`
	LogFormat LogFormat `env:"LOG_FORMAT" shown:"text on a terminal, else json" help:"text or json."`

	Workers        int           `env:"WORKERS" envDefault:"16" help:"Deliveries that one process works on at a time, from 1 to 1024."`
	Lease          time.Duration `env:"LEASE" envDefault:"45s" help:"How long a worker holds a delivery without a sign of life before another process may take it over, from 1s to 1h; longer than CRIER_COMMIT_TIMEOUT. What a process held that has ended is free within seconds, on the same machine."`
	CommitTimeout  time.Duration `env:"COMMIT_TIMEOUT" envDefault:"30s" help:"Time limit of the one call that makes a post visible, from 1s to 10m."`
	ReconcileAfter Durations     `env:"RECONCILE_AFTER" envDefault:"30s,5m" help:"When to look for a post whose answer was lost, counted from the call that was to publish it; a comma list, one entry for each look, each longer than the one before. A look that the network does not answer for a reason that passes counts for none: it is repeated every minute, or as late as the network asks, for up to 24 h. Where the same call again makes no second post, it is looked for after 1s and 5s as well, and sent again if it is not there."`
	ReadBackAfter  time.Duration `env:"READ_BACK_AFTER" envDefault:"3m" help:"How long after its publication a post is read back, where the network lets the account, so that one which the network accepted and did not show is reported, from 0s to 24h; 0s means never."`
	ShutdownGrace  time.Duration `env:"SHUTDOWN_GRACE" envDefault:"25s" help:"How long a stopping server waits for running requests and deliveries, from 0s to 10m."`
	ShutdownDelay  time.Duration `env:"SHUTDOWN_DELAY" envDefault:"0s" help:"How long a server that is to stop goes on taking requests, while /readyz answers 503 already, from 0s to 10m: longer than the load balancer takes to notice, so that no request meets a closed door. CRIER_SHUTDOWN_GRACE begins after it."`

	SandboxAddr Endpoint `env:"SANDBOX_ADDR" envDefault:"127.0.0.1:8082" help:"Address of the sandbox of crier serve --sandbox, one for each network that has one: the first is here, and each further one on the next port, or on any free one where this is port 0. The log of the start tells which is where."`

	sources  map[string]Source
	warnings []string
}

// S3Keys sign the requests to the bucket of CRIER_MEDIA_STORE.
type S3Keys struct {
	AccessKey string      `env:"ACCESS_KEY" file:"true" shown:"as the AWS tools find it: AWS_ACCESS_KEY_ID, ~/.aws/credentials, or the role of the machine" help:"Access key of the bucket of CRIER_MEDIA_STORE."`
	SecretKey core.Secret `env:"SECRET_KEY" file:"true" help:"Secret of CRIER_S3_ACCESS_KEY."`
}

// Client is all settings of the command-line client.
type Client struct {
	URL        setting.BaseURL `env:"URL" envDefault:"http://127.0.0.1:8080" help:"Address of the server that the client commands talk to."`
	APIKey     core.Secret     `env:"API_KEY" file:"true" help:"API key that the client commands send."`
	ProfileKey core.Secret     `env:"PROFILE_KEY" file:"true" help:"Key of the user profile that the client commands act for; unset: the primary profile."`
}

// Source tells where a value came from.
type Source string

// The sources of values.
const (
	FromDefault     Source = "default"
	FromEnvironment Source = "environment"
	FromDotenv      Source = ".env"
	FromFile        Source = "file"
)

// Warnings tells what looks like a mistake but is not certainly one: variables
// that begin with CRIER_ and are no setting.
func (c Config) Warnings() []string { return c.warnings }

// Clone returns settings that can be changed, those of the adapters too, without changing
// these.
func (c Config) Clone() Config {
	c.Adapters = slices.Clone(c.Adapters)
	for i, a := range c.Adapters {
		settings := reflect.New(reflect.TypeOf(a.Settings).Elem())
		settings.Elem().Set(reflect.ValueOf(a.Settings).Elem())
		c.Adapters[i].Settings = settings.Interface().(core.Settings) //nolint:forcetypeassert // it is of the type of the original
	}
	return c
}
