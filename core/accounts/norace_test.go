//go:build !race

package accounts_test

// rounds is how often two managers, or processes, find the same token ended.
const rounds = 1000
