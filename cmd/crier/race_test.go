//go:build race

package main

// raceEnabled tells that the race detector watches, which makes everything slow.
const raceEnabled = true
