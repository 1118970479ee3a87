// Package program runs Crier as a program of its own, for the tests that have others'
// programs meet it.
package program
