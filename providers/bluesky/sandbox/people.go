package sandbox

// The accounts of DefaultAccounts.
const (
	AliceDID         = "did:plc:sandboxalice222222222222"
	AliceHandle      = "alice.test"
	AliceAppPassword = "alic-aaaa-bbbb-cccc" //nolint:gosec // of an account that exists here only

	BobDID         = "did:plc:sandboxbob22222222222222"
	BobHandle      = "bob.test"
	BobAppPassword = "bobb-aaaa-bbbb-cccc" //nolint:gosec // of an account that exists here only

	CarolDID         = "did:plc:sandboxcarol222222222222"
	CarolHandle      = "carol.test"
	CarolAppPassword = "caro-aaaa-bbbb-cccc" //nolint:gosec // of an account that exists here only

	// Dave has deactivated the account.
	DaveDID         = "did:plc:sandboxdave2222222222222"
	DaveHandle      = "dave.test"
	DaveAppPassword = "dave-aaaa-bbbb-cccc"

	// Password is the main password of them all.
	Password = "correct-horse-battery"
)

// didPrefix begins every DID of a sandbox, and none elsewhere: a DID of the directory is the
// hash of something.
const didPrefix = "did:plc:sandbox"

// Account is somebody with a repository here.
type Account struct {
	DID          string   `json:"did"`
	Handle       string   `json:"handle"`
	Email        string   `json:"email"`
	Password     string   `json:"password"`
	AppPasswords []string `json:"appPasswords"`
	Name         string   `json:"displayName"`
	Description  string   `json:"description,omitempty"`
	Status       Status   `json:"status"`
}

// Status is the state of an account. https://atproto.com/specs/account
type Status string

// The states.
const (
	StatusActive      Status = "active"
	StatusDeactivated Status = "deactivated"
	StatusTakendown   Status = "takendown"
	StatusSuspended   Status = "suspended"
	// StatusDeleted leaves nothing but the DID, which is no longer available.
	StatusDeleted Status = "deleted"
)

// Statuses lists every state.
func Statuses() []Status {
	return []Status{StatusActive, StatusDeactivated, StatusTakendown, StatusSuspended, StatusDeleted}
}

// DefaultAccounts are who is there at the start.
func DefaultAccounts() []Account {
	account := func(did, handle, appPassword, name, description string, status Status) Account {
		return Account{
			DID: did, Handle: handle, Email: name + "@example.com", Password: Password,
			AppPasswords: []string{appPassword}, Name: name, Description: description, Status: status,
		}
	}
	return []Account{
		account(AliceDID, AliceHandle, AliceAppPassword, "Alice", "Knits, and tells of it.", StatusActive),
		account(BobDID, BobHandle, BobAppPassword, "Bob", "Builds bridges.", StatusActive),
		account(CarolDID, CarolHandle, CarolAppPassword, "Carol", "Reads more than she writes.", StatusActive),
		account(DaveDID, DaveHandle, DaveAppPassword, "Dave", "On holiday.", StatusDeactivated),
	}
}
