package linkedin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

const (
	finder = "GET /rest/organizations?q=vanityName*"
	lookup = "GET /rest/organizationsLookup*"
	search = "GET /rest/peopleTypeahead*"
)

// newMentionFixture is a sandbox with people who follow Crier Demo, and one who does not.
func newMentionFixture(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	people := []sandbox.Person{
		{ID: "mJ_n-1", FirstName: "María José", LastName: "Núñez (PhD)", Headline: "Wine", Vanity: "maria-nunez"},
		{ID: "kim-1", FirstName: "Alex", LastName: "Kim", Headline: "Ships", Vanity: "alexkim"},
		{ID: "kim-2", FirstName: "Alex", LastName: "Kim", Headline: "Trains", Vanity: "akim"},
	}
	for _, p := range append(people, sandbox.Person{ID: "far_1", FirstName: "Ann", LastName: "Away", Vanity: "ann-away"}) {
		if err := f.Sandbox.AddPerson(p); err != nil {
			t.Fatal(err)
		}
	}
	page, _ := organization(f, sandbox.PageID)
	for _, p := range people {
		page.FollowerPeople = append(page.FollowerPeople, p.ID)
	}
	if err := f.Sandbox.AddOrganization(page); err != nil {
		t.Fatal(err)
	}
	return f
}

func organization(f *fixture, id int64) (sandbox.Organization, bool) {
	for _, o := range f.Sandbox.World().Organizations {
		if o.ID == id {
			return o, true
		}
	}
	return sandbox.Organization{}, false
}

// sent publishes a draft and returns the post, and what its author was warned of
// for its mentions.
func (f *fixture) sent(as providertest.Author, d core.Draft) (sandbox.Post, []string) {
	f.t.Helper()
	s, told := f.session(as), []string(nil)
	s.OnWarning = func(w core.Warning) {
		if w.Code == core.CodeMention {
			told = append(told, w.Field+": "+w.Message)
		}
	}
	pub := f.plan(as, d)
	if err := f.prepare(pub, s); err != nil {
		f.t.Fatal(err)
	}
	receipt, err := pub.Commit(f.t.Context(), s)
	if err != nil {
		f.t.Fatal(err)
	}
	post, _ := f.Sandbox.Post(receipt.RemoteID)
	return post, told
}

// links lists whom readers can follow from a post.
func links(post sandbox.Post) []string {
	var out []string
	for _, s := range post.Spans {
		if s.Kind == sandbox.SpanMention {
			out = append(out, s.Text+" "+s.URN)
		}
	}
	return out
}

func TestMentions(t *testing.T) {
	t.Parallel()
	const (
		corner = "Crier Corner (Beta) " + sandbox.SmallPageURN
		maria  = "María José Núñez (PhD) urn:li:person:mJ_n-1"
	)
	company, human := new(true), new(false)
	for _, tc := range []struct {
		name     string
		as       providertest.Author
		text     string
		mentions []core.MentionRef
		want     string
		links    []string
		warned   []string // parts of the warnings
	}{
		{
			name: "a handle", text: "By @crier-corner!",
			want: "By Crier Corner (Beta)!", links: []string{corner},
		},
		{
			name: "the same handle in any case", text: "@CRIER-corner and @Crier-Corner",
			want: "Crier Corner (Beta) and Crier Corner (Beta)", links: []string{corner, corner},
		},
		{
			name: "everything at once", text: "👋 @crier-corner, שלום @nobody! (me@crier-corner.io) https://x.io/@crier-corner?a=,@b @ 9am #go @[Crier Demo](urn:li:organization:5515715) «@crier-demo»",
			want:   "👋 Crier Corner (Beta), שלום nobody! (me@crier-corner.io) https://x.io/@crier-corner?a=,@b @ 9am #go Crier Demo «Crier Demo»",
			links:  []string{corner, "Crier Demo " + sandbox.PageURN, "Crier Demo " + sandbox.PageURN},
			warned: []string{`post: @nobody is not mentioned, and "nobody" stays as text: no page of LinkedIn has the address`},
		},
		{
			name: "a token that may not look up", as: jane(), text: "@crier-corner and @crier-demo, @[Crier Demo](urn:li:organization:5515715)",
			want: "crier-corner and crier-demo, Crier Demo", links: []string{"Crier Demo " + sandbox.PageURN},
			warned: []string{`@crier-corner is not mentioned, and "crier-corner" stays as text: LinkedIn refused: the scope`, "@crier-demo is not mentioned"},
		},
		{
			name: "placeholders", text: "{{1}} by {{0}} and {{0}}#go",
			mentions: []core.MentionRef{{ID: "18931420"}, {ID: "urn:li:person:mJ_n-1", Name: "Núñez (PhD)"}},
			want:     "Núñez (PhD) by Crier Corner (Beta) and Crier Corner (Beta)#go", links: []string{"Núñez (PhD) urn:li:person:mJ_n-1", corner, corner},
		},
		{
			name: "organizations by every kind of id", text: "{{0}} {{1}} {{2}} {{3}} {{4}} {{5}}",
			mentions: []core.MentionRef{
				{ID: " 18931420 ", Company: company},
				{ID: "urn:li:organization:18931420"},
				{ID: "urn:li:company:18931420"},
				{ID: "@crier-corner"},
				{ID: "Crier-Corner", Name: "Crier Corner (Beta)"},
				{ID: "https://de.linkedin.com/company/crier-corner/about/?x=y"},
			},
			want:  strings.Repeat("Crier Corner (Beta) ", 5) + "Crier Corner (Beta)",
			links: []string{corner, corner, corner, corner, corner, corner},
		},
		{
			name: "more addresses", text: "{{0}} {{1}}",
			mentions: []core.MentionRef{{ID: "linkedin.com/company/18931420"}, {ID: "www.linkedin.com/showcase/crier-corner"}},
			want:     "Crier Corner (Beta) Crier Corner (Beta)", links: []string{corner, corner},
		},
		{
			name: "a name that is not the page's", text: "{{0}}",
			mentions: []core.MentionRef{{ID: "18931420", Name: "crier corner"}},
			want:     "Crier Corner (Beta)", links: []string{corner},
			warned: []string{`mentions[0]: mentions[0] is mentioned as "Crier Corner (Beta)", which is the name of its page: LinkedIn makes no link of "crier corner".`},
		},
		{
			name: "a page that is not there", text: "{{0}} {{1}}",
			mentions: []core.MentionRef{{ID: "1", Name: "Gone Ltd."}, {ID: "@gone-ltd"}},
			want:     "Gone Ltd. gone-ltd",
			warned:   []string{`"Gone Ltd." stays as text: LinkedIn knows no organization urn:li:organization:1.`, `"gone-ltd" stays as text: no page`},
		},
		{
			name: "a page whose name cannot be looked up", as: jane(), text: "{{0}}",
			mentions: []core.MentionRef{{ID: "5515715", Name: "Crier Demo"}},
			want:     "Crier Demo", links: []string{"Crier Demo " + sandbox.PageURN},
			warned: []string{`Whether "Crier Demo" is exactly the name of mentions[0] could not be looked up`},
		},
		{
			name: "people by id", as: jane(), text: "{{0}} {{1}}",
			mentions: []core.MentionRef{{ID: "mJ_n-1", Name: "María José", Company: human}, {ID: "urn:li:person:" + sandbox.JohnID, Name: " John  Roe "}},
			want:     "María José John Roe", links: []string{"María José urn:li:person:mJ_n-1", "John Roe " + sandbox.JohnURN},
		},
		{
			name: "a follower by name", text: "{{0}} {{1}}",
			mentions: []core.MentionRef{{Name: "maría josé núñez (phd)", Company: human}, {Name: "JOHN", Company: human}},
			want:     "María José Núñez (PhD) John", links: []string{maria, "John " + sandbox.JohnURN},
		},
		{
			name: "a name that several have", text: "{{0}}",
			mentions: []core.MentionRef{{Name: "Alex Kim", Company: human}}, want: "Alex Kim",
			warned: []string{`several followers of the page have this name; send the id of one of them: Alex Kim, Ships (urn:li:person:kim-1); Alex Kim, Trains (urn:li:person:kim-2).`},
		},
		{
			name: "a name that is only similar", text: "{{0}} {{1}}",
			mentions: []core.MentionRef{{Name: "Mar", Company: human}, {Name: "Ann Away", Company: human}}, want: "Mar Ann Away",
			warned: []string{"no follower of the page has exactly this name; similar are María José Núñez (PhD), Wine (urn:li:person:mJ_n-1).", "no follower of the page has this name."},
		},
		{
			name: "people by address", text: "{{0}} {{1}} {{2}}",
			mentions: []core.MentionRef{{ID: "https://www.linkedin.com/in/maria-nunez/", Name: "María José Núñez (PhD)"}, {ID: "linkedin.com/in/ann-away", Name: "Ann Away"}, {ID: "@john-roe-sandbox", Company: human}},
			want:     "María José Núñez (PhD) Ann Away John Roe", links: []string{maria, "Ann Away urn:li:person:far_1", "John Roe " + sandbox.JohnURN},
		},
		{
			name: "a person by an address that is nobody's", text: "{{0}}",
			mentions: []core.MentionRef{{ID: "https://www.linkedin.com/in/nobody", Name: "No Body"}}, want: "No Body",
			warned: []string{`"No Body" stays as text: LinkedIn finds no member with the address https://www.linkedin.com/in/nobody, or does not tell this app.`},
		},
		{
			name: "people looked up for a person", as: jane(), text: "{{0}} {{1}}",
			mentions: []core.MentionRef{{Name: "John Roe", Company: human}, {Name: "John", ID: "linkedin.com/in/john-roe-sandbox"}}, want: "John Roe John",
			warned: []string{"mentions[0] is not mentioned", "LinkedIn lets only pages look people up"},
		},
		{
			name: "other networks", text: "{{0}} {{1}} {{2}}",
			mentions: []core.MentionRef{{Name: "Jay", ID: "did:plc:x", Platform: "bluesky"}, {ID: "@jay", Platform: "x"}, {ID: "18931420", Platform: " LinkedIn "}},
			want:     "Jay jay Crier Corner (Beta)", links: []string{corner},
		},
		{
			name: "an entry without a place", text: "Nobody",
			mentions: []core.MentionRef{{ID: "18931420"}, {ID: "@jay", Platform: "x"}}, want: "Nobody",
			warned: []string{"mentions[0]: mentions[0] is not mentioned: the text has no {{0}}."},
		},
		{
			name: "a placeholder of nobody's", text: "Use {{0}} in templates", want: "Use {{0}} in templates",
			warned: []string{"post: {{0}} stays in the text as it is: no mentions were sent with it."},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, as := newMentionFixture(t), tc.as
			if as.Token == "" {
				as = pageDemo()
			}
			for i := range tc.mentions {
				tc.mentions[i].Field = fmt.Sprintf("mentions[%d]", i)
			}
			draft := core.Draft{Text: tc.text, Mentions: tc.mentions}
			pub, s := f.plan(as, draft), f.session(as)
			if _, err := f.preflight(pub, s); err != nil {
				t.Fatal(err)
			}
			preview := pub.(core.Previewer).Preview()
			post, warned := f.sent(as, draft)
			if diff := cmp.Diff(tc.want, post.DisplayText); diff != "" || post.Cut {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.links, links(post)); diff != "" {
				t.Error(diff)
			}
			if preview.Text != post.DisplayText || preview.Request["commentary"] != post.Commentary {
				t.Errorf("the preview shows %q, sent was %q", preview.Request["commentary"], post.Commentary)
			}
			contains(t, warned, tc.warned)
		})
	}
}

// contains checks that each text holds its part.
func contains(t *testing.T, got, parts []string) {
	t.Helper()
	for i, part := range parts {
		if i >= len(got) || !strings.Contains(got[i], part) {
			t.Errorf("got %q, want %q in number %d", got, part, i)
		}
	}
	if len(got) > len(parts) {
		t.Errorf("got %d: %q, want %d", len(got), got, len(parts))
	}
}

func TestMentionsArePlanned(t *testing.T) {
	t.Parallel()
	company, human := new(true), new(false)
	for _, tc := range []struct {
		name    string
		text    string
		ref     core.MentionRef
		field   string
		message string
	}{
		{"nobody", "{{0}}", core.MentionRef{}, "mentions[0].id", "names nobody"},
		{"a name that may be anybody's", "{{0}}", core.MentionRef{Name: "Acme"}, "mentions[0].id", "isCompany: false"},
		{"an organization by its name", "{{0}}", core.MentionRef{Name: "Acme", Company: company}, "mentions[0].id", "finds no organization by its name"},
		{"a person without a name", "{{0}}", core.MentionRef{ID: "urn:li:person:x"}, "mentions[0].name", "does not tell the names of people"},
		{"an id that is not a person's", "{{0}}", core.MentionRef{ID: "urn:li:organization:7", Company: human}, "mentions[0].isCompany", "is the id of an organization"},
		{"an id that is not an organization's", "{{0}}", core.MentionRef{ID: "linkedin.com/in/jane", Company: company, Name: "J"}, "mentions[0].isCompany", "is the id of a person"},
		{"something else", "{{0}}", core.MentionRef{ID: "urn:li:share:7"}, "mentions[0].id", "nobody's id"},
		{"no number", "{{0}}", core.MentionRef{ID: "urn:li:organization:acme"}, "mentions[0].id", "nobody's id"},
		{"nought", "{{0}}", core.MentionRef{ID: "000"}, "mentions[0].id", "nobody's id"},
		{"another site", "{{0}}", core.MentionRef{ID: "https://example.com/company/acme"}, "mentions[0].id", "nobody's id"},
		{"another site that looks like it", "{{0}}", core.MentionRef{ID: "https://notlinkedin.com/company/acme"}, "mentions[0].id", "nobody's id"},
		{"another page of the site", "{{0}}", core.MentionRef{ID: "https://www.linkedin.com/feed/update"}, "mentions[0].id", "nobody's id"},
		{"an address without a name", "{{0}}", core.MentionRef{ID: "https://www.linkedin.com/company/"}, "mentions[0].id", "nobody's id"},
		{"a name for an id", "{{0}}", core.MentionRef{ID: "Acme Inc"}, "mentions[0].id", "nobody's id"},
		{"no such entry", "{{0}} {{7}} {{7}}", core.MentionRef{ID: "7"}, "post", "The text has {{7}}, but mentions has 1 entries"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.ref.Field = "mentions[0]"
			_, err := newMentionFixture(t).provider.Plan(t.Context(), page(), core.Draft{Text: tc.text, Mentions: []core.MentionRef{tc.ref}})
			problems := core.AsErrors(err)
			if len(problems) != 1 {
				t.Fatalf("problems %v, want one", problems)
			}
			e := problems[0]
			if e.Kind != core.KindInvalid || e.Code != core.CodeMention || e.Field != tc.field || !strings.Contains(e.Message, tc.message) || core.HelpOf(e) == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// What has no name to stay in the text cannot be left out silently.
func TestMentionsWithoutAName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		as      providertest.Author
		ref     core.MentionRef
		message string
	}{
		{"a page that is not there", pageDemo(), core.MentionRef{ID: "1"}, "LinkedIn knows no organization urn:li:organization:1."},
		{"a token that may not look up", jane(), core.MentionRef{ID: "5515715"}, "is missing"},
		{"a person who does not follow", pageDemo(), core.MentionRef{ID: "linkedin.com/in/ann-away"}, "LinkedIn tells the names of the page's followers alone."},
		{"an address without letters", pageDemo(), core.MentionRef{ID: "linkedin.com/in/1234"}, "LinkedIn finds no member"},
		{"a person, for a person", jane(), core.MentionRef{ID: "linkedin.com/in/ann-away"}, "lets only pages look people up"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newMentionFixture(t)
			tc.ref.Field = "mentions[0]"
			pub := f.plan(tc.as, core.Draft{Text: "By {{0}}", Mentions: []core.MentionRef{tc.ref}})
			_, before := f.preflight(pub, f.session(tc.as))
			for stage, err := range map[string]error{"Preflight": before, "Prepare": f.prepare(pub, f.session(tc.as))} {
				e := core.AsError(err)
				if err == nil || e.Kind != core.KindInvalid || e.Code != core.CodeMention || e.Field != "mentions[0].name" || !strings.Contains(e.Message, tc.message) {
					t.Errorf("%s: %v", stage, err)
				}
			}
		})
	}
}

// A mention by a name that several spell alike in other ways is asked of LinkedIn once;
// a page is then known for a month, and that there is none for some minutes.
func TestMentionsAreRemembered(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	post := func(text string) { f.sent(pageDemo(), core.Draft{Text: text}) }
	asked := func() int { return f.count(http.MethodGet, "/rest/organizations") }
	post("@crier-corner @Crier-Corner @nobody one")
	if n := asked(); n != 2 {
		t.Fatalf("%d look-ups, want 2", n)
	}
	post("@crier-corner @nobody two")
	f.sent(pageDemo(), core.Draft{Text: "{{0}} three", Mentions: []core.MentionRef{{ID: "18931420"}}})
	if n := asked(); n != 2 {
		t.Fatalf("%d look-ups, want those of before", n)
	}
	f.clock.Advance(5 * time.Minute)
	post("@crier-corner @nobody four")
	if n := asked(); n != 3 {
		t.Fatalf("%d look-ups, want one more, of what was not there", n)
	}
	f.clock.Advance(30 * 24 * time.Hour)
	post("@crier-corner five")
	if n := asked(); n != 4 {
		t.Fatalf("%d look-ups, want one more, of what is old", n)
	}
}

// LinkedIn may answer with several pages, of which one alone has the name.
func TestMentionTakesTheExactHandle(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	f.Next(t, finder, sandbox.Respond(http.StatusOK, `{"elements":[
		{"id":1,"localizedName":"Acme Two","vanityName":"acme-2"},{"id":0,"localizedName":"None","vanityName":"acme"},
		{"id":7,"localizedName":"Acme, Inc.","vanityName":"Acme"}]}`))
	post, warned := f.sent(pageDemo(), core.Draft{Text: "@acme!"})
	if post.Commentary != "@[Acme, Inc.](urn:li:organization:7)!" || warned != nil {
		t.Errorf("sent %q, warned %q", post.Commentary, warned)
	}
}

func TestMentionLookupsAreBounded(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	var text strings.Builder
	for i := range 25 {
		fmt.Fprintf(&text, "@no-%d ", i)
	}
	text.WriteString("@crier-corner {{0}}")
	named := []core.MentionRef{{ID: sandbox.PageURN, Name: "Crier Demo", Field: "mentions[0]"}}
	post, warned := f.sent(pageDemo(), core.Draft{Text: text.String(), Mentions: named})
	if n := f.count(http.MethodGet, "/rest/organizations"); n != 20 || len(warned) != 27 {
		t.Fatalf("%d look-ups, %d warnings", n, len(warned))
	}
	contains(t, warned[25:], []string{
		`"crier-corner" stays as text: the text has more than 20 mentions`,
		`Whether "Crier Demo" is exactly the name of mentions[0] could not be looked up; if it is not, LinkedIn shows it without a link: the text has more than 20 mentions`,
	})
	// Whoever is known by id and name needs no look-up to be mentioned.
	if diff := cmp.Diff([]string{"Crier Demo " + sandbox.PageURN}, links(post)); diff != "" {
		t.Error(diff)
	}
}

// The text that was prepared is the one that is sent and looked for, whatever a page is
// called by then.
func TestMentionsAreSettledOnce(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	draft := core.Draft{Text: "By @crier-corner and @nobody"}
	pub, s := f.plan(pageDemo(), draft), f.session(pageDemo())
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	renamed, _ := organization(f, sandbox.SmallPageID)
	renamed.Name = "Another Name"
	if err := f.Sandbox.AddOrganization(renamed); err != nil {
		t.Fatal(err)
	}
	calls := len(f.Sandbox.Requests())
	later, again := newProvider(t, linkedin.Config{APIURL: f.URL}, f.deps), f.session(pageDemo())
	again.Checkpoint = s.Checkpoint
	var told []string
	again.OnWarning = func(w core.Warning) { told = append(told, w.Message) }
	pub, err := later.Plan(t.Context(), pageDemo().Account, draft)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.prepare(pub, again); err != nil {
		t.Fatal(err)
	}
	if n := len(f.Sandbox.Requests()); n != calls {
		t.Errorf("%d calls for what is prepared", n-calls)
	}
	contains(t, told, []string{"@nobody is not mentioned"})
	since := f.clock.Now()
	f.Next(t, "POST /rest/posts", sandbox.CutAfter())
	if _, err := pub.Commit(t.Context(), again); core.KindOf(err) != core.KindTemporary {
		t.Fatal(err)
	}
	receipt, found, err := pub.(core.Reconciler).Reconcile(t.Context(), again, since)
	if err != nil || !found {
		t.Fatalf("%v, %v", found, err)
	}
	if post, _ := f.Sandbox.Post(receipt.RemoteID); post.DisplayText != "By Crier Corner (Beta) and nobody" {
		t.Errorf("%q", post.DisplayText)
	}
}

// A text that is too long with the names of its pages is found out before anything is
// sent.
func TestMentionsCountWithTheirNames(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	fits := strings.Repeat("x", 3000-len(" Crier Corner (Beta)"))
	for _, tc := range []struct {
		text string
		over bool
	}{{fits + " @crier-corner", false}, {"x" + fits + " @crier-corner", true}} {
		pub := f.plan(pageDemo(), core.Draft{Text: tc.text})
		_, before := f.preflight(pub, f.session(pageDemo()))
		for stage, err := range map[string]error{"Preflight": before, "Prepare": f.prepare(pub, f.session(pageDemo()))} {
			if !tc.over {
				if err != nil {
					t.Errorf("%s: %v", stage, err)
				}
				continue
			}
			e := core.AsError(err)
			if e.Kind != core.KindInvalid || e.Code != core.CodeTextTooLong || e.Message != "The text has 3001 characters; LinkedIn takes 3000, so it is 1 too long." {
				t.Errorf("%s: %v", stage, err)
			}
		}
	}
}

// A post without anything to look up asks nothing.
func TestMentionsThatNeedNoLookup(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	draft := core.Draft{
		Text:     "me@x.io {{0}} {{1}} @[Crier Demo](urn:li:organization:5515715)",
		Mentions: []core.MentionRef{{ID: sandbox.JohnURN, Name: "John"}, {Name: "Jay", Platform: "x"}},
	}
	f.sent(pageDemo(), draft)
	if n := len(f.Sandbox.Requests()); n != 1 {
		t.Errorf("%d calls, want that of the post", n)
	}
}
