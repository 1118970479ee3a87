// Package crashtest kills Crier and holds what it says against what the network has.
//
// Run starts Crier as a process of its own, which publishes to a strict LinkedIn
// sandbox in this process, and lets clients post without a pause: texts, pictures,
// videos, documents, cards and polls, at once and for the next seconds, some of which
// are cancelled or changed before. Meanwhile the network is slow, breaks connections
// (after the request took effect, too) and refuses now and then, and the process is
// killed with SIGKILL again and again, also while it starts, and at times beside a
// second one on the same store. Every time it is started again. At the end the trouble
// ceases, Crier gets the time that it needs, and each post is judged: none may be lost,
// none doubled, none in another state than Crier says.
//
// A run may also have a fleet of servers and workers that share a MongoDB database. Clients
// ask each server in turn then, one, two or all processes are killed at a moment or stopped
// in order, and the way to the database is cut or loses commands or answers now and then.
//
// One seed gives one plan: the same posts, the same troubles and the same moments of
// the kills. When exactly a kill meets a post still differs from run to run, as it
// depends on the machine.
//
// The package is for tests alone.
package crashtest
