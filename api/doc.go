// Package api is Crier's HTTP API. It speaks the Ayrshare shapes at "/" and
// "/api": it turns requests into calls of the use cases and their outcomes into
// answers, and holds no rule about posts of its own.
//
// Every answer is JSON, those to unknown paths, missing keys and defects
// included, because published clients parse the body whatever the status.
// openapi.yaml describes all of it.
package api
