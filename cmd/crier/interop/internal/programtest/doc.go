// Package programtest runs Crier as a program of its own, for the tests that have others'
// programs meet it.
package programtest
