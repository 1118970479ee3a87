package mongo

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// TestAccountsAndCredentialsApart: an update of an account does not make one of its
// credentials begin again, nor the other way round, and neither undoes the other.
func TestAccountsAndCredentialsApart(t *testing.T) {
	t.Parallel()
	s := opened(t)
	must(t, s.CreateAccount(t.Context(), core.Account{ID: "a1", ProfileID: "p1", Platform: "example", RemoteID: "r1"}, []byte("old")))
	rename := func(name string) {
		_, err := s.UpdateAccount(t.Context(), "a1", func(a *core.Account) error { a.DisplayName = name; return nil })
		must(t, err)
	}
	calls := 0
	must(t, s.UpdateCredentials(t.Context(), "a1", func(c *store.Credentials) error {
		calls++
		rename("first")
		c.Sealed = []byte("new")
		return nil
	}))
	_, err := s.UpdateAccount(t.Context(), "a1", func(a *core.Account) error {
		calls++
		must(t, s.UpdateCredentials(t.Context(), "a1", func(c *store.Credentials) error { c.Claim = "who"; return nil }))
		a.DisplayName += " and second"
		return nil
	})
	must(t, err)
	if calls != 2 {
		t.Errorf("two updates called their functions %d times", calls)
	}
	a, err := s.GetAccount(t.Context(), "a1")
	must(t, err)
	c, err := s.GetCredentials(t.Context(), "a1")
	must(t, err)
	if a.DisplayName != "first and second" || string(c.Sealed) != "new" || c.Claim != "who" {
		t.Errorf("got %q, %q and %q", a.DisplayName, c.Sealed, c.Claim)
	}
}

// TestUpdatesKeepNewerFields: while some processes have been upgraded and others not, an
// older one does not remove what a newer one has stored.
func TestUpdatesKeepNewerFields(t *testing.T) {
	t.Parallel()
	s := opened(t)
	must(t, s.CreateProfile(t.Context(), core.Profile{ID: "p1", Title: "one"}, []byte("hash")))
	must(t, s.CreateAccount(t.Context(), core.Account{ID: "a1", ProfileID: "p1", Platform: "example", RemoteID: "r1"}, nil))
	putDeliveries(t, s, core.Delivery{ID: "d1", PostID: "post", State: core.DeliveryAccepted})
	for _, collection := range []string{profiles, accounts, deliveries} {
		_, err := s.db.Collection(collection).UpdateMany(t.Context(), bson.D{},
			bson.D{{Key: "$set", Value: bson.D{{Key: "newer", Value: 1}, {Key: "credentials.newer", Value: 1}}}})
		must(t, err)
	}
	_, err := s.UpdateProfile(t.Context(), "p1", func(p *core.Profile) error { p.Title = "two"; return nil })
	must(t, err)
	must(t, s.SetProfileKey(t.Context(), "p1", []byte("other")))
	_, err = s.UpdateAccount(t.Context(), "a1", func(a *core.Account) error { a.Default = true; return nil })
	must(t, err)
	must(t, s.UpdateCredentials(t.Context(), "a1", func(c *store.Credentials) error { c.Claim = "who"; return nil }))
	_, err = s.UpdateDelivery(t.Context(), "d1", func(d *core.Delivery) error { d.State = core.DeliveryPublished; return nil })
	must(t, err)
	for _, collection := range []string{profiles, accounts, deliveries} {
		if n := count(t, s, collection, "newer", 1); n != 1 {
			t.Errorf("%s: the update removed a field that it does not know", collection)
		}
	}
	if n := count(t, s, accounts, "credentials.newer", 1); n != 1 {
		t.Error("the update of the credentials removed a field that it does not know")
	}
}
