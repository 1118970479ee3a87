package core

import (
	"context"
	"time"
)

// The interfaces of this file are found on a Provider by type assertion, and are safe
// for concurrent use.

// Versioned is a Provider whose network retires the versions of its API one after the
// other.
type Versioned interface {
	// APIVersion is the version that calls are made with now. It is Info's at the
	// start, and newer once the network has ceased to serve that one.
	APIVersion() string
	// VersionEnd is the day from which the network no longer serves the version in use:
	// as published or, if it is not, as promised at least.
	VersionEnd() (end time.Time, published bool)
	// VersionNotice tells what the operator should know of the version in use, if there
	// is anything: that its end is near.
	VersionNotice(now time.Time) (notice string, needed bool)
}

// Meter is a Provider that counts its calls.
type Meter interface {
	// Usage tells how many calls were made with the account's authorization today. It
	// makes none.
	Usage(ctx context.Context, s *Session) (Usage, error)
}

// Throttle is a Provider that holds back calls which its network would refuse.
type Throttle interface {
	// HeldEndpoints counts the endpoints that no call is made to now, one for each
	// account's authorization.
	HeldEndpoints() int
}

// Usage is how many calls were made on one day. The server that answers counts its own
// since it was started; what others do with the same authorization it cannot know.
type Usage struct {
	Day       string          `json:"day"` // in UTC: "2026-11-20"
	Calls     int             `json:"calls"`
	Endpoints []EndpointUsage `json:"endpoints"`
	// ResetsAt is when the network counts anew.
	ResetsAt time.Time `json:"resetsAt"`
}

// EndpointUsage is how many calls were made to one endpoint. A quota of 0 is not known.
type EndpointUsage struct {
	Endpoint string `json:"endpoint"`
	Calls    int    `json:"calls"` // with the account's authorization
	Quota    int    `json:"quota,omitempty"`
	AppCalls int    `json:"appCalls"` // with everybody's
	AppQuota int    `json:"appQuota,omitempty"`
	// HeldUntil is until when no call is made, because the network has refused some or a
	// quota is used up.
	HeldUntil time.Time `json:"heldUntil,omitzero"`
}

// Call is one request to a network's API.
type Call struct {
	Platform string
	Endpoint string
	// Status is that of the answer; 0 when there was none.
	Status int
	// Held means that no request was made: a quota is used up, or the network has
	// refused too many.
	Held bool
}
