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
		a.ExpiresAt = s.clock.Now().Add(10 * 24 * time.Hour)
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
		"lastApiCall":      "2026-11-20T09:00:01.000Z",
		"messagingEnabled": false, "messagingConversationMonthlyCount": 0.0, "suspended": false,
		"displayNames": []any{
			jsonMap{
				"accountId": s.account.ID, "created": "2026-11-20T09:00:00.000Z", "default": true, "displayName": "Ada Example",
				"id": coretest.MemberID, "platform": "scripted", "status": "active", "type": "personal", "messagingActive": false, "profileUrl": "https://scripted.example/person-1",
			},
			jsonMap{
				"accountId": page.ID, "created": "2026-11-20T09:00:01.000Z", "default": false, "displayName": "Page 1",
				"id": page.RemoteID, "platform": "scripted", "status": "active", "type": "corporate", "messagingActive": false, "username": "acme",
				"profileUrl": "https://scripted.example/acme", "userImage": "https://scripted.example/acme.png",
				"refreshRequired": "2026-11-30T09:00:01.000Z", "refreshDaysRemaining": 10.0,
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

// TestAccountMembersCannotBeChanged sends back every member that an account shows.
func TestAccountMembersCannotBeChanged(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	now := s.clock.Now()
	_, err := s.store.UpdateAccount(t.Context(), s.account.ID, func(a *core.Account) error {
		a.Username, a.ImageURL, a.StatusReason, a.ExpiresAt, a.RefreshExpiresAt = "u", "i", "r", now.Add(1), now.Add(1)
		a.Scopes = []string{"s"}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	path := "/accounts/" + s.account.ID
	shown := s.call(http.MethodGet, path, nil).want(http.StatusOK).object()["account"].(jsonMap)
	equal(t, 15, len(shown))
	for key, value := range shown {
		if key != "default" {
			equal(t, []string{key}, s.call(http.MethodPatch, path, jsonMap{"default": true, key: value}).want(http.StatusBadRequest).fields())
		}
	}
}

// TestExpiredAccount shows an account whose token has ended as one to link again,
// also before anything was posted to it.
func TestExpiredAccount(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/profiles/social", jsonMap{
		"platform": "scripted", "accessToken": string(coretest.MemberToken), "expiresIn": 60,
	}).want(http.StatusOK)
	account := r.object()["account"].(jsonMap)
	for _, want := range []jsonMap{
		{"status": "active", "statusReason": nil},
		{"status": "relink_required", "statusReason": "its authorization ended at 2026-11-20T09:01:00Z"},
	} {
		for path, get := range map[string]func(*response) any{
			"/accounts":                           func(r *response) any { return r.object()["accounts"].([]any)[0] },
			"/user":                               func(r *response) any { return r.object()["displayNames"].([]any)[0] },
			"/accounts/" + account["id"].(string): func(r *response) any { return r.object()["account"] },
		} {
			got := get(s.call(http.MethodGet, path, nil).want(http.StatusOK)).(jsonMap)
			equal(t, want, jsonMap{"status": got["status"], "statusReason": got["statusReason"]})
		}
		s.clock.Advance(time.Minute)
	}
}

func TestIgnoredFields(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	gone := s.post("a", nil)
	tests := []struct {
		method, path string
		body         jsonMap
		fields       map[string]string // in the warnings, with their messages
	}{
		{http.MethodPatch, "/accounts/" + s.account.ID, jsonMap{"default": true, "colour": 1}, map[string]string{"colour": "unknown field colour was ignored"}},
		{
			http.MethodPost, "/profiles/social",
			jsonMap{"platform": "scripted", "accessToken": string(coretest.MemberToken), "expiresin": 1, "x": 2},
			map[string]string{"expiresin": "unknown field expiresin was ignored; did you mean expiresIn?", "x": "unknown field x was ignored"},
		},
		{http.MethodDelete, "/post", jsonMap{"id": gone, "Bulk": []string{}}, map[string]string{"Bulk": "unknown field Bulk was ignored; did you mean bulk?"}},
		{http.MethodDelete, "/post", jsonMap{"deleteAllScheduled": true, "ids": 1}, map[string]string{"ids": "unknown field ids was ignored; did you mean id?"}},
		{http.MethodDelete, "/profiles/social", jsonMap{"platform": "scripted", "id": "1"}, map[string]string{"id": "unknown field id was ignored"}},
	}
	for _, tt := range tests {
		tt.body["source"] = "npm"
		equal(t, tt.fields, s.call(tt.method, tt.path, tt.body).want(http.StatusOK).warnings())
	}
}

// warnings returns the messages of the answer's warnings, by field. Every one must
// have a number.
func (r *response) warnings() map[string]string {
	r.t.Helper()
	out := map[string]string{}
	list, _ := r.object()["warnings"].([]any)
	for _, w := range list {
		w := w.(jsonMap)
		if code, _ := w["code"].(float64); code == 0 {
			r.t.Errorf("%s: a warning has no code: %v", r, w)
		}
		out[w["field"].(string)] = w["message"].(string)
	}
	return out
}

func TestLinking(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.call(http.MethodDelete, "/profiles/social", jsonMap{"platform": "scripted"}).want(http.StatusOK)
	equal(t, core.CodeNotLinked, s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}).want(http.StatusBadRequest).problems()[0].Code)

	r := s.call(http.MethodPost, "/profiles/social", jsonMap{
		"platform": "scripted", "accessToken": " " + string(coretest.MemberToken) + "\n", "expiresIn": 3600, "source": "npm",
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
		"line in a token":  {jsonMap{"platform": "scripted", "accessToken": "a\nb", "refreshToken": "\x7f"}, []string{"accessToken", "refreshToken"}},
		"token in letters": {jsonMap{"platform": "scripted", "accessToken": "tökén"}, []string{"accessToken"}},
		"only space":       {jsonMap{"platform": "scripted", "accessToken": " \n"}, []string{"accessToken"}},
		"several kinds":    {jsonMap{"platform": "Scripted", "accessToken": 1, "expiresIn": -1}, []string{"accessToken", "expiresIn", "platform"}},
		"unknown platform": {jsonMap{"platform": "nowhere", "accessToken": "t"}, []string{"platform"}},
		"other profiles":   {jsonMap{"platform": "scripted", "accessToken": "t", "profileKeys": []string{"ABC"}}, []string{"profileKeys"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			equal(t, tt.fields, s.call(http.MethodPost, "/profiles/social", tt.body).want(http.StatusBadRequest).fields())
		})
	}
	r := s.call(http.MethodPost, "/profiles/social", jsonMap{"platform": "SCRIPTED", "accessToken": "t"}).want(http.StatusBadRequest)
	equal(t, `there is no network "SCRIPTED" on this server; did you mean "scripted"?`, r.text("message"))
	for life, shown := range map[string]string{"1e30": "1e30", "1.5": "1.5", "315360001": "315360001", `"3"`: "a string"} {
		r := s.call(http.MethodPost, "/profiles/social", `{"platform":"scripted","accessToken":"t","expiresIn":`+life+`}`).want(http.StatusBadRequest)
		equal(t, "expiresIn must be a whole number from 0 to 315360000, not "+shown, r.text("message"))
	}
	s.call(http.MethodDelete, "/profiles/social", jsonMap{}).want(http.StatusBadRequest)
	s.call(http.MethodDelete, "/profiles/social", jsonMap{"platform": "nowhere"}).want(http.StatusBadRequest)
}

// An account of a network with a daily limit shows what is left of it.
func TestPostQuotaOfAnAccount(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.network = func(c *coretest.Config) { c.PostsPerDay = 2 } })
	quota := func() any {
		return s.call(http.MethodGet, "/accounts/"+s.account.ID, nil).want(http.StatusOK).object()["postQuota"]
	}
	midnight := "2026-11-21T00:00:00.000Z"
	equal(t, any(jsonMap{"limit": 2.0, "used": 0.0, "remaining": 2.0, "resetsAt": midnight}), quota())
	s.post("one", nil)
	s.post("two", nil)
	equal(t, any(jsonMap{"limit": 2.0, "used": 2.0, "remaining": 0.0, "resetsAt": midnight}), quota())

	r := s.call(http.MethodPost, "/post", jsonMap{"post": "three", "platforms": []string{"scripted"}}).want(http.StatusTooManyRequests)
	equal(t, problem{Code: core.CodeQuota, Field: "platforms", Platform: "scripted", Verify: true}, r.problems()[0])
	equal(t, "54000", r.header.Get("Retry-After"))
	equal(t, 2, len(s.network.Timeline()))
}

// What the tokens of a lost account were promised is not shown any more.
func TestLostAccount(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lostAt time.Time
		since  any // as refreshRequired
	}{
		"since a known time": {coretest.Epoch().Add(time.Second), "2026-11-20T09:00:01.000Z"},
		"since nobody knows": {time.Time{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.clock.Advance(time.Hour)
			_, err := s.store.UpdateAccount(t.Context(), s.account.ID, func(a *core.Account) error {
				a.Status, a.StatusReason, a.Upkeep.LostAt = core.AccountRelinkRequired, "revoked", tt.lostAt
				a.ExpiresAt, a.RefreshExpiresAt = s.clock.Now().AddDate(0, 2, 0), s.clock.Now().AddDate(1, 0, 0)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			user := s.call(http.MethodGet, "/user", nil).want(http.StatusOK).object()["displayNames"].([]any)[0].(jsonMap)
			equal(t, []any{"relink_required", "revoked", tt.since, 0.0}, []any{user["status"], user["statusReason"], user["refreshRequired"], user["refreshDaysRemaining"]})
			account := s.call(http.MethodGet, "/accounts/"+s.account.ID, nil).want(http.StatusOK).object()["account"].(jsonMap)
			for _, key := range []string{"expiresAt", "refreshExpiresAt"} {
				if got, _ := account[key].(string); got > "2026-11-20T09:00:01Z" {
					t.Errorf("%s is %s", key, got)
				}
			}
		})
	}
}

// An account whose token has ended and is not renewed says so, and that nobody has to link it.
func TestAccountThatIsNotRenewed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	_, err := s.store.UpdateAccount(t.Context(), s.account.ID, func(a *core.Account) error {
		a.ExpiresAt, a.RefreshExpiresAt = s.clock.Now().Add(time.Hour), s.clock.Now().Add(100*24*time.Hour)
		a.Upkeep = core.Upkeep{Renewable: true, Failures: 3, FailedSince: s.clock.Now(), LastError: "the network has a problem of its own."}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	shown := func() (byUser, byAccounts jsonMap) {
		byUser = s.call(http.MethodGet, "/user", nil).want(http.StatusOK).object()["displayNames"].([]any)[0].(jsonMap)
		return byUser, s.call(http.MethodGet, "/accounts", nil).want(http.StatusOK).object()["accounts"].([]any)[0].(jsonMap)
	}
	user, account := shown()
	equal(t, []any{"active", nil, nil}, []any{user["status"], user["statusReason"], account["statusReason"]})
	s.clock.Advance(time.Hour)
	const reason = "its access token could not be renewed since 2026-11-20T09:00:00Z: the network has a problem of its own; it is tried again"
	user, account = shown()
	equal(t, []any{"active", reason, "active", reason}, []any{user["status"], user["statusReason"], account["status"], account["statusReason"]})
}
