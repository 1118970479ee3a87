// Package filelock takes locks of the operating system on files. They end with the process
// that holds them, however that ends, so that nothing has to be cleared away after a crash:
// whoever gets a lock knows that its former holder is gone.
//
// A lock belongs to the open file: Close gives it back, and another open file of the same
// process does not have it. It keeps nobody from reading the file or writing to it.
package filelock
