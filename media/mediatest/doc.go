// Package mediatest makes tiny media files for tests, valid ones and hostile ones,
// and serves them over HTTP the way that good, broken and malicious servers do.
package mediatest
