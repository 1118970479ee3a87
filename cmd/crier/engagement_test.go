package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// apiUser calls the API of a server.
type apiUser struct {
	t        *testing.T
	url, key string
}

// ask sends a request and returns the answer, which has to be of status 200.
func (u apiUser) ask(method, path string, body any) map[string]any {
	u.t.Helper()
	status, answer := u.try(method, path, body)
	if status != http.StatusOK {
		u.t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

func (u apiUser) try(method, path string, body any) (int, map[string]any) {
	u.t.Helper()
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			u.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(u.t.Context(), method, u.url+path, bytes.NewReader(data))
	if err != nil {
		u.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+u.key)
	status, text := do(u.t, req)
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		u.t.Fatalf("%s %s: %v: %s", method, path, err, text)
	}
	return status, answer
}

// What surrounds a post, with the adapter of LinkedIn and its sandbox.
func TestEngagementWithTheSandbox(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	const key = "A-KEY-FOR-THIS-TEST-01"
	s := startServer(t, []string{"CRIER_API_KEY=" + key}, t.TempDir(), "serve", "--sandbox")
	defer s.stop()
	u := apiUser{t, s.url, key}
	id, _ := u.ask(http.MethodPost, "/post", object{
		"post": "Hello", "platforms": "linkedin", "firstComment": object{"comment": "First"},
	})["id"].(string)
	for deadline := time.Now().Add(patience); ; <-time.After(10 * time.Millisecond) {
		post, _ := json.Marshal(u.ask(http.MethodGet, "/post/"+id, nil)["postIds"])
		if strings.Contains(string(post), `"commentId":"urn:li:comment:`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no first comment: %s", post)
		}
	}
	commentID, _ := u.ask(http.MethodPost, "/comments", object{"id": id, "comment": "Second"})["commentId"].(string)
	u.ask(http.MethodPost, "/comments/reply", object{"commentId": commentID, "comment": "Reply"})
	texts := func() string { return u.commentTexts(id) }
	if got := texts(); got != "First, Second (Reply)" {
		t.Errorf("comments: %s", got)
	}
	list, _ := u.ask(http.MethodGet, "/comments/"+id, nil)["linkedin"].([]any)
	first, _ := list[0].(object)["commentId"].(string)
	answer := u.ask(http.MethodPost, "/comments/reply", object{
		"commentId": first, "commentUrn": first, "searchPlatformId": true, "platforms": "linkedin", "comment": "By its own name",
	})
	if postID, _ := answer["id"].(string); !strings.HasPrefix(postID, "urn:li:") {
		t.Errorf("the reply names the post %q", postID)
	}
	u.ask(http.MethodDelete, "/comments/"+commentID, nil)
	if got := texts(); got != "First (By its own name)" {
		t.Errorf("after deleting one: %s", got)
	}
	u.ask(http.MethodDelete, "/comments/"+url.PathEscape(first), object{"searchPlatformId": true, "platform": "linkedin"})
	if got := texts(); got != "" {
		t.Errorf("after deleting the first: %s", got)
	}

	u.ask(http.MethodPatch, "/post", object{"id": id, "post": "Hello again", "disableComments": true})
	if status, refused := u.try(http.MethodPost, "/comments", object{"id": id, "comment": "Too late"}); status != http.StatusBadRequest {
		t.Errorf("a comment where comments are closed: %d %v", status, refused)
	}
	posts, _ := u.ask(http.MethodGet, "/history/linkedin", nil)["posts"].([]any)
	if len(posts) != 1 || posts[0].(object)["post"] != "Hello again" {
		t.Errorf("posts on the network: %v", posts)
	}
	figures, _ := u.ask(http.MethodPost, "/analytics/post", object{"id": id})["linkedin"].(object)
	if _, there := figures["analytics"].(object)["impressionCount"]; !there {
		t.Errorf("figures of the post: %v", figures)
	}
	figures, _ = u.ask(http.MethodPost, "/analytics/social", object{"platforms": []string{"linkedin"}})["linkedin"].(object)
	if _, there := figures["analytics"].(object)["followers"]; !there {
		t.Errorf("figures of the account: %v", figures)
	}
	found, _ := u.ask(http.MethodGet, "/brand/search/linkedin?search=crier-demo", nil)["linkedin"].([]any)
	if len(found) != 1 || found[0].(object)["name"] != "Crier Demo" {
		t.Errorf("found: %v", found)
	}
	values, _ := u.ask(http.MethodGet, "/audience/linkedin/countries?search=germany", nil)["values"].([]any)
	if len(values) == 0 || values[0].(object)["code"] != "DE" {
		t.Errorf("countries: %v", values)
	}
}

// commentTexts returns the comments of a post with their replies.
func (u apiUser) commentTexts(id string) string {
	u.t.Helper()
	var show func(list any) string
	show = func(list any) string {
		var texts []string
		comments, _ := list.([]any)
		for _, one := range comments {
			comment, _ := one.(map[string]any)
			text, _ := comment["comment"].(string)
			if replies := show(comment["replies"]); replies != "" {
				text += " (" + replies + ")"
			}
			texts = append(texts, text)
		}
		return strings.Join(texts, ", ")
	}
	return show(u.ask(http.MethodGet, "/comments/"+id, nil)["linkedin"])
}

// A person's post in the name of an organization stays the organization's: whoever
// comments on it, reads its figures or deletes it later does so in that name.
func TestPostAsOrganization(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	const key = "A-KEY-FOR-THIS-TEST-02"
	s := startServer(t, []string{"CRIER_API_KEY=" + key}, t.TempDir(), "serve", "--sandbox")
	defer s.stop()
	u := apiUser{t, s.url, key}
	person, _ := u.ask(http.MethodPost, "/profiles/social", object{
		"platform": "linkedin", "accessToken": sandbox.PageToken, "expiresIn": 5184000, "id": sandbox.JaneURN,
	})["account"].(object)
	post := u.ask(http.MethodPost, "/post", object{
		"post": "From the office", "accountIds": []any{person["id"]}, "linkedInOptions": object{"asOrganization": sandbox.PageID},
	})
	id, _ := post["id"].(string)
	entry, _ := post["postIds"].([]any)[0].(object)
	if entry["owner"] != sandbox.PageURN {
		t.Errorf("the post is by %v", entry["owner"])
	}
	u.ask(http.MethodPost, "/comments", object{"id": id, "comment": "From the office, too"})
	list, _ := u.ask(http.MethodGet, "/comments/"+id, nil)["linkedin"].([]any)
	if len(list) != 1 || list[0].(object)["from"].(object)["id"] != sandbox.PageURN {
		t.Errorf("comments: %v", list)
	}
	figures, _ := u.ask(http.MethodPost, "/analytics/post", object{"id": id})["linkedin"].(object)
	if _, there := figures["analytics"].(object)["impressionCount"]; !there {
		t.Errorf("figures of the post: %v", figures)
	}
	u.ask(http.MethodPatch, "/post", object{"id": id, "post": "From the office, mended", "disableComments": true})
	u.ask(http.MethodDelete, "/post", object{"id": id})
}
