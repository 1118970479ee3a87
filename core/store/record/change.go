package record

import (
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// ChangeMessage is a change of a message by fn that leaves what store.Notices says stays as it was.
func ChangeMessage(fn func(*store.Message) error) func(*store.Message) error {
	return func(m *store.Message) error {
		before := *m
		err := fn(m)
		m.ID, m.ProfileID, m.OwnerID, m.Channel, m.Lane = before.ID, before.ProfileID, before.OwnerID, before.Channel, before.Lane
		m.CreatedAt, m.Version = before.CreatedAt, before.Version+1
		NormalizeMessage(m)
		return err
	}
}

// ChangeUpload is a change of an upload by fn that leaves what identifies it as it was.
func ChangeUpload(fn func(*core.Upload) error) func(*core.Upload) error {
	return func(u *core.Upload) error {
		before := *u
		err := fn(u)
		u.ID, u.ProfileID, u.CreatedAt, u.Version = before.ID, before.ProfileID, before.CreatedAt, before.Version+1
		NormalizeUpload(u)
		return err
	}
}

// ChangePost is a change of a post by fn that leaves what identifies it as it was.
func ChangePost(fn func(*core.Post) error) func(*core.Post) error {
	return func(p *core.Post) error {
		before := *p
		err := fn(p)
		p.ID, p.ProfileID, p.Version = before.ID, before.ProfileID, before.Version+1
		NormalizePost(p)
		return err
	}
}

// ChangeAccount is a change of an account by fn that leaves what identifies it as it was.
func ChangeAccount(fn func(*core.Account) error) func(*core.Account) error {
	return func(a *core.Account) error {
		before := *a
		err := fn(a)
		a.ID, a.ProfileID, a.Platform, a.RemoteID = before.ID, before.ProfileID, before.Platform, before.RemoteID
		NormalizeAccount(a)
		return err
	}
}

// ChangeLinkSession is a change of a link session by fn that leaves what identifies it as it was.
func ChangeLinkSession(fn func(*store.LinkSession) error) func(*store.LinkSession) error {
	return func(l *store.LinkSession) error {
		before := *l
		err := fn(l)
		l.ID, l.TokenHash, l.ProfileID, l.CreatedAt = before.ID, before.TokenHash, before.ProfileID, before.CreatedAt
		l.Version = before.Version + 1
		NormalizeLinkSession(l)
		return err
	}
}

// ChangeProfile is a change of a profile by fn that leaves what identifies it as it was.
func ChangeProfile(fn func(*core.Profile) error) func(*core.Profile) error {
	return func(p *core.Profile) error {
		before := *p
		err := fn(p)
		p.ID, p.RefID, p.Primary, p.CreatedAt = before.ID, before.RefID, before.Primary, before.CreatedAt
		return err
	}
}

// ChangeDelivery is a change of a delivery by fn that leaves what identifies it as it was.
func ChangeDelivery(fn func(*core.Delivery) error) func(*core.Delivery) error {
	return func(d *core.Delivery) error {
		before := *d
		err := fn(d)
		d.ID, d.PostID, d.ProfileID = before.ID, before.PostID, before.ProfileID
		d.AccountID, d.Platform, d.Version = before.AccountID, before.Platform, before.Version+1
		NormalizeDelivery(d)
		return err
	}
}
