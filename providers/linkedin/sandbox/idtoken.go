package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"
)

const idTokenLife = time.Hour

// idClaims is what an id token says.
// https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
type idClaims struct {
	Issuer     string `json:"iss"`
	Audience   string `json:"aud"`
	IssuedAt   int64  `json:"iat"`
	ExpiresAt  int64  `json:"exp"`
	Subject    string `json:"sub"`
	Name       string `json:"name,omitempty"`
	GivenName  string `json:"given_name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`
	Email      string `json:"email,omitempty"`
}

// idToken returns who a member is, as a JSON Web Token. It is signed with the secret of the
// app (HS256), which OpenID Connect allows for apps that have one, where LinkedIn signs with
// a key of its own (RS256).
// https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
func idToken(app App, p Person, scopes []string, now time.Time) string {
	claims := idClaims{
		Issuer: "https://www.linkedin.com/oauth", Audience: app.ClientID,
		IssuedAt: now.Unix(), ExpiresAt: now.Add(idTokenLife).Unix(), Subject: p.ID,
	}
	if slices.Contains(scopes, scopeProfile) {
		claims.Name, claims.GivenName, claims.FamilyName = p.Name(), p.FirstName, p.LastName
	}
	if slices.Contains(scopes, scopeEmail) {
		claims.Email = p.Email
	}
	encoded := base64.RawURLEncoding.EncodeToString
	body, err := json.Marshal(claims)
	if err != nil {
		panic("sandbox: claims cannot be encoded: " + err.Error())
	}
	signed := encoded([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encoded(body)
	mac := hmac.New(sha256.New, []byte(app.ClientSecret))
	mac.Write([]byte(signed))
	return signed + "." + encoded(mac.Sum(nil))
}
