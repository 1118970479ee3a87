// Command crier is a social posting server, its command-line client, and a
// demonstration of both. `crier help` lists the commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for an orderly end; giving the signals back makes the
	// second one kill.
	context.AfterFunc(ctx, stop)
	code := run(ctx, cli{
		environ: os.Environ(),
		dotenv:  ".env",
		stdin:   os.Stdin,
		stdout:  os.Stdout,
		stderr:  os.Stderr,
	}, os.Args[1:])
	stop()
	os.Exit(code)
}
