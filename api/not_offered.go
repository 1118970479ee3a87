package api

import (
	"strings"

	"github.com/crier-social/crier/core"
)

// absent is a part of the Ayrshare API that Crier has nothing for.
type absent struct {
	paths   []string // each stands for all below it as well
	message string
	help    string
}

// absentParts lists them, so that a client learns why instead of that there is no such path.
func absentParts() []absent {
	return []absent{
		{
			[]string{"/hashtags", "/auto-hashtag"},
			"Crier suggests no hashtags: it has no data on what people search for",
			"Write the hashtags into the text.",
		},
		{
			[]string{"/generate"},
			"Crier writes, rewrites and translates no texts: it has no language model",
			"Call a language model of your choice, and send its text to POST /post.",
		},
		{
			[]string{"/ads"},
			"Crier books no advertisements: it publishes posts",
			"Use the network's own advertising tools with the published post.",
		},
		{
			[]string{"/links", "/short", "/shorten", "/analytics/links", "/analytics/links-short"},
			"Crier shortens and counts no links: it runs no redirecting domain",
			"Shorten the link elsewhere and write it into the text; GET /post/:id has the address of the post on its network.",
		},
		{
			[]string{"/feed"},
			"Crier reads no feeds",
			"Have a feed reader send POST /post for each entry, with the entry's id as idempotencyKey.",
		},
		{
			[]string{"/messages"},
			"Crier reads and sends no direct messages",
			"GET and POST /comments read and answer what people write below posts.",
		},
		{
			[]string{"/reviews"},
			"Crier reads and answers no reviews: no network of it has any",
			"GET and POST /comments read and answer what people write below posts.",
		},
		{
			[]string{"/ayrlink"}, "Crier has no link-in-bio pages", "Use a page of your own.",
		},
		{
			[]string{"/validate/moderation"},
			"Crier does not judge what a text says: it has no moderation model",
			"Call a moderation service before POST /post, or send requiresApproval: true and have a person approve of the post.",
		},
		{
			[]string{"/brand/byUser"},
			"Crier looks up no brands by the names of their users",
			"GET /brand/search/:platform finds organizations by their name.",
		},
		{
			[]string{"/webhook", "/webhooks"},
			"webhooks are not here but at /hook/webhook",
			"POST /hook/webhook registers one, with its action and url.",
		},
	}
}

// absentPath tells why there is nothing at a path; nil when it is no path of the Ayrshare
// API that Crier leaves out.
func absentPath(path string) *core.Error {
	path = strings.TrimPrefix(path, "/api/")
	path = "/" + strings.TrimPrefix(path, "/")
	for _, part := range absentParts() {
		for _, p := range part.paths {
			if path == p || strings.HasPrefix(path, p+"/") {
				return &core.Error{Kind: core.KindUnsupported, Code: core.CodeNotOffered, Message: part.message, Help: part.help}
			}
		}
	}
	return nil
}
