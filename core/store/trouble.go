package store

import (
	"errors"
	"time"
)

// Errors of a store that fails for a reason which its operator can do something about, or
// which passes by itself. A store wraps its own error in the one that fits. What was to be
// written is not stored then, unless the error says otherwise, and may be written again.
var (
	// ErrUnreachable means that the database's server does not answer. What was to be written
	// may have been stored: the answer was lost then.
	ErrUnreachable = errors.New("store: the database cannot be reached")
	// ErrDenied means that the database's server does not accept the login.
	ErrDenied = errors.New("store: the database refuses the login")
	// ErrClock means that the clock of this machine is not that of the others that share the
	// store, so that what depends on the time is not done here.
	ErrClock = errors.New("store: the clock of this machine is wrong")
	// ErrFull means that there is no room for what is to be stored.
	ErrFull = errors.New("store: the disk is full")
	// ErrReadOnly means that the data can be read and not written.
	ErrReadOnly = errors.New("store: the data cannot be written")
	// ErrBusy means that another program kept the data locked for too long.
	ErrBusy = errors.New("store: another program keeps the data locked")
	// ErrDisk means that the operating system failed to read or write.
	ErrDisk = errors.New("store: reading or writing the disk failed")
	// ErrDamaged means that what is stored is not what was written.
	ErrDamaged = errors.New("store: the data is damaged")
)

// Trouble describes one of these errors to people.
type Trouble struct {
	Err    error  // the sentinel
	Reason string // ends a sentence: "the database cannot be written: …"
	Help   string // the operator's way out
	// Pause is after how long it is worth trying again.
	Pause time.Duration
}

const (
	// failoverPause is short: of several servers of a database another takes over within about
	// 12 s. https://www.mongodb.com/docs/manual/core/replica-set-elections/
	failoverPause = 5 * time.Second
	// mendPause is for what somebody has to mend.
	mendPause = 30 * time.Second
)

// TroubleOf returns the description of the trouble within err, if it is one of them.
func TroubleOf(err error) (Trouble, bool) {
	for _, t := range []Trouble{
		{ErrUnreachable, "its server does not answer", "The operator looks whether the database's server runs and can be reached from here; Crier goes on by itself then.", failoverPause},
		{ErrDenied, "its server refuses the login", "The operator makes the user and the password of CRIER_STORE those of the database's server; a server with another CRIER_STORE has to be started again.", mendPause},
		{ErrClock, "the clock of this machine is not that of the database's server", "The operator has all machines set their clocks by the same time service (NTP: chrony, systemd-timesyncd); Crier goes on by itself then.", mendPause},
		{ErrFull, "its disk is full", "The operator makes room on the disk of the database; the server goes on by itself then.", mendPause},
		{ErrReadOnly, "it can be read, but not written", "The operator makes the database's file and folder writable again, or gives the user of CRIER_STORE the right to write, and restarts the server if it does not go on by itself.", mendPause},
		{ErrBusy, "another program keeps it locked", "The operator ends what holds the database's lock: a backup or a database shell in the middle of a transaction. The server goes on by itself then.", mendPause},
		{ErrDisk, "its disk fails to read or write", "The operator looks at the disk of the database and at the system's log.", mendPause},
		{ErrDamaged, "it is damaged", "The operator stops the server and brings the database back from a backup; see --restored.", mendPause},
	} {
		if errors.Is(err, t.Err) {
			return t, true
		}
	}
	return Trouble{}, false
}
