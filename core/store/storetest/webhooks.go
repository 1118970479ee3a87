package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store"
)

func webhookChecks() []check {
	return []check{
		{"Store", checkStoreWebhook},
		{"Update", checkUpdateWebhook},
		{"List", checkListWebhooks},
		{"Delete", checkDeleteWebhook},
		{"Race", checkWebhookRace},
	}
}

// fullWebhook has every field set.
func fullWebhook(profileID, action string) store.Webhook {
	return store.Webhook{
		ProfileID: profileID, Action: action, URL: "https://example.com/hook?a=b&c=<d>", Sealed: []byte{1, 0xff}, Former: []byte("former"),
		FormerUntil: start().Add(time.Hour), CreatedAt: start(), UpdatedAt: start().Add(time.Second),
	}
}

func putWebhook(t *testing.T, f *fixture, want store.Webhook) store.Webhook {
	t.Helper()
	got, err := f.UpdateWebhook(t.Context(), want.ProfileID, want.Action, func(w *store.Webhook) error { *w = want; return nil })
	must(t, err)
	return got
}

func checkStoreWebhook(t *testing.T, f *fixture) {
	want := fullWebhook(profileA, "scheduled")
	got, err := f.UpdateWebhook(t.Context(), profileA, "scheduled", func(w *store.Webhook) error {
		equal(t, store.Webhook{ProfileID: profileA, Action: "scheduled"}, *w)
		equal(t, 0, w.Version)
		*w = want
		return nil
	})
	must(t, err)
	equal(t, want, got)
	got, err = f.GetWebhook(t.Context(), profileA, "scheduled")
	must(t, err)
	equal(t, want, got)
	equal(t, 1, got.Version)
	wantKept(t, "FormerUntil", want.FormerUntil, got.FormerUntil)
	wantKept(t, "CreatedAt", want.CreatedAt, got.CreatedAt)
	wantKept(t, "UpdatedAt", want.UpdatedAt, got.UpdatedAt)
	for _, other := range [][2]string{{profileA, "social"}, {profileB, "scheduled"}} {
		_, err = f.GetWebhook(t.Context(), other[0], other[1])
		wantErr(t, err, store.ErrNotFound)
	}
}

func checkUpdateWebhook(t *testing.T, f *fixture) {
	before := putWebhook(t, f, fullWebhook(profileA, "scheduled"))
	want := store.Webhook{ProfileID: profileA, Action: "scheduled", URL: "https://example.com/other"}
	got, err := f.UpdateWebhook(t.Context(), profileA, "scheduled", func(w *store.Webhook) error {
		equal(t, before, *w)
		*w = want
		w.ProfileID, w.Action = profileB, "social"
		return nil
	})
	must(t, err)
	equal(t, want, got)
	equal(t, before.Version+1, got.Version)
	if !got.FormerUntil.IsZero() {
		t.Errorf("the zero time became %v", got.FormerUntil)
	}
	_, err = f.UpdateWebhook(t.Context(), profileA, "scheduled", func(w *store.Webhook) error { w.URL = "changed"; return errStop })
	wantErr(t, err, errStop)
	_, err = f.UpdateWebhook(t.Context(), profileA, "social", func(*store.Webhook) error { return errStop })
	wantErr(t, err, errStop)
	list, err := f.ListWebhooks(t.Context(), profileA)
	must(t, err)
	equal(t, []store.Webhook{want}, list)
}

func checkListWebhooks(t *testing.T, f *fixture) {
	for _, w := range [][2]string{{profileA, "social"}, {profileB, "batch"}, {profileA, "feed"}, {profileA, "scheduled"}} {
		putWebhook(t, f, fullWebhook(w[0], w[1]))
	}
	list, err := f.ListWebhooks(t.Context(), profileA)
	must(t, err)
	equal(t, []store.Webhook{fullWebhook(profileA, "feed"), fullWebhook(profileA, "scheduled"), fullWebhook(profileA, "social")}, list)
	list, err = f.ListWebhooks(t.Context(), "nobody")
	must(t, err)
	equal(t, 0, len(list))
}

func checkDeleteWebhook(t *testing.T, f *fixture) {
	putWebhook(t, f, fullWebhook(profileA, "scheduled"))
	putWebhook(t, f, fullWebhook(profileA, "social"))
	must(t, f.DeleteWebhook(t.Context(), profileA, "scheduled"))
	wantErr(t, f.DeleteWebhook(t.Context(), profileA, "scheduled"), store.ErrNotFound)
	wantErr(t, f.DeleteWebhook(t.Context(), profileB, "social"), store.ErrNotFound)
	_, err := f.GetWebhook(t.Context(), profileA, "scheduled")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.GetWebhook(t.Context(), profileA, "social")
	must(t, err)
	got, err := f.UpdateWebhook(t.Context(), profileA, "scheduled", func(w *store.Webhook) error {
		equal(t, store.Webhook{ProfileID: profileA, Action: "scheduled"}, *w)
		return nil
	})
	must(t, err)
	equal(t, 1, got.Version)
}

// checkWebhookRace begins where there is no webhook: the first of many creates it.
func checkWebhookRace(t *testing.T, f *fixture) {
	race(func(int) {
		_, err := f.UpdateWebhook(t.Context(), profileA, "scheduled", func(w *store.Webhook) error {
			n, _ := strconv.Atoi(w.URL)
			w.URL = strconv.Itoa(n + 1)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	got, err := f.GetWebhook(t.Context(), profileA, "scheduled")
	must(t, err)
	equal(t, strconv.Itoa(racers), got.URL)
	equal(t, racers, got.Version)
}
