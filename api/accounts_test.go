package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func TestUser(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.clock.Advance(time.Second)
	page, err := s.store.UpdateAccount(t.Context(), s.linkPage().ID, func(a *core.Account) error {
		a.ExpiresAt = s.clock.Now().Add(10*24*time.Hour + time.Hour)
		a.Username, a.ProfileURL, a.ImageURL = "acme", "https://scripted.example/acme", "https://scripted.example/acme.png"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := s.call(http.MethodGet, "/user?instagramDetails=true&source=npm", nil).want(http.StatusOK)
	equal(t, jsonMap{
		"activeSocialAccounts": []any{"scripted"}, "refId": s.profile.RefID, "title": s.profile.Title,
		"created":     jsonMap{"_seconds": float64(coretest.Epoch().Unix()), "_nanoseconds": 0.0, "utc": "2026-11-20T09:00:00.000Z"},
		"lastUpdated": "2026-11-20T09:00:01.000Z", "nextUpdate": "2026-11-20T09:00:01.000Z",
		"messagingEnabled": false, "suspended": false,
		"displayNames": []any{
			jsonMap{
				"accountId": s.account.ID, "created": "2026-11-20T09:00:00.000Z", "default": true, "displayName": "Ada Example",
				"id": coretest.MemberID, "platform": "scripted", "status": "active", "type": "personal", "profileUrl": "https://scripted.example/person-1",
			},
			jsonMap{
				"accountId": page.ID, "created": "2026-11-20T09:00:01.000Z", "default": false, "displayName": "Page 1",
				"id": page.RemoteID, "platform": "scripted", "status": "active", "type": "corporate", "username": "acme",
				"profileUrl": "https://scripted.example/acme", "userImage": "https://scripted.example/acme.png",
				"refreshRequired": "2026-11-30T10:00:01.000Z", "refreshDaysRemaining": 10.0,
			},
		},
	}, r.object())
}

func TestUserWithoutAccounts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.call(http.MethodDelete, "/accounts/"+s.account.ID, nil).want(http.StatusOK)
	body := s.call(http.MethodGet, "/user", nil).want(http.StatusOK).object()
	for _, key := range []string{"activeSocialAccounts", "displayNames"} {
		if _, there := body[key]; there {
			t.Errorf("%s is there although nothing is linked", key)
		}
	}
	equal(t, any([]any{}), s.call(http.MethodGet, "/accounts", nil).want(http.StatusOK).object()["accounts"])
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	page := s.linkPage()
	equal(t, any(2.0), s.call(http.MethodGet, "/accounts", nil).want(http.StatusOK).object()["count"])
	one := s.call(http.MethodGet, "/accounts/"+page.ID, nil).want(http.StatusOK).object()["account"].(jsonMap)
	equal(t, []any{page.RemoteID, false}, []any{one["remoteId"], one["default"]})

	s.call(http.MethodPatch, "/accounts/"+page.ID, jsonMap{"default": true}).want(http.StatusOK)
	s.post("from the page", nil)
	equal(t, page.RemoteID, s.network.Timeline()[0].Author)

	s.call(http.MethodDelete, "/accounts/"+page.ID, nil).want(http.StatusOK)
	for method, body := range map[string]any{http.MethodGet: nil, http.MethodPatch: jsonMap{"default": true}, http.MethodDelete: nil} {
		r := s.call(method, "/accounts/"+page.ID, body).want(http.StatusNotFound)
		equal(t, core.CodeAccountNotFound, r.problems()[0].Code)
	}
	for _, bad := range []any{jsonMap{}, jsonMap{"default": false}, jsonMap{"default": 1}, jsonMap{"default": true, "platform": "x"}} {
		s.call(http.MethodPatch, "/accounts/"+s.account.ID, bad).want(http.StatusBadRequest)
	}
}

func TestLinking(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.call(http.MethodDelete, "/profiles/social", jsonMap{"platform": "scripted"}).want(http.StatusOK)
	equal(t, core.CodeNotLinked, s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}).want(http.StatusBadRequest).problems()[0].Code)

	r := s.call(http.MethodPost, "/profiles/social", jsonMap{
		"platform": "scripted", "accessToken": string(coretest.MemberToken), "expiresIn": 3600, "source": "npm",
	}).want(http.StatusOK)
	account := r.object()["account"].(jsonMap)
	equal(t, []any{coretest.MemberID, "2026-11-20T10:00:00Z", true},
		[]any{account["remoteId"], account["expiresAt"], account["default"]})
	s.post("a", nil)
	s.post("b", jsonMap{"accountIds": []any{account["id"]}, "platforms": nil})

	again := s.call(http.MethodDelete, "/profiles/social", jsonMap{"platform": "scripted"}).want(http.StatusOK)
	equal(t, any(1.0), again.object()["unlinked"])
	again = s.call(http.MethodDelete, "/profiles/social", jsonMap{"platform": "scripted"}).want(http.StatusOK)
	equal(t, any(0.0), again.object()["unlinked"])
}

func TestLinkingProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := map[string]struct {
		body   jsonMap
		fields []string
	}{
		"nothing":          {jsonMap{}, []string{"accessToken", "platform"}},
		"wrong types":      {jsonMap{"platform": 1, "accessToken": 2, "expiresIn": "3"}, []string{"accessToken", "expiresIn", "platform"}},
		"bad lives":        {jsonMap{"platform": "scripted", "accessToken": "t", "expiresIn": -1, "refreshTokenExpiresIn": 1e12}, []string{"expiresIn", "refreshTokenExpiresIn"}},
		"fraction":         {jsonMap{"platform": "scripted", "accessToken": "t", "expiresIn": 1.5}, []string{"expiresIn"}},
		"unknown platform": {jsonMap{"platform": "nowhere", "accessToken": "t"}, []string{"platform"}},
		"other profile":    {jsonMap{"platform": "scripted", "accessToken": "t", "profileKey": "ABC"}, []string{"profileKey"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			equal(t, tt.fields, s.call(http.MethodPost, "/profiles/social", tt.body).want(http.StatusBadRequest).fields())
		})
	}
	s.call(http.MethodDelete, "/profiles/social", jsonMap{}).want(http.StatusBadRequest)
	s.call(http.MethodDelete, "/profiles/social", jsonMap{"platform": "nowhere"}).want(http.StatusBadRequest)
}
