// Package interop holds the sandbox against a genuine server: its tests ask both the same
// questions, those that Crier asks, and what they answer is compared with what the genuine
// one answered when testdata was written.
//
//	go test ./providers/bluesky/interop
//	make interop-bluesky
//
// The first asks the sandbox; the second both, and needs Node.js, npm and access to the npm
// registry.
package interop
