// Package setting holds the types of settings that the server and the adapters of networks
// share. Each reads what an operator writes, tells what is wrong with it, and writes it back
// as it is read: its UnmarshalText and its String. What is wrong is told without the value
// where a secret may stand in it.
package setting
