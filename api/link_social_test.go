package api_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// direct is a network with an app that asks who wants to link, and one that links by an app
// password.
func direct(c *coretest.Config) { c.Apps = []core.LinkApp{coretest.AskingApp(), coretest.DirectApp()} }

// told is a request to link by what the first member tells, changed.
func told(change jsonMap) jsonMap {
	body := jsonMap{"platform": "scripted", "handle": coretest.MemberHandle, "appPassword": coretest.MemberPassword.Reveal()}
	maps.Copy(body, change)
	return body
}

func TestLinkByAnswers(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.network = direct })
	s.call(http.MethodDelete, "/profiles/social", jsonMap{"platform": "scripted"}).want(http.StatusOK)
	r := s.call(http.MethodPost, "/profiles/social", told(jsonMap{"appPassword": " ada-app-password\n", "apppassword": 1, "source": "npm"})).want(http.StatusOK)
	account := r.object()["account"].(jsonMap)
	equal(t, []any{coretest.MemberID, coretest.MemberHandle, "direct", "active", true},
		[]any{account["remoteId"], account["username"], account["app"], account["status"], account["default"]})
	equal(t, map[string]string{"apppassword": "unknown field apppassword was ignored; did you mean appPassword?"}, r.warnings())
	s.post("bound to a key", nil) // with what the tokens are bound to
	equal(t, 1, len(s.network.Timeline()))

	// Who is linked again need not say who he is.
	again := s.call(http.MethodPost, "/profiles/social", jsonMap{
		"platform": "scripted", "app": "direct", "id": coretest.MemberID, "appPassword": coretest.MemberPassword.Reveal(),
	}).want(http.StatusOK).object()["account"].(jsonMap)
	equal(t, account["id"], again["id"])

	// An app is chosen for what is told alone.
	tokens := s.call(http.MethodPost, "/profiles/social", jsonMap{"platform": "scripted", "app": "direct", "handle": "", "accessToken": string(coretest.MemberToken), "refreshToken": "r"}).want(http.StatusOK)
	equal(t, map[string]string{"app": "app was ignored: it chooses how an account is linked by what its owner tells; tokens belong to the app that they were granted to", "handle": "unknown field handle was ignored"}, tokens.warnings())

	// Tokens that end are no match for those.
	poorer := s.call(http.MethodPost, "/profiles/social", jsonMap{"platform": "scripted", "accessToken": string(coretest.MemberToken)}).want(http.StatusOK).object()["warnings"].([]any)
	if says, _ := poorer[0].(jsonMap)["message"].(string); len(poorer) != 1 || !strings.Contains(says, "cannot be renewed. Send refreshToken along") {
		t.Errorf("the warnings are %v", poorer)
	}
}

func TestLinkByAnswersProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.network = direct })
	for name, tt := range map[string]struct {
		body   jsonMap
		fields []string
		code   core.Code
		says   string
	}{
		"no password":      {told(jsonMap{"appPassword": ""}), []string{"appPassword"}, core.CodeParameters, "App password is missing"},
		"no handle":        {told(jsonMap{"handle": nil}), []string{"handle"}, core.CodeParameters, "Handle is missing"},
		"wrong types":      {told(jsonMap{"handle": 1, "appPassword": jsonMap{"a": 1}}), []string{"appPassword", "handle"}, core.CodeParameters, "must be a string"},
		"too long":         {told(jsonMap{"handle": strings.Repeat("a", 1001)}), []string{"handle"}, core.CodeParameters, "at most 1000"},
		"a line break":     {told(jsonMap{"appPassword": "a\nb"}), []string{"appPassword"}, core.CodeParameters, "line break"},
		"with a token":     {told(jsonMap{"accessToken": "t"}), []string{"accessToken"}, core.CodeParameters, "cannot be sent beside handle and appPassword"},
		"with lives":       {told(jsonMap{"expiresIn": 1, "refreshToken": "r", "refreshTokenExpiresIn": 2}), []string{"expiresIn", "refreshToken", "refreshTokenExpiresIn"}, core.CodeParameters, "cannot be sent beside"},
		"wrong password":   {told(jsonMap{"appPassword": "not-this-one"}), []string{"appPassword"}, core.CodeParameters, "the password is not right"},
		"unknown handle":   {told(jsonMap{"handle": "nobody.example"}), []string{"handle"}, core.CodeParameters, "nobody is called that"},
		"somebody else":    {told(jsonMap{"id": "person-9"}), []string{"id"}, core.CodeLinkAccount, "is good for, which is Ada Example"},
		"an app in a page": {told(jsonMap{"app": "asking"}), []string{"app"}, core.CodeUnsupported, `Scripted has no app "asking" that links by what is told alone`},
		"no such app":      {told(jsonMap{"app": "nope"}), []string{"app"}, core.CodeUnsupported, `no app "nope"`},
		"nothing":          {jsonMap{"platform": "scripted"}, []string{"accessToken"}, core.CodeParameters, "accessToken is missing or empty; it takes that, or handle and appPassword"},
		"another network":  {told(jsonMap{"platform": "Scripted"}), []string{"platform"}, core.CodeUnknownPlatform, `did you mean "scripted"?`},
		"a key misspelt":   {told(jsonMap{"appPassword": nil, "apppassword": "x"}), []string{"appPassword"}, core.CodeParameters, "apppassword (did you mean appPassword?)"},
		"another key":      {told(jsonMap{"handle": nil, "userName": "x"}), []string{"handle"}, core.CodeParameters, "its key is handle; unknown fields of the request: userName"},
		"no key of it":     {jsonMap{"platform": "scripted", "foo": "x"}, []string{"accessToken"}, core.CodeParameters, "or handle and appPassword; unknown fields of the request: foo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).call(http.MethodPost, "/profiles/social", tt.body).want(http.StatusBadRequest)
			equal(t, tt.fields, r.fields())
			equal(t, tt.code, r.problems()[0].Code)
			if !strings.Contains(r.text("message"), tt.says) {
				t.Errorf("it says %q, want %q", r.text("message"), tt.says)
			}
		})
	}
}

// TestLinkByNothing: a network that takes tokens alone has a page all the same.
func TestLinkByNothing(t *testing.T) {
	t.Parallel()
	r := newServer(t).call(http.MethodPost, "/profiles/social", jsonMap{"platform": "scripted", "handle": "ada"}).want(http.StatusBadRequest)
	if equal(t, "accessToken is missing or empty; unknown fields of the request: handle", r.text("message")); !strings.Contains(r.text("help"), "POST /profiles/link-sessions") {
		t.Errorf("the way out is %q", r.text("help"))
	}
}

// TestLinkByAnswersInTrouble: that the network is away is nobody's mistake.
func TestLinkByAnswersInTrouble(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.network = direct })
	for status, want := range map[int]int{503: http.StatusBadGateway, 429: http.StatusTooManyRequests, 401: http.StatusBadRequest, 403: http.StatusBadRequest, 404: http.StatusBadRequest} {
		s.network.Next(coretest.OpExchange, coretest.Answer(status, 0))
		s.call(http.MethodPost, "/profiles/social", told(nil)).want(want)
	}
	s.network.Next(coretest.OpExchange, coretest.LoseAnswer)
	s.call(http.MethodPost, "/profiles/social", told(nil)).want(http.StatusBadGateway)
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, coretest.MemberPassword.Reveal()) {
			t.Errorf("the log has the password: %s", line)
		}
	}
}

// generous is a network whose apps that are direct are good for more accounts, and that tells
// something besides.
type generous struct{ *coretest.Provider }

func (p generous) Exchange(ctx context.Context, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
	g, err := p.Provider.Exchange(ctx, r, back)
	if err != nil {
		return g, err
	}
	second := g.Accounts[0]
	second.RemoteID, second.Kind, second.DisplayName = coretest.PageID, core.AccountOrganization, "Page 1"
	g.Accounts = append(g.Accounts, second)
	g.Notes = []core.Finding{
		{Status: core.FindingWarning, Message: "This is your main password.", Help: "Make an app password."}, {Status: core.FindingOK, Message: "All is well."},
	}
	g.Operator = []core.Finding{{Status: core.FindingMissing, Code: core.CodeLinkScope, Message: "a product is missing"}}
	return g, nil
}

func TestLinkByAnswersOfSeveral(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) {
		o.network, o.provider = direct, func(p *coretest.Provider) core.Provider { return generous{p} }
	})
	r := s.call(http.MethodPost, "/profiles/social", told(nil)).want(http.StatusOK).object()
	equal(t, any(coretest.MemberID), r["account"].(jsonMap)["remoteId"])
	equal(t, 2, len(r["accounts"].([]any)))
	equal(t, any([]any{jsonMap{"code": 101.0, "platform": "scripted", "message": "This is your main password. Make an app password."}}), r["warnings"])
	if !strings.Contains(s.log.String(), "a product is missing") {
		t.Error("the operator is not told")
	}
	one := s.call(http.MethodPost, "/profiles/social", told(jsonMap{"id": coretest.PageID})).want(http.StatusOK).object()
	equal(t, any(coretest.PageID), one["account"].(jsonMap)["remoteId"])
}
