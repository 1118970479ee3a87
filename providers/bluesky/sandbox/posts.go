package sandbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/providers/bluesky/atdata"
	"github.com/crier-social/crier/providers/bluesky/sandbox/lexicon"
)

const collectionPost = lexicon.Post

// Record is a record as a test looks at it.
type Record struct {
	URI        string          `json:"uri"`
	CID        string          `json:"cid"`
	Author     string          `json:"author"` // handle
	Collection string          `json:"collection"`
	RKey       string          `json:"rkey"`
	Indexed    time.Time       `json:"indexedAt"`
	Value      json.RawMessage `json:"value"`
}

// Text is the text of a post, or empty.
func (r Record) Text() string {
	var post struct{ Text string }
	_ = json.Unmarshal(r.Value, &post) // it was written here
	return post.Text
}

// Posts lists the posts of all accounts, oldest first; replies are posts.
func (s *Sandbox) Posts() []Record { return s.Records(lexicon.Post) }

// Records lists the records of a collection of all accounts, oldest first.
func (s *Sandbox) Records(collection string) []Record {
	s.settle(s.clock.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Record
	for _, a := range s.order {
		for _, r := range a.records[collection] {
			out = append(out, a.show(r))
		}
	}
	slices.SortFunc(out, func(a, b Record) int {
		return cmp.Or(a.Indexed.Compare(b.Indexed), cmp.Compare(a.RKey, b.RKey), cmp.Compare(a.URI, b.URI))
	})
	return out
}

func (a *account) show(r *record) Record {
	return Record{a.uri(r.collection, r.rkey), r.cid, a.handle, r.collection, r.rkey, r.indexed, atdata.JSON(r.value)}
}

// Record returns the record at an address.
func (s *Sandbox) Record(uri string) (Record, bool) {
	s.settle(s.clock.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	a, r := s.locate(uri)
	if r == nil {
		return Record{}, false
	}
	return a.show(r), true
}

// locate finds a record, whatever the state of the account. The caller holds the lock.
func (s *Sandbox) locate(uri string) (*account, *record) {
	authority, collection, rkey, ok := splitURI(uri)
	if !ok {
		return nil, nil
	}
	a := s.find(authority)
	if a == nil {
		return nil, nil
	}
	return a, a.record(collection, rkey)
}

// DeleteRecord removes a record as if its owner had done so elsewhere, and tells whether it was there.
func (s *Sandbox) DeleteRecord(uri string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, r := s.locate(uri)
	if r == nil {
		return false
	}
	delete(a.records[r.collection], r.rkey)
	a.commit(s, s.clock.Now())
	s.dropBlobs(a, r)
	return true
}

// CreateRecord writes a record as if its owner had done so elsewhere, and returns its address. The
// key is made if it is empty. What the lexicon does not allow is refused; what a text refers to is
// not looked at.
func (s *Sandbox) CreateRecord(repo, collection, rkey string, value json.RawMessage) (string, error) {
	parsed, err := atdata.Parse(value)
	if err != nil {
		return "", fmt.Errorf("record: %w", err)
	}
	m, isObject := parsed.(map[string]any)
	if !isObject {
		return "", errors.New("record: want an object")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.find(repo)
	if a == nil {
		return "", unknownAccount(repo)
	}
	now := s.clock.Now()
	if rkey == "" {
		rkey = s.nextTID(now)
	}
	m["$type"] = collection
	if _, err := lexicon.Check(collection, rkey, m, "record"); err != nil {
		return "", err
	}
	s.put(a, collection, rkey, m)
	a.commit(s, now)
	return a.uri(collection, rkey), nil
}

func unknownAccount(identifier string) error {
	return fmt.Errorf("account %q does not exist; GET /sandbox/accounts lists every one", identifier)
}

// SetStatus changes the state of an account.
func (s *Sandbox) SetStatus(account string, status Status) error {
	if !slices.Contains(Statuses(), status) {
		return fmt.Errorf("status %q: want one of %v", status, Statuses())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.find(account)
	if a == nil {
		return unknownAccount(account)
	}
	a.status = status
	return nil
}

// SetHandle renames an account.
func (s *Sandbox) SetHandle(account, handle string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.find(account)
	if a == nil {
		return unknownAccount(account)
	}
	a.handle = handle
	return nil
}

// EndSessions ends every session of an account, access tokens included, as when somebody changes
// the password.
func (s *Sandbox) EndSessions(account string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.find(account)
	if a == nil {
		return unknownAccount(account)
	}
	s.endSessions(a)
	return nil
}

// endSessions is EndSessions. The caller holds the lock.
func (s *Sandbox) endSessions(a *account) {
	for id, session := range s.sessions {
		if session.did == a.did {
			delete(s.sessions, id)
		}
	}
	for _, g := range s.grants {
		if g.did == a.did {
			s.endGrant(g)
		}
	}
	s.expireTokens(a)
	s.save()
}

// expireTokens ends the access tokens of an account. The caller holds the lock.
func (s *Sandbox) expireTokens(a *account) {
	for _, token := range a.issued {
		s.revoked[token] = true
	}
	a.issued = nil
	for _, g := range s.grants {
		if g.did == a.did {
			g.access = map[string]bool{}
		}
	}
}

// ExpireTokens ends the access tokens of an account; they can be refreshed.
func (s *Sandbox) ExpireTokens(account string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.find(account)
	if a == nil {
		return unknownAccount(account)
	}
	s.expireTokens(a)
	return nil
}

// AllAccounts lists the accounts, in the order in which they came.
func (s *Sandbox) AllAccounts() []Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Account, len(s.order))
	for i, a := range s.order {
		out[i] = Account{DID: a.did, Handle: a.handle, Email: a.email, Password: a.password, Status: a.status, AppPasswords: []string{}}
		for _, p := range a.appPasswords {
			out[i].AppPasswords = append(out[i].AppPasswords, p.password)
		}
		if profile := a.record(lexicon.Profile, "self"); profile != nil {
			out[i].Name, _ = profile.value["displayName"].(string)
			out[i].Description, _ = profile.value["description"].(string)
		}
	}
	return out
}
