package crashtest

import (
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// Account is one that Crier posts to.
type Account struct {
	Name  string
	URN   string
	Token string
	// Reads means that the token may read the author's posts, so that Crier can look for
	// one whose answer was lost. Otherwise all that it can do is to send the identical
	// request again, for as long as the network refuses duplicates.
	Reads    bool
	Comments bool // the token may comment
}

// readerID is a person whose token may do everything, which LinkedIn grants to few.
const (
	readerID    = "aX0n_Re-ad1"
	readerToken = "CRASH_READER_TOKEN"
)

// Accounts are pages and people, with tokens that can read posts back and tokens that
// cannot.
func Accounts() []Account {
	return []Account{
		{Name: "page", URN: sandbox.PageURN, Token: sandbox.PageToken, Reads: true, Comments: true},
		{Name: "small page", URN: sandbox.SmallPageURN, Token: sandbox.PageToken, Reads: true, Comments: true},
		{Name: "person who reads", URN: "urn:li:person:" + readerID, Token: readerToken, Reads: true},
		{Name: "person", URN: sandbox.JaneURN, Token: sandbox.MemberToken},
		{Name: "other person", URN: sandbox.JohnURN, Token: sandbox.OtherToken},
	}
}

// settle adds to the sandbox whom DefaultWorld lacks.
func settle(s *sandbox.Sandbox) error {
	if err := s.AddPerson(sandbox.Person{ID: readerID, FirstName: "Axon", LastName: "Reader"}); err != nil {
		return err
	}
	return s.AddToken(sandbox.Token{
		Name: readerToken, Value: readerToken, Person: readerID,
		Scopes: []string{"openid", "profile", "email", "w_member_social", "r_member_social"},
	})
}
