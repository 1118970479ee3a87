package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// The bodies of store.Record by kind, where they are not the record itself. Each has all that
// a store keeps of its record, but for what follows from the rest.
type (
	// Profile is the body of store.ProfileRecords.
	Profile struct {
		ID        string       `json:"id"`
		Title     string       `json:"title"`
		RefID     string       `json:"refId"`
		Primary   bool         `json:"primary"`
		CreatedAt time.Time    `json:"createdAt"`
		KeyHash   []byte       `json:"keyHash"`
		Version   int64        `json:"version"`
		Profile   core.Profile `json:"profile"` // the rest
	}
	// DeletedProfile is the body of store.DeletedProfileRecords.
	DeletedProfile struct {
		ID        string    `json:"id"`
		CreatedAt time.Time `json:"createdAt"`
		DeletedAt time.Time `json:"deletedAt"`
		TurnAt    time.Time `json:"turnAt"` // when it was last tried to purge it
	}
	// Account is the body of store.AccountRecords.
	Account struct {
		ProfileID   string            `json:"profileId"`
		Account     core.Account      `json:"account"`
		Upkeep      core.Upkeep       `json:"upkeep"`
		Version     int64             `json:"version"`
		Credentials store.Credentials `json:"credentials"`
	}
	// Post is the body of store.PostRecords.
	Post struct {
		Post core.Post `json:"post"`
		// Platforms are the networks under which the post is listed, sorted, and Deliveries
		// the ids of what belongs to it, sorted.
		Platforms  []string `json:"platforms"`
		Deliveries []string `json:"deliveries"`
		// HasSlot tells that the post holds the slot of its schedule and time.
		HasSlot bool `json:"hasSlot"`
	}
	// Message is the body of store.MessageRecords.
	Message struct {
		ProfileID string             `json:"profileId"`
		OwnerID   string             `json:"ownerId"`
		Channel   store.Channel      `json:"channel"`
		Lane      string             `json:"lane"`
		State     store.MessageState `json:"state"`
		CreatedAt time.Time          `json:"createdAt"`
		EndedAt   time.Time          `json:"endedAt"`
		Version   int64              `json:"version"`
		Message   store.Message      `json:"message"` // the rest
	}
	// Job is the body of store.JobRecords: a job that nobody holds.
	Job struct {
		Kind      string    `json:"kind"`
		Key       string    `json:"key"`
		RunAt     time.Time `json:"runAt"`
		Tenant    string    `json:"tenant"`
		Lane      string    `json:"lane"`
		Order     string    `json:"order"`
		Attempt   int       `json:"attempt"`
		LastError string    `json:"lastError"`
	}
)

// NewProfile returns the body of a profile.
func NewProfile(p core.Profile, keyHash []byte, version int64) Profile {
	return Profile{
		ID: p.ID, Title: p.Title, RefID: p.RefID, Primary: p.Primary, CreatedAt: Truncate(p.CreatedAt),
		KeyHash: NoBytes(keyHash), Version: version, Profile: p,
	}
}

// Whole is the inverse of NewProfile.
func (p Profile) Whole() core.Profile {
	whole := p.Profile
	whole.ID, whole.Title, whole.RefID, whole.Primary, whole.CreatedAt = p.ID, p.Title, p.RefID, p.Primary, p.CreatedAt
	return whole
}

// NewAccount returns the body of an account.
func NewAccount(a core.Account, version int64, c store.Credentials) Account {
	NormalizeAccount(&a)
	c.Sealed, c.ClaimedUntil = NoBytes(c.Sealed), Truncate(c.ClaimedUntil)
	return Account{ProfileID: a.ProfileID, Account: a, Upkeep: a.Upkeep, Version: version, Credentials: c}
}

// Whole is the inverse of NewAccount.
func (a Account) Whole() core.Account {
	whole := a.Account
	whole.ProfileID, whole.Upkeep = a.ProfileID, a.Upkeep
	return whole
}

// NewMessage returns the body of a message.
func NewMessage(m store.Message) Message {
	NormalizeMessage(&m)
	return Message{
		ProfileID: m.ProfileID, OwnerID: m.OwnerID, Channel: m.Channel, Lane: m.Lane, State: m.State,
		CreatedAt: m.CreatedAt, EndedAt: m.EndedAt, Version: m.Version, Message: m,
	}
}

// Whole is the inverse of NewMessage.
func (m Message) Whole() store.Message {
	whole := m.Message
	whole.ProfileID, whole.OwnerID, whole.Channel, whole.Lane, whole.State = m.ProfileID, m.OwnerID, m.Channel, m.Lane, m.State
	whole.CreatedAt, whole.EndedAt, whole.Version = m.CreatedAt, m.EndedAt, m.Version
	return whole
}

// NewJob returns the body of a job.
func NewJob(j queue.Job) Job {
	return Job{
		Kind: j.Kind, Key: j.Key, RunAt: Truncate(j.RunAt), Tenant: j.Tenant, Lane: j.Lane, Order: j.Order,
		Attempt: j.Attempt, LastError: j.LastError,
	}
}

// Whole is the inverse of NewJob.
func (j Job) Whole() queue.Job {
	return queue.Job{
		Kind: j.Kind, Key: j.Key, RunAt: j.RunAt, Tenant: j.Tenant, Lane: j.Lane, Order: j.Order,
		Attempt: j.Attempt, LastError: j.LastError,
	}
}

// NewPost returns the body of a post. platforms and deliveries are sorted in place.
func NewPost(p core.Post, platforms, deliveries []string, hasSlot bool) Post {
	NormalizePost(&p)
	slices.Sort(platforms)
	slices.Sort(deliveries)
	return Post{Post: p, Platforms: orEmpty(platforms), Deliveries: orEmpty(deliveries), HasSlot: hasSlot}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// NewRequest returns the body of store.RequestRecords.
func NewRequest(r store.Request) store.Request {
	r.BodyHash, r.Answer, r.CreatedAt, r.TriedAt = NoBytes(r.BodyHash), NoBytes(r.Answer), Truncate(r.CreatedAt), Truncate(r.TriedAt)
	return r
}

// NewLinkSession returns the body of store.LinkSessionRecords.
func NewLinkSession(l store.LinkSession) store.LinkSession {
	NormalizeLinkSession(&l)
	l.TokenHash, l.Sealed = NoBytes(l.TokenHash), NoBytes(l.Sealed)
	return l
}

// NewLinkState returns the body of store.LinkStateRecords.
func NewLinkState(l store.LinkState) store.LinkState {
	l.Hash, l.Sealed, l.ExpiresAt = NoBytes(l.Hash), NoBytes(l.Sealed), Truncate(l.ExpiresAt)
	return l
}

// NewGrant returns the body of store.GrantRecords.
func NewGrant(g store.PendingGrant) store.PendingGrant {
	g.Sealed, g.ExpiresAt = NoBytes(g.Sealed), Truncate(g.ExpiresAt)
	return g
}

// NewWebhook returns the body of store.WebhookRecords.
func NewWebhook(w store.Webhook) store.Webhook {
	NormalizeWebhook(&w)
	w.Sealed, w.Former = NoBytes(w.Sealed), NoBytes(w.Former)
	return w
}

// NoBytes makes no bytes the same in all stores: nil.
func NoBytes(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// keySeparator comes before all else that is in keys, so that keys of several parts sort as
// their parts do.
const keySeparator = "\x00"

// JoinKey is the key of a record that two parts identify; the first has no zero byte.
func JoinKey(first, second string) string { return first + keySeparator + second }

// SplitKey is the inverse of JoinKey.
func SplitKey(key string) (first, second string) {
	first, second, _ = strings.Cut(key, keySeparator)
	return first, second
}

// DecodeExact is Decode for a record that is to be encoded again: numbers of no type keep
// all their digits.
func DecodeExact(body []byte, record any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(record); err != nil {
		return fmt.Errorf("store: decode %T: %w", record, err)
	}
	return nil
}

// EncodeRecord returns a record of the key.
func (p *Encoders) EncodeRecord(key string, body any) (store.Record, error) {
	text, err := p.Encode(body)
	return store.Record{Key: key, Body: []byte(text)}, err
}
