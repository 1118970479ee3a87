// Package browser has a real browser link accounts on the link pages of a running `crier
// serve --sandbox`: through the consent of the sandbox, over a year of moved clock, until they
// are unlinked. It finds what it presses in the accessibility tree, by role and name, as those
// do who listen to a page.
//
//	make interop-browser
//
// installs Chromium where it may, and runs the tests. Without it they are skipped with a loud
// message, or fail if CRIER_INTEROP_REQUIRE is 1. With -update they write the pictures of the
// documentation anew.
package browser
