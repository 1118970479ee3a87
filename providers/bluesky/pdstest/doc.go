// Package pdstest runs a genuine Bluesky server for tests: a PDS (Personal Data Server) of the
// packages that its makers publish, with a PLC directory of its own beside it. There is no
// AppView and no video service: those are not in these packages.
//
// The programs are put in place by server/install.sh (make bluesky-server), and found by the
// variable CRIER_INTEROP_PDS.
//
// https://atproto.com/guides/self-hosting
package pdstest
