package api_test

import (
	"encoding/base64"
	"maps"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// guards lists how a stranger tries every route, by method and route.
func (v *victim) guards() map[string]guarded {
	all := map[string]guarded{}
	for _, part := range []map[string]guarded{
		v.postGuards(), v.scheduleGuards(), v.commentGuards(), v.lookupGuards(), v.accountGuards(), v.profileGuards(), v.mediaGuards(), v.hookGuards(), v.linkGuards(),
	} {
		maps.Copy(all, part)
	}
	return all
}

func (v *victim) postGuards() map[string]guarded {
	mine := func(more jsonMap) jsonMap {
		body := jsonMap{"post": "by a stranger", "platforms": []string{"scripted"}}
		maps.Copy(body, more)
		return body
	}
	id := func(more jsonMap) jsonMap {
		body := jsonMap{"id": v.scheduled}
		maps.Copy(body, more)
		return body
	}
	byAccount := jsonMap{"post": "x", "accountIds": []string{v.account}}
	withUpload := mine(jsonMap{"mediaUrls": []string{"upload:" + v.upload}})
	withAddress := mine(jsonMap{"mediaUrls": []string{v.address}})
	edit := by(
		at("/post", id(jsonMap{"post": "sold"}), 404, core.CodeHistoryNotFound),
		at("/post", id(jsonMap{"scheduledPause": true}), 404, core.CodeHistoryNotFound),
		at("/post", jsonMap{"id": v.post, "disableComments": true, "notes": "x"}, 404, core.CodeHistoryNotFound),
		at("/post", jsonMap{"id": v.strangerScheduled, "mediaUrls": []string{"upload:" + v.upload}}, 400, core.CodeMediaURL),
	)
	remove := func(path string) guarded {
		return by(
			at(path, jsonMap{"id": v.post}, 404, core.CodeDeleteNotFound),
			at(path, jsonMap{"id": v.scheduled, "markManualDeleted": true}, 404, core.CodeDeleteNotFound),
			at(path, jsonMap{"bulk": []string{v.post, v.scheduled}}, 400, core.CodeDeleteNotFound),
			at(path, jsonMap{"deleteAllScheduled": true}, 200, 0),
			at(path, jsonMap{"autoRepostId": v.series}, 404, core.CodeDeleteNotFound),
		)
	}
	csv, csvType := form(v.t, part{"file", "posts.csv", "post,platforms,mediaUrls\nHi,scripted," + v.address + "\n"})
	bulk := guarded{attacks: []attack{{path: "/post/bulk", body: csv, headers: []header{csvType}, status: 400, code: core.CodeMediaURL}}}
	validate := by(
		at("/validate/post", byAccount, 400, core.CodeAccountNotFound),
		at("/validate/post", withUpload, 400, core.CodeMediaURL),
		at("/validate/post", mine(jsonMap{"post": victimScheduled}), 200, 0),
	)
	return map[string]guarded{
		"POST /post": by(
			at("/post", byAccount, 400, core.CodeAccountNotFound),
			at("/post", withUpload, 400, core.CodeMediaURL),
			at("/post", withAddress, 400, core.CodeMediaURL),
			at("/post", mine(jsonMap{"firstComment": jsonMap{"comment": "c", "mediaUrls": []string{"upload:" + v.upload}}}), 400, core.CodeMediaURL),
			at("/post", mine(jsonMap{"autoSchedule": jsonMap{"schedule": true, "title": victimSchedule}}), 400, core.CodeNoSchedule),
			at("/post", mine(jsonMap{"post": victimText}), 200, 0), // another's text is no duplicate
			at("/post", mine(jsonMap{"post": "with a used key", "idempotencyKey": "field-key"}), 200, 0),
			attack{path: "/post", body: mine(jsonMap{"post": "with a used header"}), headers: []header{{"Idempotency-Key", "shared-key"}}, status: 200},
			at("/post", mine(jsonMap{"profileKey": victimKey}), 400, core.CodeUnsupported),
			at("/post", mine(jsonMap{"profileKeys": []string{victimKey}}), 400, core.CodeUnsupported),
		),
		"GET /post/:id":              by(at("/post/"+v.post, nil, 404, core.CodeHistoryNotFound), at("/post/"+v.scheduled, nil, 404, core.CodeHistoryNotFound)),
		"PATCH /post":                edit,
		"PUT /post":                  edit,
		"DELETE /post":               remove("/post"),
		"DELETE /delete":             remove("/delete"),
		"PUT /post/retry":            by(at("/post/retry", jsonMap{"id": v.failed}, 404, core.CodeHistoryNotFound)),
		"POST /post/copy":            by(at("/post/copy", jsonMap{"id": v.post, "platforms": []string{"scripted"}}, 404, core.CodeHistoryNotFound)),
		"POST /post/bulk":            bulk,
		"PUT /post/bulk":             bulk,
		"POST /post/checkPostWeight": by(at("/post/checkPostWeight", jsonMap{"post": "x"}, 200, 0)),
		"POST /validate/post":        validate,
		"POST /validate/json":        by(at("/validate/json", jsonMap{"id": v.post}, 200, 0)),
		"GET /history": by(
			at("/history", nil, 200, 0), at("/history?limit=1000&status=deleted", nil, 200, 0), at(query("/history", "autoRepostId", v.series), nil, 200, 0),
			at("/history?autoRepostId=all", nil, 200, 0), at("/history?status=pending", nil, 200, 0),
		),
		"GET /history/:id": by(
			at("/history/"+v.post, nil, 404, core.CodeHistoryNotFound), at("/history/"+v.scheduled, nil, 404, core.CodeHistoryNotFound),
			natively("/history/scripted", nil, 200, 0), natively(query("/history/scripted", "accountId", v.account), nil, 400, core.CodeAccountNotFound),
		),
	}
}

func (v *victim) scheduleGuards() map[string]guarded {
	set := jsonMap{"title": victimSchedule, "schedule": []string{"05:00Z"}}
	title := jsonMap{"title": victimSchedule}
	return map[string]guarded{
		"GET /auto-schedule":           by(at("/auto-schedule", nil, 400, core.CodeNoSchedule)),
		"GET /auto-schedule/list":      by(at("/auto-schedule/list", nil, 400, core.CodeNoSchedule)),
		"DELETE /auto-schedule":        by(at("/auto-schedule", title, 400, core.CodeNoSchedule), at(query("/auto-schedule", "title", victimSchedule), nil, 400, core.CodeNoSchedule)),
		"DELETE /auto-schedule/delete": by(at("/auto-schedule/delete", title, 400, core.CodeNoSchedule)),
		"POST /auto-schedule":          by(at("/auto-schedule", set, 200, 0)), // one of the same title
		"POST /auto-schedule/set":      by(at("/auto-schedule/set", set, 200, 0)),
	}
}

func (v *victim) commentGuards() map[string]guarded {
	read := func(path string) attack { return at(path, nil, 404, core.CodeHistoryNotFound) }
	reply := jsonMap{"commentId": v.comment, "comment": "x"}
	return map[string]guarded{
		"POST /comments": by(
			at("/comments", jsonMap{"id": v.post, "comment": "x"}, 404, core.CodeHistoryNotFound),
			at("/comments", jsonMap{"id": v.remotePost, "comment": "x", "searchPlatformId": true, "platforms": []string{"scripted"}, "accountIds": []string{v.account}}, 400, core.CodeAccountNotFound),
			at("/comments", jsonMap{"id": v.remotePost, "comment": "x", "searchPlatformId": true, "platforms": []string{"scripted"}, "mediaUrls": []string{"upload:" + v.upload}}, 400, core.CodeMediaURL),
		),
		"POST /comments/reply":            by(at("/comments/reply", reply, 404, core.CodeCommentNotFound)),
		"POST /comments/reply/:commentId": by(at("/comments/reply/"+v.comment, jsonMap{"comment": "x"}, 404, core.CodeCommentNotFound)),
		"GET /comments": by(
			read(query("/comments", "id", v.post)), at(query("/comments", "id", v.comment, "commentId", "true"), nil, 404, core.CodeCommentNotFound),
			natively(query("/comments", "id", v.remotePost, "searchPlatformId", "true", "platforms", "scripted"), nil, 200, 0),
		),
		"GET /comments/:id": by(
			read("/comments/"+v.post), natively(query("/comments/"+v.remotePost, "searchPlatformId", "true", "platforms", "scripted"), nil, 200, 0),
			at(query("/comments/"+v.remotePost, "searchPlatformId", "true", "accountIds", v.account), nil, 400, core.CodeAccountNotFound),
		),
		"DELETE /comments/:id": by(
			at("/comments/"+v.comment, jsonMap{}, 404, core.CodeCommentNotFound), at("/comments/"+v.post, jsonMap{}, 404, core.CodeCommentNotFound),
		),
	}
}

func (v *victim) lookupGuards() map[string]guarded {
	facet := "/audience/scripted/"
	return map[string]guarded{
		"POST /analytics/post": by(
			at("/analytics/post", jsonMap{"id": v.post}, 404, core.CodeHistoryNotFound), at("/analytics/post", jsonMap{"id": v.scheduled}, 404, core.CodeHistoryNotFound),
			natively("/analytics/post", jsonMap{"id": v.remotePost, "searchPlatformId": true, "platforms": []string{"scripted"}}, 200, 0),
		),
		"POST /analytics/social": by(
			natively("/analytics/social", jsonMap{"platforms": []string{"scripted"}}, 200, 0),
			natively("/analytics/social", jsonMap{"accountIds": []string{v.account}}, 400, core.CodeAccountNotFound),
		),
		"GET /brand/search/:platform": by(
			at("/brand/search/scripted?search=page", nil, 200, 0), at(query("/brand/search/scripted", "search", "page", "accountId", v.account), nil, 400, core.CodeAccountNotFound),
		),
		"GET /audience/:platform":        by(at("/audience/scripted", nil, 200, 0)),
		"GET /audience/:platform/:facet": by(at(facet+"countries", nil, 200, 0)),
		"GET /providers":                 by(at("/providers", nil, 200, 0)),
		"GET /providers/:platform/check": by(at("/providers/scripted/check", nil, 400, core.CodeUnsupported)),
		"GET /error-explainer":           by(at("/error-explainer?code=146", nil, 200, 0)),
		"GET /openapi.json":              {public: true, attacks: []attack{at("/openapi.json", nil, 200, 0)}},
		"GET /samples/:name":             {public: true, attacks: []attack{at("/samples/"+v.upload, nil, 404, core.CodeRouteNotFound)}},
	}
}

func (v *victim) accountGuards() map[string]guarded {
	gone := func(path string, body any) guarded { return by(at(path, body, 404, core.CodeAccountNotFound)) }
	return map[string]guarded{
		"GET /user":               by(at("/user", nil, 200, 0)),
		"GET /user/batch":         by(at("/user/batch", nil, 400, core.CodeWebhookNotFound)),
		"GET /accounts":           by(at("/accounts", nil, 200, 0)),
		"GET /accounts/:id":       gone("/accounts/"+v.account, nil),
		"GET /accounts/:id/check": gone("/accounts/"+v.account+"/check", nil),
		"PATCH /accounts/:id":     gone("/accounts/"+v.account, jsonMap{"default": true}),
		"DELETE /accounts/:id":    gone("/accounts/"+v.account, nil),
	}
}

func (v *victim) profileGuards() map[string]guarded {
	create := func(path string) guarded {
		return by(at(path, jsonMap{"title": victimTitle}, 400, core.CodeParameters))
	}
	named := func(path string) guarded {
		return by(
			at(path, jsonMap{"refId": v.profile.RefID, "displayTitle": "x"}, 400, core.CodeParameters),
			at(path, jsonMap{"refId": v.profile.RefID, "newKey": true}, 400, core.CodeParameters),
			at(path, jsonMap{"profileKey": victimKey, "displayTitle": "x"}, 400, core.CodeParameters),
			at(path, jsonMap{"title": victimTitle}, 400, core.CodeTitleTaken),
		)
	}
	remove := func(path string) guarded {
		return by(
			at(path, jsonMap{"refId": v.profile.RefID}, 400, core.CodeParameters),
			at(path, jsonMap{"title": victimTitle}, 400, core.CodeParameters),
			at(path, jsonMap{"profileKey": victimKey}, 400, core.CodeParameters),
			at(path, jsonMap{"profileKey": unknownKey}, 400, core.CodeParameters),
		)
	}
	link := jsonMap{"platform": "scripted", "accessToken": string(coretest.MemberToken), "profileKey": victimKey}
	return map[string]guarded{
		"POST /profiles":                create("/profiles"),
		"POST /profiles/profile":        create("/profiles/profile"),
		"POST /profiles/create-profile": create("/profiles/create-profile"),
		"GET /profiles": by(
			at("/profiles", nil, 200, 0), at(query("/profiles", "refId", v.profile.RefID), nil, 200, 0), at(query("/profiles", "title", victimTitle), nil, 200, 0),
			at(query("/profiles", "profileKeys[0]", victimKey), nil, 200, 0), at(query("/profiles", "refId", v.profile.RefID, "include", "quota,activity,socialHealth"), nil, 200, 0),
		),
		"PATCH /profiles":                 named("/profiles"),
		"PUT /profiles":                   named("/profiles"),
		"PATCH /profiles/profile":         named("/profiles/profile"),
		"PUT /profiles/profile":           named("/profiles/profile"),
		"DELETE /profiles":                remove("/profiles"),
		"DELETE /profiles/profile":        remove("/profiles/profile"),
		"DELETE /profiles/delete-profile": remove("/profiles/delete-profile"),
		"POST /profiles/social":           by(at("/profiles/social", link, 400, core.CodeParameters)),
		"DELETE /profiles/social":         by(at("/profiles/social", jsonMap{"platform": "scripted", "profileKey": victimKey}, 400, core.CodeParameters)),
	}
}

func (v *victim) mediaGuards() map[string]guarded {
	file := jsonMap{"file": base64.StdEncoding.EncodeToString(picture())}
	open := func(path string, body any, status int, code core.Code) guarded {
		return guarded{public: true, attacks: []attack{{path: path, body: body, status: status, code: code, headers: []header{{"Content-Type", "application/octet-stream"}}}}}
	}
	wrongTicket := "/media/upload/" + v.upload + "/wrong"
	return map[string]guarded{
		"POST /media/upload":            by(at("/media/upload", file, 200, 0)),
		"POST /upload":                  by(at("/upload", file, 200, 0)),
		"GET /media/uploadUrl":          by(at("/media/uploadUrl?fileName=a.png", nil, 200, 0)),
		"PUT /media/upload/:id/:ticket": open(wrongTicket, picture(), 404, core.CodeMediaURL),
		"GET /media":                    by(at("/media", nil, 200, 0), at(query("/media", "cursor", v.upload), nil, 400, core.CodeParameters)),
		"GET /media/:id":                by(at("/media/"+v.upload, nil, 404, core.CodeMediaURL)),
		"DELETE /media/:id":             by(at("/media/"+v.upload, nil, 404, core.CodeMediaURL)),
		"GET /media/file/:id":           open("/media/file/"+v.post, nil, 404, core.CodeMediaURL),
		"GET /media/file/:id/:name":     open("/media/file/"+v.comment+"/"+victimFile, nil, 404, core.CodeMediaURL),
		"GET /media/meta":               by(at(query("/media/meta", "mediaUrl", "upload:"+v.upload), nil, 400, core.CodeMediaURL)),
		"POST /media/urlExists":         by(at("/media/urlExists", jsonMap{"mediaUrl": "upload:" + v.upload}, 400, core.CodeMediaURL)),
		"POST /media/resize": by(
			at("/media/resize", jsonMap{"imageUrl": "upload:" + v.upload, "dimensions": jsonMap{"width": 2, "height": 2}}, 400, core.CodeMediaURL),
		),
	}
}

func (v *victim) hookGuards() map[string]guarded {
	set := jsonMap{"action": "batch", "url": "https://stranger.example/hook"}
	list := by(at("/hook/webhook", nil, 200, 0), at("/hook/webhook?allWebhooks=true", nil, 200, 0))
	remove := by(at("/hook/webhook", jsonMap{"action": "batch"}, 404, core.CodeWebhookNotFound))
	one := "/hook/deliveries/" + v.message
	return map[string]guarded{
		"POST /hook":                       by(at("/hook", set, 200, 0)),
		"POST /hook/webhook":               by(at("/hook/webhook", set, 200, 0)),
		"GET /hook":                        list,
		"GET /hook/webhook":                list,
		"DELETE /hook":                     remove,
		"DELETE /hook/webhook":             remove,
		"POST /hook/webhook/secret":        by(at("/hook/webhook/secret", jsonMap{"action": "social"}, 404, core.CodeWebhookNotFound)),
		"GET /hook/deliveries":             by(at("/hook/deliveries", nil, 200, 0), at(query("/hook/deliveries", "cursor", v.message), nil, 400, core.CodeParameters)),
		"GET /hook/deliveries/:id":         by(at(one, nil, 404, core.CodeMessageNotFound)),
		"POST /hook/deliveries/:id/resend": by(at(one+"/resend", jsonMap{}, 404, core.CodeMessageNotFound)),
	}
}

func (v *victim) linkGuards() map[string]guarded {
	session := by(at("/profiles/link-sessions/"+v.link, nil, 404, core.CodeLinkUnknown))
	create := func(path string) guarded {
		return by(at(path, jsonMap{"profileKey": victimKey}, 400, core.CodeParameters), at(path, jsonMap{"redirect": victimWebhook}, 200, 0))
	}
	return map[string]guarded{
		"POST /profiles/link-sessions":       create("/profiles/link-sessions"),
		"POST /profiles/generateJWT":         create("/profiles/generateJWT"),
		"GET /profiles/link-sessions/:id":    session,
		"DELETE /profiles/link-sessions/:id": session,
	}
}
