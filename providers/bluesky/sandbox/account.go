package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/providers/bluesky/atdata"
	"github.com/crier-social/crier/providers/bluesky/sandbox/lexicon"
)

// account is somebody with a repository here.
type account struct {
	did, handle, email, password string
	emailConfirmed               bool
	appPasswords                 []appPassword
	status                       Status
	created                      time.Time
	key                          *ecdsa.PrivateKey // signs for the account
	head, rev                    string            // of the repository
	records                      map[string]map[string]*record
	blobs                        map[string]*upload // by CID
	issued                       []string           // access tokens
	writes                       []writeCost        // of the last hour, for the limit
}

type appPassword struct {
	name, password string
	created        time.Time
	privileged     bool
}

// record is one record of a repository.
type record struct {
	collection, rkey string
	cid              string
	value            map[string]any
	indexed          time.Time
}

func (a *account) uri(collection, rkey string) string {
	return "at://" + a.did + "/" + collection + "/" + rkey
}

// active tells whether others see the account.
func (a *account) active() bool { return a.status == StatusActive }

// barred tells whether moderators have closed the account.
func (a *account) barred() bool {
	return a.status == StatusTakendown || a.status == StatusSuspended
}

func (a *account) record(collection, rkey string) *record { return a.records[collection][rkey] }

// AddAccount adds somebody, or replaces the account with the same DID.
func (s *Sandbox) AddAccount(in Account) error {
	if _, err := syntax.ParseDID(in.DID); err != nil {
		return fmt.Errorf("did %q: want did:plc:…", in.DID)
	}
	if _, err := syntax.ParseHandle(in.Handle); err != nil {
		return fmt.Errorf("handle %q: want a domain name, such as alice.test", in.Handle)
	}
	if in.Status == "" {
		in.Status = StatusActive
	}
	if !slices.Contains(Statuses(), in.Status) {
		return fmt.Errorf("status %q: want one of %v", in.Status, Statuses())
	}
	if len(in.Password) == 0 {
		return errors.New("password: it is missing")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addAccount(in)
	return nil
}

// addAccount is AddAccount of what is right. The caller holds the lock.
func (s *Sandbox) addAccount(in Account) *account {
	now := s.clock.Now()
	a := &account{
		did: in.DID, handle: strings.ToLower(in.Handle), email: strings.ToLower(in.Email), password: in.Password, status: in.Status, created: now,
		key: signingKey(in.DID), records: map[string]map[string]*record{}, blobs: map[string]*upload{},
	}
	for i, password := range in.AppPasswords {
		a.appPasswords = append(a.appPasswords, appPassword{name: fmt.Sprintf("app %d", i+1), password: password, created: now})
	}
	if old := s.accounts[in.DID]; old != nil {
		s.order = slices.DeleteFunc(s.order, func(other *account) bool { return other == old })
	}
	s.accounts[in.DID] = a
	s.order = append(s.order, a)
	a.commit(s, now)
	if in.Name != "" {
		profile := map[string]any{"$type": lexicon.Profile, "displayName": in.Name, "createdAt": timestamp(now)}
		if in.Description != "" {
			profile["description"] = in.Description
		}
		s.put(a, lexicon.Profile, "self", profile)
	}
	return a
}

// put stores a record without any check. The caller holds the lock.
func (s *Sandbox) put(a *account, collection, rkey string, value map[string]any) *record {
	cid, err := atdata.CID(value)
	if err != nil {
		cid = ""
	}
	r := &record{collection: collection, rkey: rkey, cid: cid, value: value, indexed: s.clock.Now()}
	if a.records[collection] == nil {
		a.records[collection] = map[string]*record{}
	}
	a.records[collection][rkey] = r
	a.keepBlobs(value)
	return r
}

// commit begins a new revision of the repository. The caller holds the lock.
func (a *account) commit(s *Sandbox, now time.Time) {
	a.rev = s.nextTID(now)
	head, err := atdata.CID(map[string]any{"did": a.did, "rev": a.rev, "prev": a.head})
	if err == nil {
		a.head = head
	}
}

// signingKey is the same for a DID in every sandbox: its signatures prove nothing to others.
func signingKey(did string) *ecdsa.PrivateKey {
	seed := sha256.Sum256([]byte("sandbox signing key of " + did))
	curve := elliptic.P256()
	d := new(big.Int).SetBytes(seed[:])
	d.Mod(d, new(big.Int).Sub(curve.Params().N, big.NewInt(1))).Add(d, big.NewInt(1))
	key, err := ecdsa.ParseRawPrivateKey(curve, d.FillBytes(make([]byte, sha256.Size)))
	if err != nil {
		panic(err) // 1 ≤ d < N
	}
	return key
}

// newDID is the DID of an account that is made here.
func newDID(handle string, at time.Time) string {
	sum := sha256.Sum256([]byte(handle + at.String()))
	text := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))
	const length = len("did:plc:") + 24
	return didPrefix + text[:length-len(didPrefix)]
}

// find returns the account with a handle or DID, whatever its state, or nil. The caller holds the lock.
func (s *Sandbox) find(identifier string) *account {
	if a := s.accounts[identifier]; a != nil {
		return a
	}
	for _, a := range s.order {
		if a.status != StatusDeleted && strings.EqualFold(a.handle, identifier) {
			return a
		}
	}
	return nil
}

// seen is find of accounts that others see.
func (s *Sandbox) seen(identifier string) *account {
	if a := s.find(identifier); a != nil && a.active() {
		return a
	}
	return nil
}

// timestamp writes a time as the genuine server does.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
