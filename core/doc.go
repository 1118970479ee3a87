// Package core holds Crier's vocabulary: posts, deliveries, accounts, the
// contract that every social network's adapter fulfils, and the one error type
// that all layers speak. It imports nothing else of Crier and names no network.
package core
