package api

// Message is the text of a comment: plain text, in which mentions are ranges.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
type Message struct {
	Text       string      `json:"text"`
	Attributes []Attribute `json:"attributes,omitempty"`
}

// Attribute is a range of a message that mentions somebody. Start and Length count
// UTF-16 code units; LinkedIn does not document its unit, and this is the one that its
// own clients count in.
type Attribute struct {
	Start  int       `json:"start"`
	Length int       `json:"length"`
	Value  Mentioned `json:"value"`
}

// Mentioned is whom an attribute mentions: one of its fields is set.
type Mentioned struct {
	Member  *MentionedMember  `json:"com.linkedin.common.MemberAttributedEntity,omitempty"`
	Company *MentionedCompany `json:"com.linkedin.common.CompanyAttributedEntity,omitempty"`
}

// MentionedMember is a person, by URN.
type MentionedMember struct {
	Member string `json:"member"`
}

// MentionedCompany is an organization, by URN.
type MentionedCompany struct {
	Company string `json:"company"`
}
