package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// BenchmarkVideoOnTime measures how late a post with a video of 200 MB goes out that was
// accepted ahead of its time: from that time to the arrival of the call that makes it
// visible. The baseline, measured in the same run, is the same video posted at once.
func BenchmarkVideoOnTime(b *testing.B) {
	const size = 200_000_000
	ahead := 15 * time.Second
	if testing.Short() {
		ahead = 3 * time.Second
	}
	v := newVideoBench(b, buildBinary(b), helperOptions{Size: scaled(size), Keep: 2})
	var late, atOnce []time.Duration
	for b.Loop() {
		for i := range rounds(3) {
			due := time.Now().Add(ahead).UTC().Truncate(time.Second)
			late = append(late, v.postAt(due).Sub(due))
			begin := time.Now()
			v.post(fmt.Sprintf("Video %d at once, %s", i, begin))
			atOnce = append(atOnce, v.created(begin).Sub(begin))
		}
	}
	b.ReportMetric(milliseconds(median(late)), "late-ms")
	b.ReportMetric(milliseconds(slices.Max(late)), "late-max-ms")
	b.ReportMetric(milliseconds(median(atOnce)), "at-once-ms")
	b.ReportMetric(0, "ns/op")
}

// postAt schedules the video, waits until it is published, and returns when that was.
func (v *videoBench) postAt(due time.Time) time.Time {
	v.b.Helper()
	body := fmt.Sprintf(`{"post":"Video for %[1]s","platforms":["linkedin"],"mediaUrls":[%[2]q],"scheduleDate":%[1]q}`, due.Format(time.RFC3339), v.video())
	var answer struct{ ID, Status string }
	v.call(http.MethodPost, v.api+"/post", body, &answer)
	for answer.Status == "scheduled" || answer.Status == "pending" || answer.Status == "processing" {
		if time.Since(due) > time.Minute {
			v.b.Fatal("the video is not published")
		}
		<-time.After(100 * time.Millisecond)
		v.call(http.MethodGet, v.api+"/post/"+answer.ID, "", &answer)
	}
	if answer.Status != "success" {
		v.b.Fatalf("the video: %+v", answer)
	}
	return v.created(due)
}

// created asks the sandbox when the last post came.
func (v *videoBench) created(since time.Time) time.Time {
	v.b.Helper()
	var journal []struct{ Time time.Time }
	v.call(http.MethodGet, v.sink+"/sandbox/requests?method=POST&path=/rest/posts", "", &journal)
	if len(journal) == 0 {
		v.b.Fatal("no post came")
	}
	last := journal[len(journal)-1].Time
	if last.Before(since) {
		v.b.Errorf("the post came %v early", since.Sub(last))
	}
	return last
}
