package config

import (
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
)

// The bounds of settings that would make a server useless or harmful beyond them.
const (
	maxWorkers       = 1024
	minLease         = time.Second
	maxLease         = time.Hour
	minCommitTimeout = time.Second
	maxCommitTimeout = 10 * time.Minute
	maxPublishWait   = 10 * time.Minute
	maxShutdownGrace = 10 * time.Minute
	maxShutdownDelay = 10 * time.Minute
	maxReadBackAfter = 24 * time.Hour
	maxRelinkGrace   = setting.Duration(30 * setting.Day)
	minRetention     = setting.Duration(time.Hour)
	maxRetention     = setting.Duration(3660 * setting.Day)
)

// check finds the mistakes that parsing a single value cannot.
func (c Config) check() core.Errors {
	var problems core.Errors
	report := func(name string, err error) {
		if err != nil {
			problems = append(problems, problem(Prefix+name, err))
		}
	}
	report("ADDR", required(c.Addr != "", "the API needs an address"))
	report("SANDBOX_ADDR", required(c.SandboxAddr != "", "an address is needed; the sandbox runs only with serve --sandbox"))
	if c.APIKey != "" {
		report("API_KEY", checkAPIKey(c.APIKey.Reveal()))
	}
	c.checkPairs(report)
	report("WORKERS", setting.Between(c.Workers, 1, maxWorkers))
	report("LEASE", setting.Between(c.Lease, minLease, maxLease))
	report("COMMIT_TIMEOUT", setting.Between(c.CommitTimeout, minCommitTimeout, maxCommitTimeout))
	report("LEASE", required(c.Lease > c.CommitTimeout,
		"must be longer than CRIER_COMMIT_TIMEOUT, so that nobody takes a delivery over while its one call is under way"))
	report("PUBLISH_WAIT", setting.Between(c.PublishWait, 0, maxPublishWait))
	report("UPLOAD_RETENTION", setting.Between(c.UploadRetention, minRetention, maxRetention))
	report("READ_BACK_AFTER", setting.Between(c.ReadBackAfter, 0, maxReadBackAfter))
	report("RELINK_GRACE", setting.Between(c.RelinkGrace, 0, maxRelinkGrace))
	report("SHUTDOWN_GRACE", setting.Between(c.ShutdownGrace, 0, maxShutdownGrace))
	report("SHUTDOWN_DELAY", setting.Between(c.ShutdownDelay, 0, maxShutdownDelay))
	return problems
}

// checkPairs checks settings that only make sense together.
func (c Config) checkPairs(report func(name string, err error)) {
	if c.S3.AccessKey != "" || c.S3.SecretKey != "" {
		report("S3_ACCESS_KEY", required(c.S3.AccessKey != "", "needed with CRIER_S3_SECRET_KEY"))
		report("S3_SECRET_KEY", required(c.S3.SecretKey != "", "needed with CRIER_S3_ACCESS_KEY"))
	}
	if c.SMTPURL == "" && c.MailFrom == "" && len(c.MailTo) == 0 {
		return
	}
	report("SMTP_URL", required(c.SMTPURL != "", "needed with CRIER_MAIL_FROM and CRIER_MAIL_TO"))
	report("MAIL_FROM", required(c.MailFrom != "", "needed with CRIER_SMTP_URL"))
	if c.SMTPURL != "" {
		report("SMTP_URL", checkSMTP(c.SMTPURL.Reveal()))
	}
	if c.MailFrom != "" {
		report("MAIL_FROM", checkMail(c.MailFrom))
	}
}

func required(ok bool, message string) error {
	if ok {
		return nil
	}
	return errors.New(message)
}

// checkAdapters asks the adapters what is wrong with their settings.
func (c Config) checkAdapters() core.Errors {
	var problems core.Errors
	for _, a := range c.Adapters {
		for _, e := range a.Settings.Check() {
			problems = append(problems, problem(adapterPrefix(a.Name)+e.Field, errors.New(e.Message)))
		}
	}
	return problems
}
