package core

import "time"

// UploadState tells whether the bytes of an upload are there.
type UploadState string

// The states of an upload. The values are stored.
const (
	UploadPending UploadState = "pending" // its bytes are awaited, or on their way
	UploadReady   UploadState = "ready"
	UploadDeleted UploadState = "deleted" // it is gone for clients; its bytes are about to be removed
)

// Upload is a file that a client gave to this server.
type Upload struct {
	ID          string `json:"id"` // cannot be guessed: whoever knows it may read the file
	ProfileID   string `json:"profileId"`
	Name        string `json:"name"` // a plain file name, safe in headers and addresses
	Description string `json:"description,omitempty"`
	MIME        string `json:"mime"` // read from the bytes; as announced while pending
	// Size is in bytes; of a pending upload, the room that is set aside for it.
	Size  int64       `json:"size"`
	State UploadState `json:"state"`
	// Blob is the key under which the bytes are kept. While they arrive, it tells
	// which attempt to send them is the one that counts.
	Blob string `json:"blob,omitempty"`
	// TicketHash is the SHA-256 of the secret that allows to send the bytes of an
	// upload, once.
	TicketHash []byte    `json:"ticketHash,omitempty"`
	CreatedAt  time.Time `json:"createdAt"`
	// ExpiresAt is when the file is removed; of a pending upload, when its address
	// ends to be good, or, while bytes arrive, when it is given up without further
	// ones.
	ExpiresAt time.Time `json:"expiresAt"`
	Version   int64     `json:"version"` // counts updates; owned by the store
}

// NewUpload describes a file that is about to be stored.
type NewUpload struct {
	ProfileID   string
	Name        string // as the client calls it
	Description string
	// MIME is what the client says that it is; it only matters until the bytes are
	// there.
	MIME string
	// Limit is the largest size taken, in bytes; 0 is no limit of the caller's.
	Limit int64
	// KeepFor is how long the file is kept, if that is shorter than the gallery's own
	// time; 0: that.
	KeepFor time.Duration
	// Late, if set, is called once, when all bytes were read and before the upload is
	// there: its results take the place of Name and Description, which a client may
	// send after the file.
	Late func() (name, description string)
}
