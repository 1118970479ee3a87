package main

import (
	"context"
	"sync"
)

// background is work that runs until it is closed.
type background struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// runInBackground starts the work. Close ends its context and waits for it.
func runInBackground(work func(context.Context)) *background {
	ctx, cancel := context.WithCancel(context.Background())
	b := &background{cancel: cancel}
	b.done.Go(func() { work(ctx) })
	return b
}

func (b *background) Close() error {
	b.cancel()
	b.done.Wait()
	return nil
}
