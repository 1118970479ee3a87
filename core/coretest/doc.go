// Package coretest helps to test whatever stands on package core: a clock that
// is moved by hand, a scripted network that lives in memory, sources of media
// and tokens, builders, and a corpus of hostile input. Everything in it is safe
// for concurrent use unless it says otherwise.
package coretest
