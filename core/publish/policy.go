package publish

import (
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// How often and how long a delivery is tried.
const (
	maxTemporary     = 8 // failures that may pass by themselves: waits of 2 to 4 minutes in all
	maxDownloads     = 3 // of a file whose host is in trouble: waits of 3 to 6 seconds in all
	maxInternal      = 2
	rateLimitDefault = time.Minute
	// rateLimitPatience is how long after its time a post may still go out when
	// the network's limit of calls is used up: quotas are daily.
	rateLimitPatience = 26 * time.Hour
	// storePatience is how long after its time a post waits for this server to have room
	// for its files.
	storePatience = 26 * time.Hour
	// reconcilePatience is how long a lost answer is looked for while the network
	// does not let itself be asked.
	reconcilePatience = 24 * time.Hour
)

var (
	temporaryBackoff = queue.Backoff{Base: 2 * time.Second, Max: 5 * time.Minute}
	earlyBackoff     = queue.Backoff{Base: 30 * time.Second, Max: 30 * time.Second}
	rateLimitBackoff = queue.Backoff{Base: rateLimitDefault, Max: rateLimitDefault}
	reconcileBackoff = queue.Backoff{Base: time.Minute, Max: time.Minute}
)

// verdict says what follows from a failure.
type verdict struct {
	again   bool
	counted bool // it uses up an attempt
	after   time.Duration
}

// judge decides by the kind of the error, how often the delivery failed before,
// and how late it is; negative means that its time is still to come.
func judge(e *core.Error, failures int, late time.Duration) verdict {
	switch e.Kind {
	case core.KindTemporary:
		if late < 0 { // it is prepared ahead: there is time for the trouble to pass
			return verdict{again: true, after: max(e.RetryAfter, earlyBackoff.Delay(0))}
		}
		if core.CodeOf(e) == core.CodeStoreUnavailable && late <= storePatience { // this server's disk: no fault of the post
			return verdict{again: true, after: max(e.RetryAfter, earlyBackoff.Delay(0))}
		}
		limit := maxTemporary
		if core.CodeOf(e) == core.CodeMediaURL {
			limit = maxDownloads
		}
		if failures+1 >= limit {
			return verdict{}
		}
		return verdict{again: true, counted: true, after: max(e.RetryAfter, temporaryBackoff.Delay(failures))}
	case core.KindRateLimited:
		if late > rateLimitPatience {
			return verdict{}
		}
		if core.CodeOf(e) == core.CodeMediaSpace { // the server's own: other posts give it back at any moment
			return verdict{again: true, after: e.RetryAfter}
		}
		return verdict{again: true, after: max(e.RetryAfter, rateLimitBackoff.Delay(0))}
	case core.KindInternal:
		if failures+1 >= maxInternal {
			return verdict{}
		}
		return verdict{again: true, counted: true, after: temporaryBackoff.Delay(failures)}
	case core.KindInvalid, core.KindUnsupported, core.KindMedia, core.KindAuth, core.KindForbidden,
		core.KindNotFound, core.KindDuplicate, core.KindUncertain:
		return verdict{}
	}
	return verdict{}
}

// worst returns the error that decides: one that repeating cannot cure before
// one that may pass by itself.
func worst(es core.Errors) *core.Error {
	if i := slices.IndexFunc(es, lasts); i >= 0 {
		return es[i]
	}
	return es[0]
}

// lasts tells whether repeating cannot cure an error.
func lasts(e *core.Error) bool {
	switch e.Kind {
	case core.KindTemporary, core.KindRateLimited, core.KindInternal:
		return false
	case core.KindInvalid, core.KindUnsupported, core.KindMedia, core.KindAuth, core.KindForbidden,
		core.KindNotFound, core.KindDuplicate, core.KindUncertain:
		return true
	}
	return false
}

// retryable tells whether sending a failed delivery again, by hand and later,
// may help without any change to the post.
func retryable(r core.PostRequest, d core.Delivery) bool {
	if d.State != core.DeliveryFailed || d.Error == nil {
		return false
	}
	return !slices.ContainsFunc(append(core.Errors{d.Error}, d.OtherErrors...), func(e *core.Error) bool { return !curable(r, d.Platform, e) })
}

// curable tells whether an error may be gone later without any change to the post.
func curable(r core.PostRequest, platform string, e *core.Error) bool {
	switch e.Kind {
	case core.KindTemporary, core.KindRateLimited, core.KindInternal, core.KindAuth, core.KindForbidden:
		return true
	case core.KindMedia:
		return core.CodeOf(e) == core.CodeMediaURL && replaceable(r, platform, e.Field)
	case core.KindInvalid, core.KindUnsupported, core.KindNotFound, core.KindDuplicate, core.KindUncertain:
		return false
	}
	return false
}

// replaceable tells whether another file may be put in the place of the one of a field: not
// where the server itself holds it.
func replaceable(r core.PostRequest, platform, field string) bool {
	for _, ref := range r.Media.For(platform) {
		if ref.Field == field {
			return ref.Remote()
		}
	}
	return true // an option's address
}
