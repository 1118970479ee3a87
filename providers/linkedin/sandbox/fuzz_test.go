package sandbox_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// FuzzCreate sends any bytes as a create: the answer is a 201 with an id, or a 4xx
// that says so, and the pages that show the post still work.
func FuzzCreate(f *testing.F) {
	f.Add(body(nil))
	f.Add(body(m{"commentary": "cut ( #here @[x](urn:li:person:a_b) https://a.b/<\"'"}))
	f.Add(body(m{"distribution": m{"feedDistribution": "NONE", "targetEntities": []m{{"geoLocations": []string{"urn:li:geo:1"}}}}}))
	f.Add(body(m{"content": m{"multiImage": m{"images": []m{{"id": "urn:li:image:a"}, {}}}}, "adContext": []any{nil, 1e300}}))
	f.Add(`{"author":null,"content":[{}]}`)
	f.Add(strings.Repeat("[", 5000))
	s := sandbox.New(sandbox.Options{Clock: coretest.NewClock(coretest.Epoch()), EveryVersion: true, DuplicateWindow: -1, MaxPosts: 2})
	f.Fuzz(func(t *testing.T, content string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/rest/posts", strings.NewReader(content))
		r.Header.Set("Authorization", "Bearer "+sandbox.PageToken)
		r.Header.Set("LinkedIn-Version", "202606")
		r.Header.Set("X-Restli-Protocol-Version", "2.0.0")
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Content-Length", "1")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		urn := w.Header().Get("x-restli-id")
		switch {
		case w.Code == 201 && urn != "":
		case w.Code >= 400 && w.Code < 500 && urn == "":
			return
		default:
			t.Fatalf("status %d, id %q", w.Code, urn)
		}
		for _, target := range []string{"/rest/posts/" + enc(urn), "/feed/update/" + urn + "/", "/sandbox/posts", "/sandbox/"} {
			read := httptest.NewRequestWithContext(t.Context(), "GET", target, nil)
			read.Header = r.Header.Clone()
			w := httptest.NewRecorder()
			if s.ServeHTTP(w, read); w.Code != 200 && !strings.Contains(w.Body.String(), "Member permissions") {
				t.Errorf("GET %s: status %d: %s", target, w.Code, w.Body)
			}
		}
	})
}

// FuzzRequest sends any request line and headers to the API: nothing but an answer
// below 500 may come of it.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A5515715&start=0&count=1", "FINDER", "", "")
	f.Add("GET", "/rest/posts?ids=List(urn%3Ali%3Ashare%3A1)&fields=id", "", "", "")
	f.Add("POST", "/rest/posts/urn%3Ali%3Ashare%3A1", "PARTIAL_UPDATE", "", `{"patch":{"$set":{"commentary":"x"}}}`)
	f.Add("POST", "/rest/posts", "", "GET", "ids=List(a)")
	f.Add("DELETE", "/rest/posts/%28", "", "", "")
	f.Add("POST", "/rest/socialMetadata/urn%3Ali%3Ashare%3A1?actor=urn%3Ali%3Aperson%3Aa", "PARTIAL_UPDATE", "", `{"patch":{"$set":{"commentsState":"CLOSED"}}}`)
	f.Add("DELETE", "/rest/socialActions/urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A9%2C123%29/comments/1?actor=x", "", "", "")
	f.Add("GET", "/rest/reactions/(actor:urn%3Ali%3Aperson%3AX,entity:List(a))?q=entity&sort=(value:RELEVANCE)", "", "", "")
	f.Add("GET", "/rest/socialActions/a/comments/b/c", "", "", "")
	f.Add("PUT", "/dms-uploads/sp/v2/C4E22AQ/uploaded-image/0?ut=%253D", "", "", "x")
	f.Add("GET", "/dms/image/..%2F..", "", "", "")
	f.Add("GET", "/feed/update/%3Cscript%3E/", "", "", "")
	f.Add("GET", "/rest/networkSizes/urn%3Ali%3Aorganization%3A5515715?edgeType=COMPANY_FOLLOWED_BY_MEMBER", "", "", "")
	f.Add("GET", "/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity=urn%3Ali%3Aorganization%3A5515715"+
		"&timeIntervals=(timeRange:(start:1793577600000,end:1794960000000),timeGranularityType:DAY)", "FINDER", "", "")
	f.Add("GET", "/rest/videoAnalytics?q=entity&entity=urn%3Ali%3AugcPost%3A1&type=VIEWER&aggregation=ALL&timeRange=(start:1,end:2)", "", "", "")
	f.Add("GET", "/rest/memberCreatorPostAnalytics?q=entity&entity=(share:urn%3Ali%3Ashare%3A1)&queryType=IMPRESSION&aggregation=TOTAL", "", "", "")
	f.Add("GET", "/rest/memberFollowersCount?q=dateRange&dateRange=(start:(year:2026,month:11,day:1),end:(year:2026,month:11,day:3))", "", "", "")
	s := sandbox.New(sandbox.Options{Clock: coretest.NewClock(coretest.Epoch()), EveryVersion: true})
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, method, target, restMethod, override, content string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", strings.NewReader(content))
		path, query, _ := strings.Cut(target, "?")
		parsed, err := r.URL.Parse(path)
		if err != nil || !strings.HasPrefix(path, "/") {
			return
		}
		r.Method, r.URL = method, parsed
		r.URL.RawQuery = query
		for name, v := range map[string]string{
			"Authorization": "Bearer " + sandbox.PageToken, "LinkedIn-Version": "202606", "X-Restli-Protocol-Version": "2.0.0",
			"X-RestLi-Method": restMethod, "X-HTTP-Method-Override": override, "Content-Length": "1", "Content-Type": "application/json",
		} {
			if v != "" {
				r.Header.Set(name, v)
			}
		}
		if override != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code >= 500 {
			t.Errorf("%s %s: status %d: %s", method, target, w.Code, w.Body)
		}
	})
}
