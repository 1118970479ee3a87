package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/providers"
	"github.com/crier-social/crier/providers/bluesky/blueskytest"
	blueskysandbox "github.com/crier-social/crier/providers/bluesky/sandbox"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	// asPerson is the comment above an example that posts as a person, not as a page.
	asPerson = "as a person"
	// exampleHost stands for the reader's own web server.
	exampleHost = "https://example.com"
)

// TestExamples runs every curl command of the documentation, as it stands there, against a
// server and the sandboxes, and holds that each publishes what it says. The page of a network
// describes every option of it, each with an example.
func TestExamples(t *testing.T) {
	t.Parallel()
	files := []string{
		"docs/accounts.md", "docs/engagement.md", "docs/linking.md", "docs/profiles.md", "docs/scheduling.md", "docs/webhooks.md",
	}
	networks := map[string]string{} // by their page
	for _, a := range providers.Adapters() {
		page := "providers/" + a.Name + "/README.md"
		files, networks[page] = append(files, page), a.Name
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(filepath.Join(root, file))
			if err != nil {
				t.Fatal(err)
			}
			r := newExampleReader(t)
			for _, e := range readExamples(string(content)) {
				r.run(e)
			}
			if r.commands == 0 {
				t.Fatal("there are no examples")
			}
			t.Logf("%d commands", r.commands)
			if network := networks[file]; network != "" {
				r.checkOptions(network)
			}
		})
	}
}

// TestDocumentsSayWhereTheAddressComesFrom: who begins with the README, as the documents tell
// him to, has set what their commands use.
func TestDocumentsSayWhereTheAddressComesFrom(t *testing.T) {
	t.Parallel()
	read := func(file string) string {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(string(content)), " ")
	}
	readme := read(filepath.Join(root, "README.md"))
	for _, set := range []string{"export CRIER_URL=http://127.0.0.1:8080 ", "export CRIER_API_KEY="} {
		if at := strings.Index(readme, set); at < 0 || at > strings.Index(readme, "curl $CRIER_URL") {
			t.Errorf("the README does not set %q before its first command", set)
		}
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, file := range files {
		text := read(file)
		said := strings.Index(text, "`CRIER_URL` and `CRIER_API_KEY`, as the [README](../README.md) sets them")
		if used := strings.Index(text, "$CRIER_"); used >= 0 && (said < 0 || said > used) {
			t.Errorf("%s does not say where CRIER_URL and CRIER_API_KEY come from", filepath.Base(file))
		}
	}
}

// example is a block of shell commands in a document.
type example struct {
	line   int    // where it begins
	title  string // of the section
	script string
}

func (e example) String() string { return fmt.Sprintf("line %d (%s)", e.line, e.title) }

// readExamples finds the blocks that call the server.
func readExamples(markdown string) []example {
	var all []example
	var current *example
	title := ""
	for i, line := range strings.Split(markdown, "\n") {
		text := strings.TrimSpace(line)
		switch {
		case current != nil && strings.HasPrefix(text, "```"):
			if strings.Contains(current.script, "curl ") {
				all = append(all, *current)
			}
			current = nil
		case current != nil:
			current.script += line + "\n"
		case text == "```sh" || text == "```bash":
			current = &example{line: i + 2, title: title}
		case strings.HasPrefix(line, "#"):
			title = strings.TrimLeft(line, "# ")
		}
	}
	return all
}

func TestReadExamples(t *testing.T) {
	t.Parallel()
	const document = "# One\n```sh\nls\n```\n## Two\n\n1. Do:\n   ```sh\n   curl a\n   ```\n\n```json\ncurl b\n```\n```bash\n# as a person\ncurl c\n```\n"
	want := []example{{9, "Two", "   curl a\n"}, {16, "Two", "# as a person\ncurl c\n"}}
	if diff := cmp.Diff(want, readExamples(document), cmp.AllowUnexported(example{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// exampleWeb is the web server that the examples name, and the files that lie beside
// their reader.
type exampleWeb struct {
	url   string
	files map[string][]byte // by name
}

func newExampleWeb(t *testing.T) *exampleWeb {
	t.Helper()
	w := &exampleWeb{files: map[string][]byte{
		"picture.jpg": mediatest.JPEG(1200, 627), "slide-1.jpg": mediatest.JPEG(1080, 1080), "slide-2.jpg": mediatest.JPEG(1080, 1080),
		"first.jpg": mediatest.JPEG(1280, 720), "talk.mp4": mediatest.MP4(200_000), "talk.srt": mediatest.SRT(), "deck.pdf": mediatest.PDFPages(12),
		"posts.csv": blockOf(t, "../../docs/scheduling.md", "csv"),
	}}
	pages := map[string]string{
		"article":  `<title>Ten things about dunes</title><meta property="og:description" content="What the wind does."><meta property="og:image" content="/media/picture.jpg">`,
		"job.html": `<title>Gardener of dunes</title><meta name="description" content="Full time, outdoors.">`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		name := path.Base(r.URL.Path)
		switch {
		case pages[name] != "":
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(rw, pages[name])
		case name == "hook": // takes every call
		case w.files[name] != nil && path.Dir(r.URL.Path) == "/media":
			_, _ = rw.Write(w.files[name])
		default:
			http.NotFound(rw, r)
		}
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// exampleReader does what the documentation tells, with a server of its own.
type exampleReader struct {
	*serverProcess
	web       *exampleWeb
	bluesky   *blueskytest.Server
	others    []*otherSandbox
	own       *strings.Replacer // puts what a reader has in the place of what stands for it
	variables map[string]string
	accounts  map[bool]string // ids; of the person: true
	options   map[string]bool // that posts have used, behind the key of their block
	commands  int             // that were run
}

func newExampleReader(t *testing.T) *exampleReader {
	t.Helper()
	other := blueskytest.New(t)
	r := &exampleReader{web: newExampleWeb(t), bluesky: other, others: openOtherSandboxes(t), options: map[string]bool{}}
	settings := []string{
		"CRIER_LINKEDIN_CLIENT_ID=" + sandbox.CommunityClientID, "CRIER_LINKEDIN_CLIENT_SECRET=" + sandbox.CommunityClientSecret,
		"CRIER_BLUESKY_PLC_URL=" + other.PLCURL(), "CRIER_BLUESKY_APPVIEW_URL=" + other.URL, "CRIER_BLUESKY_VIDEO_URL=" + other.URL, "CRIER_BLUESKY_WEB_URL=" + other.URL,
	}
	for _, o := range r.others {
		settings = append(settings, o.environ...)
	}
	r.serverProcess = newServerProcess(t, sandbox.Options{}, settings...)
	bob := other.Login(t, blueskysandbox.BobHandle, blueskysandbox.BobAppPassword)
	r.own = strings.NewReplacer(exampleHost, r.web.url, "AQ…", sandbox.PageToken, "urn:li:organization:1234", sandbox.PageURN,
		"alice.bsky.social", blueskysandbox.AliceHandle, "bob.bsky.social", blueskysandbox.BobHandle, "carol.bsky.social", blueskysandbox.CarolHandle,
		"abcd-efgh-ijkl-mnop", blueskysandbox.AliceAppPassword, "did:plc:…", blueskysandbox.BobDID,
		`"accessToken": "eyJ…"`, `"accessToken": "`+bob.AccessToken+`"`, `"refreshToken": "eyJ…"`, `"refreshToken": "`+bob.RefreshToken+`"`)
	r.variables = map[string]string{"CRIER_URL": r.url, "CRIER_API_KEY": crashKey}
	r.accounts = map[bool]string{false: r.linkAs(sandbox.PageURN), true: r.linkAs(sandbox.JaneURN)}
	r.linked(map[string]any{"platform": "bluesky", "handle": blueskysandbox.AliceHandle, "appPassword": blueskysandbox.AliceAppPassword})
	for _, o := range r.others {
		o.link(r)
	}
	return r
}

// linkAs links an account, or links it anew, and returns its id.
func (r *exampleReader) linkAs(urn string) string {
	r.t.Helper()
	return r.linked(map[string]any{"platform": sandboxPlatform, "accessToken": sandbox.PageToken, "expiresIn": 5184000, "id": urn})
}

// linked links an account by what its owner tells, and returns its id.
func (r *exampleReader) linked(told map[string]any) string {
	r.t.Helper()
	var answer struct{ Account struct{ ID string } }
	status, err := r.serverProcess.call(http.MethodPost, "/profiles/social", "", told, &answer)
	if err != nil || status != http.StatusOK || answer.Account.ID == "" {
		r.t.Fatalf("linking %v: %d %v", told, status, err)
	}
	return answer.Account.ID
}

// use makes one of the accounts the one that the network's name means.
func (r *exampleReader) use(person bool) {
	r.t.Helper()
	if status, err := r.serverProcess.call(http.MethodPatch, "/accounts/"+r.accounts[person], "", map[string]any{"default": true}, nil); err != nil || status != http.StatusOK {
		r.t.Fatalf("choosing the account: %d %v", status, err)
	}
}

// run runs the commands of an example one after the other: what one answers, the next
// may need.
func (r *exampleReader) run(e example) {
	r.t.Helper()
	script := &shell{rest: e.script, variables: r.variables}
	for {
		c, err := script.command()
		if err == nil && len(c.words) > 0 && c.words[0] == "curl" {
			r.commands++
			err = r.command(c)
		}
		if err != nil {
			r.t.Errorf("%s: %v", e, err)
		}
		if err != nil || len(c.words) == 0 {
			return
		}
	}
}

// command runs one.
func (r *exampleReader) command(c shellCommand) error {
	call, err := parseCurl(c.words[1:])
	if err != nil {
		return err
	}
	for i := range call.data {
		call.data[i] = r.own.Replace(call.data[i])
	}
	for i := range call.form {
		call.form[i] = r.own.Replace(call.form[i])
	}
	call.url = r.own.Replace(call.url)
	r.use(slices.Contains(c.notes, asPerson))
	req, err := call.request(r.t.Context(), r.web.files)
	if err != nil {
		return err
	}
	answer, err := r.send(req)
	if err != nil {
		return err
	}
	r.remember(answer)
	if call.method == http.MethodPost && req.URL.Path == "/post" {
		r.note(call)
		return r.checkPost(answer)
	}
	return nil
}

// send returns the answer to a request that succeeds.
func (r *exampleReader) send(req *http.Request) (map[string]any, error) {
	if !strings.HasPrefix(req.URL.String(), r.url+"/") {
		return nil, fmt.Errorf("%s is not an address of the server", req.URL)
	}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, fmt.Errorf("%s %s answers %d %s: %w", req.Method, req.URL.Path, res.StatusCode, raw, err)
	}
	if res.StatusCode/100 != 2 || answer["status"] == "error" {
		return nil, fmt.Errorf("%s %s answers %d %s", req.Method, req.URL.Path, res.StatusCode, raw)
	}
	return answer, nil
}

// remember keeps what later commands take from an answer.
func (r *exampleReader) remember(answer map[string]any) {
	keep := func(name string, value any) {
		if s, ok := value.(string); ok && s != "" {
			r.variables[name] = s
		}
	}
	if entries, ok := answer["postIds"].([]any); ok && len(entries) > 0 {
		if entry, ok := entries[0].(map[string]any); ok {
			keep("POST_ID", answer["id"])
			keep("POST_URN", entry["id"])
			keep("POST_URL", entry["postUrl"])
		}
	}
	if isHeldBack(answer["status"]) {
		keep("POST_ID", answer["id"])
	}
	keep("COMMENT_ID", answer["commentId"])
	if sent, ok := answer["deliveries"].([]any); ok && len(sent) > 0 {
		if first, ok := sent[0].(map[string]any); ok {
			keep("DELIVERY_ID", first["id"])
		}
	}
	keep("SERIES_ID", answer["autoRepostId"])
	keep("SESSION_ID", answer["sessionId"])
	if key, made := answer["profileKey"]; made {
		keep("PROFILE_KEY", key)
		keep("REF_ID", answer["refId"])
	}
	if account, ok := answer["account"].(map[string]any); ok {
		keep("ACCOUNT_ID", account["id"])
	}
}

// note records which options a post has used.
func (r *exampleReader) note(call *curlCall) {
	var body map[string]json.RawMessage
	_ = json.Unmarshal([]byte(strings.Join(call.data, "&")), &body) // the server has read it
	for key, raw := range body {
		var block map[string]json.RawMessage
		if strings.HasSuffix(key, "Options") && json.Unmarshal(raw, &block) == nil {
			for name := range block {
				r.options[key+"."+name] = true
			}
		}
	}
}

// checkOptions holds that there is an example of every option of a network.
func (r *exampleReader) checkOptions(network string) {
	r.t.Helper()
	for _, option := range r.knownOptions(network) {
		if !r.options[option] {
			r.t.Errorf("there is no example of the option %s", option)
		}
	}
}

// knownOptions lists the options of a network that the server offers.
func (r *exampleReader) knownOptions(network string) []string {
	r.t.Helper()
	var answer struct {
		Providers []struct {
			Name, OptionsKey string
			Options          []struct{ Name string }
		}
	}
	if status, err := r.serverProcess.call(http.MethodGet, "/providers", "", nil, &answer); err != nil || status != http.StatusOK {
		r.t.Fatalf("listing the networks: %d %v", status, err)
	}
	var names []string
	for _, p := range answer.Providers {
		for _, o := range p.Options {
			if p.Name == network {
				names = append(names, p.OptionsKey+"."+o.Name)
			}
		}
	}
	if len(names) == 0 {
		r.t.Fatalf("%s has no options", network)
	}
	return names
}

// checkPost waits until all is done that a post asked for, and holds the answer against
// what the network has.
func (r *exampleReader) checkPost(answer map[string]any) error {
	if isHeldBack(answer["status"]) {
		return nil
	}
	id, _ := answer["id"].(string)
	for deadline := time.Now().Add(patience); ; {
		var post examplePost
		status, err := r.serverProcess.call(http.MethodGet, "/post/"+id, "", nil, &post)
		switch done, failed := post.outcome(); {
		case err != nil || status != http.StatusOK:
			return fmt.Errorf("reading the post %s: %d %w", id, status, err)
		case failed != "":
			return fmt.Errorf("the post %s failed: %s", id, failed)
		case done:
			return r.checkPublished(post)
		case time.Now().After(deadline):
			return fmt.Errorf("the post %s is not done: %+v", id, post)
		}
		r.wait(20 * time.Millisecond)
	}
}

// isHeldBack tells whether a post goes out later, if at all.
func isHeldBack(status any) bool { return status == statusScheduled || status == statusApproval }

// examplePost is what GET /post/:id shows.
type examplePost struct {
	Status  string
	PostIDs []exampleEntry `json:"postIds"`
	Errors  []any
}

type exampleEntry struct {
	Platform, Status, ID, PostURL string
	FirstComment, DisableComments *struct {
		Status string
		Error  any
	}
	LinkPreviewFailed bool
}

// outcome tells whether a post and all that follows it are done, or what has failed.
func (p examplePost) outcome() (done bool, failed string) {
	if p.Status == "error" || len(p.Errors) > 0 {
		return false, fmt.Sprint(p.Errors)
	}
	done = p.Status == "success" && len(p.PostIDs) > 0
	for _, e := range p.PostIDs {
		if e.LinkPreviewFailed {
			return false, "its card could not be made"
		}
		for _, follow := range []*struct {
			Status string
			Error  any
		}{e.FirstComment, e.DisableComments} {
			switch {
			case follow == nil || follow.Status == "success":
			case follow.Status == "pending" || follow.Status == "sending":
				done = false
			default:
				return false, fmt.Sprint(follow.Status, follow.Error)
			}
		}
	}
	return done, ""
}

func (r *exampleReader) checkPublished(p examplePost) error {
	for _, e := range p.PostIDs {
		if e.Status != "success" || !r.shows(e) {
			return fmt.Errorf("the network %s has no post %q", e.Platform, e.ID)
		}
	}
	return nil
}

// shows tells whether the sandbox of its network has a post.
func (r *exampleReader) shows(e exampleEntry) bool {
	switch i := slices.IndexFunc(r.others, func(o *otherSandbox) bool { return o.network == e.Platform }); {
	case i >= 0:
		return r.others[i].shows(r.t, e.PostURL)
	case e.Platform == blueskyPlatform:
		_, published := r.bluesky.Sandbox.Record(e.ID)
		return published
	default:
		_, published := r.network.Post(e.ID)
		return published
	}
}

// blockOf returns the first block of a language in a page: a file that its commands name.
func blockOf(t *testing.T, page, language string) []byte {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begins := bytes.Cut(content, []byte("```"+language+"\n"))
	block, _, ends := bytes.Cut(rest, []byte("```\n"))
	if !begins || !ends {
		t.Fatalf("%s has no block of %s", page, language)
	}
	return block
}
