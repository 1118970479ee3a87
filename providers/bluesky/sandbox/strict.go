package sandbox

import (
	"strconv"
	"unicode/utf8"

	"github.com/crier-social/crier/providers/bluesky/sandbox/lexicon"
)

// strictMark begins what the genuine server would take.
const strictMark = "Sandbox: "

func strict(message string) *problem { return invalid(strictMark + message) }

// ref names a record.
type ref struct{ uri, cid string }

func refOf(v any) ref {
	m, _ := v.(map[string]any)
	uri, _ := m["uri"].(string)
	cid, _ := m["cid"].(string)
	return ref{uri, cid}
}

func subjectOf(record map[string]any) ref { return refOf(record["subject"]) }

// strictly refuses what is right by its lexicon, but that nobody would see.
func (s *Sandbox) strictly(a *account, w *write, before []write) *problem {
	there := readable{s, a, before}
	switch w.collection {
	case lexicon.Post:
		if bad := strictFacets(w.value); bad != nil {
			return bad
		}
		if bad := there.strictRefs(w.value); bad != nil {
			return bad
		}
		return strictEmbed(w.value)
	case lexicon.Repost, lexicon.Like:
		return there.strictRef("subject", subjectOf(w.value))
	case lexicon.Threadgate, lexicon.Postgate:
		if post, _ := w.value["post"].(string); post != a.uri(lexicon.Post, w.rkey) {
			return strict("post: a gate has the record key of its post, " + w.rkey)
		}
	}
	return nil
}

// strictFacets checks that facets are parts of the text, in whole characters, and apart.
// https://docs.bsky.app/docs/advanced-guides/post-richtext
func strictFacets(post map[string]any) *problem {
	text, _ := post["text"].(string)
	facets, _ := post["facets"].([]any)
	end := int64(0)
	for i, item := range facets {
		at := "facets[" + strconv.Itoa(i) + "]"
		m, _ := item.(map[string]any)
		index, _ := m["index"].(map[string]any)
		from, _ := index["byteStart"].(int64)
		to, _ := index["byteEnd"].(int64)
		switch features, _ := m["features"].([]any); {
		case from >= to || to > int64(len(text)):
			return strict(at + " is no part of the text")
		case !onBorder(text, from) || !onBorder(text, to):
			return strict(at + " splits a character")
		case from < end:
			return strict(at + " begins within another facet, or before it")
		case len(features) == 0:
			return strict(at + " has no features")
		}
		end = to
	}
	return nil
}

func onBorder(text string, at int64) bool {
	return at == int64(len(text)) || utf8.RuneStart(text[at])
}

// strictRefs checks that the posts exist which a post refers to.
func (r readable) strictRefs(post map[string]any) *problem {
	reply, _ := post["reply"].(map[string]any)
	for _, name := range []string{"root", "parent"} {
		if reply != nil {
			if bad := r.strictRef("reply."+name, refOf(reply[name])); bad != nil {
				return bad
			}
		}
	}
	if reply != nil {
		if bad := r.strictRoot(refOf(reply["root"]), refOf(reply["parent"])); bad != nil {
			return bad
		}
	}
	if quoted := quoteOf(post); quoted != (ref{}) {
		return r.strictRef("embed.record", quoted)
	}
	return nil
}

// strictRoot checks that the root of a reply is that of its parent.
func (r readable) strictRoot(root, parent ref) *problem {
	post := r.at(parent.uri)
	if post == nil {
		return nil
	}
	want := ref{parent.uri, post.cid}
	if above, isReply := post.value["reply"].(map[string]any); isReply {
		want = refOf(above["root"])
	}
	if root.uri != want.uri {
		return strict("reply.root is not the root of the parent, " + want.uri)
	}
	return nil
}

func (r readable) strictRef(at string, to ref) *problem {
	found := r.at(to.uri)
	switch {
	case found == nil:
		return strict(at + ": there is no " + to.uri)
	case found.cid != to.cid:
		return strict(at + ".cid: " + to.uri + " is at " + found.cid)
	}
	return nil
}

// readable is what a write may refer to: what is there, and what is written before it by the same
// request.
type readable struct {
	s      *Sandbox
	who    *account
	before []write
}

func (r readable) at(uri string) *record {
	for _, w := range r.before {
		if w.action != actionDelete && uri == r.who.uri(w.collection, w.rkey) {
			return &record{cid: w.cid, value: w.value}
		}
	}
	return r.s.at(uri)
}

// strictEmbed refuses embeds that no client shows.
func strictEmbed(post map[string]any) *problem {
	embed, _ := post["embed"].(map[string]any)
	kind, _ := embed["$type"].(string)
	known := map[string]bool{
		"": true, "app.bsky.embed.images": true, "app.bsky.embed.video": true, "app.bsky.embed.external": true,
		"app.bsky.embed.record": true, "app.bsky.embed.recordWithMedia": true,
	}
	if !known[kind] {
		return strict("embed: nobody shows " + kind)
	}
	if images, isList := embed["images"].([]any); isList && len(images) == 0 {
		return strict("embed.images is empty")
	}
	return nil
}

// quoteOf is the record that a post quotes.
func quoteOf(post map[string]any) ref {
	embed, _ := post["embed"].(map[string]any)
	inner, _ := embed["record"].(map[string]any)
	switch embed["$type"] {
	case "app.bsky.embed.record":
		return refOf(inner)
	case "app.bsky.embed.recordWithMedia":
		return refOf(inner["record"])
	}
	return ref{}
}

// at returns the record at an address, if others see it. The caller holds the lock.
func (s *Sandbox) at(uri string) *record {
	did, collection, rkey, ok := splitURI(uri)
	if !ok {
		return nil
	}
	if a := s.seen(did); a != nil {
		return a.record(collection, rkey)
	}
	return nil
}
