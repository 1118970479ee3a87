package linkedin

import (
	"strings"

	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// messageOf writes a text as comments want it: as a reader sees it, with its mentions
// beside it. Nothing is escaped, since a comment shows every backslash.
func messageOf(t littletext.Text) api.Message {
	m := api.Message{Text: t.Visible()}
	at := 0
	for _, s := range t {
		length := littletext.UTF16Length(s.Text)
		if s.Kind == littletext.Mention {
			m.Attributes = append(m.Attributes, api.Attribute{Start: at, Length: length, Value: mentioned(s.URN)})
		}
		at += length
	}
	return m
}

func mentioned(urn string) api.Mentioned {
	if strings.HasPrefix(urn, organizationPrefix) {
		return api.Mentioned{Company: &api.MentionedCompany{Company: urn}}
	}
	return api.Mentioned{Member: &api.MentionedMember{Member: urn}}
}
