package lexicon

import "maps"

// The collections that are checked.
const (
	Post       = "app.bsky.feed.post"
	Repost     = "app.bsky.feed.repost"
	Like       = "app.bsky.feed.like"
	Threadgate = "app.bsky.feed.threadgate"
	Postgate   = "app.bsky.feed.postgate"
	Profile    = "app.bsky.actor.profile"
	Follow     = "app.bsky.graph.follow"
	List       = "app.bsky.graph.list"
	ListItem   = "app.bsky.graph.listitem"
)

// The limits, which the lexicons name. https://docs.bsky.app/docs/advanced-guides/posts
const (
	MaxTextBytes     = 3000
	MaxTextGraphemes = 300
	MaxImages        = 4
	MaxImageBytes    = 1_000_000
	MaxVideoBytes    = 100_000_000
	MaxCaptionBytes  = 20_000
)

// record is the lexicon of a collection.
type record struct {
	key  schema
	body schema
}

var (
	strongRef = object{must("uri", text{format: address}), must("cid", text{format: cidText})}
	created   = must("createdAt", text{format: datetime})
	ratio     = object{must("width", integer{1}), must("height", integer{1})}
	labels    = union{"com.atproto.label.defs#selfLabels": object{
		must("values", list{of: object{must("val", text{bytes: 128})}, most: 10}),
	}}
	thumb    = blob{accept: []string{"image/*"}, most: MaxImageBytes}
	portrait = blob{accept: []string{"image/png", "image/jpeg"}, most: MaxImageBytes}
)

var facet = object{
	must("index", object{must("byteStart", integer{}), must("byteEnd", integer{})}),
	must("features", list{of: union{
		"app.bsky.richtext.facet#mention": object{must("did", text{format: did})},
		"app.bsky.richtext.facet#link":    object{must("uri", text{format: uri})},
		"app.bsky.richtext.facet#tag":     object{must("tag", text{bytes: 640, graphemes: 64})},
	}}),
}

var media = union{
	"app.bsky.embed.images": object{must("images", list{most: MaxImages, of: object{
		must("image", thumb), must("alt", text{}), may("aspectRatio", ratio),
	}})},
	"app.bsky.embed.video": object{
		must("video", blob{accept: []string{"video/mp4"}, most: MaxVideoBytes}),
		may("captions", list{most: 20, of: object{
			must("lang", text{format: language}), must("file", blob{accept: []string{"text/vtt"}, most: MaxCaptionBytes}),
		}}),
		may("alt", text{bytes: 10_000, graphemes: 1000}),
		may("aspectRatio", ratio),
		may("presentation", text{}),
	},
	"app.bsky.embed.external": object{must("external", object{
		must("uri", text{format: uri}), must("title", text{}), must("description", text{}), may("thumb", thumb),
	})},
}

var quoted = object{must("record", strongRef)}

// embed is what a post can have beside its text.
func embed() union {
	all := maps.Clone(media)
	all["app.bsky.embed.record"] = quoted
	all["app.bsky.embed.recordWithMedia"] = object{must("record", quoted), must("media", media)}
	return all
}

// lexicons are those of the collections that are checked.
// https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky
var lexicons = map[string]record{
	Post: {text{format: tid}, object{
		must("text", text{bytes: MaxTextBytes, graphemes: MaxTextGraphemes}),
		may("facets", list{of: facet}),
		may("reply", object{must("root", strongRef), must("parent", strongRef)}),
		may("embed", embed()),
		may("langs", list{of: text{format: language}, most: 3}),
		may("labels", labels),
		may("tags", list{of: text{bytes: 640, graphemes: 64}, most: 8}),
		created,
	}},
	Repost: {text{format: tid}, object{must("subject", strongRef), created, may("via", strongRef)}},
	Like:   {text{format: tid}, object{must("subject", strongRef), created, may("via", strongRef)}},
	Threadgate: {text{format: tid}, object{
		must("post", text{format: address}),
		may("allow", list{most: 5, of: union{
			"app.bsky.feed.threadgate#mentionRule":   object{},
			"app.bsky.feed.threadgate#followerRule":  object{},
			"app.bsky.feed.threadgate#followingRule": object{},
			"app.bsky.feed.threadgate#listRule":      object{must("list", text{format: address})},
		}}),
		created,
		may("hiddenReplies", list{of: text{format: address}, most: 300}),
	}},
	Postgate: {text{format: tid}, object{
		created,
		must("post", text{format: address}),
		may("detachedEmbeddingUris", list{of: text{format: address}, most: 50}),
		may("embeddingRules", list{most: 5, of: union{"app.bsky.feed.postgate#disableRule": object{}}}),
	}},
	Profile: {self{}, object{
		may("displayName", text{bytes: 640, graphemes: 64}),
		may("description", text{bytes: 2560, graphemes: 256}),
		may("pronouns", text{bytes: 200, graphemes: 20}),
		may("website", text{format: uri}),
		may("avatar", portrait),
		may("banner", portrait),
		may("labels", labels),
		may("joinedViaStarterPack", strongRef),
		may("pinnedPost", strongRef),
		may("createdAt", text{format: datetime}),
	}},
	Follow: {text{format: tid}, object{must("subject", text{format: did}), created}},
	ListItem: {text{format: tid}, object{
		must("subject", text{format: did}), must("list", text{format: address}), created,
	}},
}

// Check checks a record of a collection and its key. path is where the record is. It tells
// whether there is a lexicon to check it by.
func Check(collection, rkey string, v map[string]any, path ...any) (known bool, err error) {
	lexicon, known := lexicons[collection]
	if !known {
		return false, nil
	}
	if bad := lexicon.key.check(rkey, nil); bad != nil {
		bad.Message = "Invalid record key for " + collection + ": " + bad.Message
		return true, bad
	}
	if bad := lexicon.body.check(v, path); bad != nil {
		bad.Message = "Invalid " + collection + " record: " + bad.Message
		return true, bad
	}
	return true, nil
}
