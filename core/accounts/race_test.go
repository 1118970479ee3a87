//go:build race

package accounts_test

// rounds is how often two managers, or processes, find the same token ended. The race
// detector makes them slow, and needs few to see what there is to see.
const rounds = 100
