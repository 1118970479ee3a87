// Package crashtest kills Crier and holds what it says against what the networks have.
//
// Run starts Crier as a process of its own, which publishes to one or several networks,
// and lets clients post without a pause: texts and whatever else the networks show, at
// once and for the next seconds, some of which are cancelled or changed before.
// Meanwhile each network is slow, breaks connections
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
// What a run has to know of a network is in Network and Site: how it is started and linked,
// which requests create something there, and what readers see of it. All else, the troubles
// in front of it as well, is the same for every network.
//
// The package is for tests alone.
package crashtest
