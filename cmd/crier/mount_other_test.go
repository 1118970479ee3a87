//go:build !linux

package main

import "testing"

func mountSmall(*testing.T, string, string) bool { return false }

func mountReadOnly(*testing.T, string) bool { return false }
