// Package interop runs LinkedIn's own JavaScript client, from the npm registry,
// against the sandbox. What that client sends and understands was not written here,
// so it checks the sandbox from outside.
//
//	go test -v -tags interop ./providers/linkedin/interop/...
//
// needs Node.js, npm and access to the npm registry.
package interop
