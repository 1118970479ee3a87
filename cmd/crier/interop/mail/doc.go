// Package mail has a running `crier serve --sandbox` send mail through servers that nobody
// here wrote: maildev, and smtp-server of Nodemailer, which has STARTTLS.
//
//	make interop-mail
//
// needs Node.js, npm and access to the npm registry. Without the programs the tests are
// skipped with a loud message, or fail if CRIER_INTEROP_REQUIRE is 1.
package mail
