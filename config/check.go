package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
)

// The bounds of settings that would make a server useless or harmful beyond them.
const (
	maxWorkers       = 1024
	maxQuota         = 1_000_000_000
	minLease         = time.Second
	maxLease         = time.Hour
	minCommitTimeout = time.Second
	maxCommitTimeout = 10 * time.Minute
	maxPublishWait   = 10 * time.Minute
	maxShutdownGrace = 10 * time.Minute
	maxShutdownDelay = 10 * time.Minute
	maxReadBackAfter = 24 * time.Hour
	maxRelinkGrace   = Duration(30 * day)
	minRetention     = Duration(time.Hour)
	maxRetention     = Duration(3660 * day)
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
	report("LINKEDIN_APP_QUOTA", between(c.LinkedIn.AppQuota, 0, maxQuota))
	report("LINKEDIN_POSTS_PER_DAY", between(c.LinkedIn.PostsPerDay, 0, maxQuota))
	report("LINKEDIN_MEMBER_QUOTA", between(c.LinkedIn.MemberQuota, 0, maxQuota))
	report("WORKERS", between(c.Workers, 1, maxWorkers))
	report("LEASE", between(c.Lease, minLease, maxLease))
	report("COMMIT_TIMEOUT", between(c.CommitTimeout, minCommitTimeout, maxCommitTimeout))
	report("LEASE", required(c.Lease > c.CommitTimeout,
		"must be longer than CRIER_COMMIT_TIMEOUT, so that nobody takes a delivery over while its one call is under way"))
	report("PUBLISH_WAIT", between(c.PublishWait, 0, maxPublishWait))
	report("UPLOAD_RETENTION", between(c.UploadRetention, minRetention, maxRetention))
	report("READ_BACK_AFTER", between(c.ReadBackAfter, 0, maxReadBackAfter))
	report("RELINK_GRACE", between(c.RelinkGrace, 0, maxRelinkGrace))
	report("SHUTDOWN_GRACE", between(c.ShutdownGrace, 0, maxShutdownGrace))
	report("SHUTDOWN_DELAY", between(c.ShutdownDelay, 0, maxShutdownDelay))
	return problems
}

// checkPairs checks settings that only make sense together.
func (c Config) checkPairs(report func(name string, err error)) {
	if c.LinkedIn.ClientID != "" || c.LinkedIn.ClientSecret != "" {
		report("LINKEDIN_CLIENT_ID", required(c.LinkedIn.ClientID != "", "needed with CRIER_LINKEDIN_CLIENT_SECRET"))
		report("LINKEDIN_CLIENT_SECRET", required(c.LinkedIn.ClientSecret != "", "needed with CRIER_LINKEDIN_CLIENT_ID"))
	}
	if c.LinkedIn.CommunityClientID != "" || c.LinkedIn.CommunityClientSecret != "" {
		report("LINKEDIN_COMMUNITY_CLIENT_ID", required(c.LinkedIn.CommunityClientID != "", "needed with CRIER_LINKEDIN_COMMUNITY_CLIENT_SECRET"))
		report("LINKEDIN_COMMUNITY_CLIENT_SECRET", required(c.LinkedIn.CommunityClientSecret != "", "needed with CRIER_LINKEDIN_COMMUNITY_CLIENT_ID"))
	}
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

func between[T int | time.Duration | Duration](value, low, high T) error {
	if value < low || value > high {
		return fmt.Errorf("%v is outside the range from %v to %v", value, low, high)
	}
	return nil
}
