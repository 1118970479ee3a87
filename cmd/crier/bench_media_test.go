package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// BenchmarkVideo measures a post with a video: from an HTTP source through `crier
// serve` to the sandbox, each a process of its own. Its baseline, measured in turn
// with it, copies the same bytes between the same two servers in parts of 4 MiB: one
// after the other ("copy"), and four at once in buffers of their own ("parallel-copy").
// The ratios are the time until the upload is finalised, divided by the copy's: what is
// below 1 is faster. Memory is the server's resident memory at its highest, less what
// it had before the first post.
func BenchmarkVideo(b *testing.B) {
	const size = 500_000_000
	program := buildBinary(b)
	b.Run("posts=1", func(b *testing.B) { benchmarkVideo(b, program, scaled(size), 5) })
	b.Run("posts=8", func(b *testing.B) { benchmarkVideosAtOnce(b, program, scaled(size), 8) })
	b.Run("slow", func(b *testing.B) { benchmarkSlowVideo(b, program, scaled(100_000_000), 20_000_000) })
}

// scaled is the size of a video, or a hundredth of it where a benchmark is only tried.
func scaled(size int64) int64 {
	if testing.Short() {
		return size / 100
	}
	return size
}

// rounds is how often a benchmark measures that takes seconds each time.
func rounds(usual int) int {
	if testing.Short() {
		return 1
	}
	return usual
}

func benchmarkVideo(b *testing.B, program string, size int64, times int) {
	v := newVideoBench(b, program, helperOptions{Size: size, Keep: 2})
	var published, uploaded, plain, parallel []time.Duration
	b.ResetTimer()
	for i := range rounds(times) {
		plain = append(plain, v.copy(copyOrder{Source: v.video(), Sink: v.sink, AtOnce: 1}))
		p, u := v.post(fmt.Sprintf("Video %d", i))
		published, uploaded = append(published, p), append(uploaded, u)
		parallel = append(parallel, v.copy(copyOrder{Source: v.video(), Sink: v.sink, AtOnce: 4}))
	}
	b.StopTimer()
	v.reportMemory()
	b.ReportMetric(medianRatio(uploaded, plain), "of-copy")
	b.ReportMetric(medianRatio(uploaded, parallel), "of-parallel-copy")
	b.ReportMetric(float64(size)/1e6/median(uploaded).Seconds(), "MB/s")
	b.ReportMetric(milliseconds(median(uploaded)), "uploaded-ms")
	b.ReportMetric(milliseconds(median(published)), "published-ms")
	b.ReportMetric(milliseconds(median(plain)), "copy-ms")
	b.ReportMetric(milliseconds(median(parallel)), "parallel-copy-ms")
}

func benchmarkVideosAtOnce(b *testing.B, program string, size int64, posts int) {
	v := newVideoBench(b, program, helperOptions{Size: size, Keep: int64(posts) + 1})
	b.ResetTimer()
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range posts {
		wg.Go(func() { v.post(fmt.Sprintf("Video %d of %d", i, posts)) })
	}
	wg.Wait()
	took := time.Since(begin)
	b.StopTimer()
	v.reportMemory()
	b.ReportMetric(float64(size)*float64(posts)/1e6/took.Seconds(), "MB/s")
	b.ReportMetric(milliseconds(took), "published-ms")
}

// benchmarkSlowVideo limits source and sandbox to the same rate. Uploading begins
// before the download has ended only if both together take hardly longer than one.
func benchmarkSlowVideo(b *testing.B, program string, size int64, perSecond int) {
	v := newVideoBench(b, program, helperOptions{Size: size, Keep: 2, Rate: perSecond})
	var both, alone []time.Duration
	b.ResetTimer()
	for i := range rounds(3) {
		download := v.copy(copyOrder{Source: v.video()})
		_, uploaded := v.post(fmt.Sprintf("Slow video %d", i))
		upload := v.copy(copyOrder{Size: size, Sink: v.sink, AtOnce: 4})
		both, alone = append(both, uploaded), append(alone, max(download, upload))
	}
	b.StopTimer()
	v.reportMemory()
	b.ReportMetric(medianRatio(both, alone), "of-alone")
	b.ReportMetric(milliseconds(median(both)), "uploaded-ms")
	b.ReportMetric(milliseconds(median(alone)), "alone-ms")
}

// medianRatio is the median of the ratios of what was measured in turn, so that a load
// that changes meanwhile changes it little.
func medianRatio(measured, baseline []time.Duration) float64 {
	ratios := make([]float64, len(measured))
	for i := range measured {
		ratios[i] = measured[i].Seconds() / baseline[i].Seconds()
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// videoBench is the four processes of a benchmark.
type videoBench struct {
	b            *testing.B
	source, sink string // addresses
	copier       *helper
	api          string
	client       *http.Client
	memory       *memoryWatch
}

// newVideoBench starts the processes and links the sandbox's page. The options are
// those of source and sandbox.
func newVideoBench(b *testing.B, program string, o helperOptions) *videoBench {
	b.Helper()
	v := &videoBench{b: b, client: &http.Client{Timeout: 10 * time.Minute}}
	o.Dir = b.TempDir()
	v.source = startHelper(b, sourceHelper, o).ready
	o.Dir = b.TempDir()
	v.sink = startHelper(b, sinkHelper, o).ready
	v.copier = startHelper(b, copyHelper, helperOptions{})
	server := v.startServer(program)
	link := fmt.Sprintf(`{"platform":"linkedin","accessToken":%q,"expiresIn":5184000,"id":%q}`, sandbox.PageToken, sandbox.PageURN)
	v.call(http.MethodPost, v.api+"/profiles/social", link, nil)
	<-time.After(time.Second) // what starting took has to settle
	v.memory = watchMemory(server)
	return v
}

// startServer runs `crier serve` until the benchmark ends, and returns its process id.
func (v *videoBench) startServer(program string) int {
	v.b.Helper()
	addr := freeAddress(v.b)
	v.api = "http://" + addr
	cmd := exec.CommandContext(context.WithoutCancel(v.b.Context()), program, "serve")
	cmd.Dir = v.b.TempDir()
	cmd.Env = append(os.Environ(), "CRIER_ADDR="+addr, "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR="+v.b.TempDir(), "CRIER_API_KEY="+benchKey,
		"CRIER_LINKEDIN_API_URL="+v.sink, "CRIER_MEDIA_ALLOW=127.0.0.0/8", "CRIER_LOG_LEVEL=warn")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		v.b.Fatal(err)
	}
	v.b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for begin := time.Now(); time.Since(begin) < 20*time.Second; <-time.After(5 * time.Millisecond) {
		// What the answer takes counts as idle, so that it has to be small.
		req, err := http.NewRequestWithContext(v.b.Context(), http.MethodGet, v.api+"/no-such-path", nil)
		if err != nil {
			v.b.Fatal(err)
		}
		res, err := v.client.Do(req)
		if err == nil {
			_ = res.Body.Close()
			return cmd.Process.Pid
		}
	}
	v.b.Fatal("the server does not answer")
	return 0
}

// video is the address of the video at its source.
func (v *videoBench) video() string { return v.source + videoName }

// copy has the copier do what is ordered, and returns how long it took.
func (v *videoBench) copy(o copyOrder) time.Duration {
	v.b.Helper()
	var result copyResult
	v.copier.ask(o, &result)
	if result.Error != "" {
		v.b.Fatalf("the copy: %s", result.Error)
	}
	return result.Took
}

// post publishes the video, and returns how long it took until the network had
// published it, and until its upload had been finalised.
func (v *videoBench) post(text string) (published, uploaded time.Duration) {
	body := fmt.Sprintf(`{"post":%q,"platforms":["linkedin"],"mediaUrls":[%q]}`, text, v.video())
	var answer struct {
		Status  string
		PostIDs []struct{ ID string }
	}
	begin := time.Now()
	v.call(http.MethodPost, v.api+"/post", body, &answer)
	published = time.Since(begin)
	if answer.Status != "success" || len(answer.PostIDs) != 1 {
		v.b.Errorf("%s: %+v", text, answer)
		return published, published
	}
	return published, v.finalized(begin).Sub(begin)
}

// finalized asks the sandbox when the last video was complete.
func (v *videoBench) finalized(since time.Time) time.Time {
	var journal []struct {
		Time  time.Time
		Query string
	}
	v.call(http.MethodGet, v.sink+"/sandbox/requests?method=POST&path=/rest/videos", "", &journal)
	for _, request := range slices.Backward(journal) {
		if strings.Contains(request.Query, "finalizeUpload") && request.Time.After(since) {
			return request.Time
		}
	}
	v.b.Error("no video was finalised")
	return since
}

// call makes a request that has to succeed.
func (v *videoBench) call(method, url, body string, answer any) {
	req, err := http.NewRequestWithContext(v.b.Context(), method, url, strings.NewReader(body))
	if err != nil {
		v.b.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+benchKey)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", "wait=300")
	res, err := v.client.Do(req)
	if err != nil {
		v.b.Error(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err == nil && answer != nil {
		err = json.Unmarshal(raw, answer)
	}
	if err != nil || res.StatusCode != http.StatusOK {
		v.b.Errorf("%s %s: %d %s %v", method, url, res.StatusCode, raw, err)
	}
}

func (v *videoBench) reportMemory() {
	idle, peak, anonymous := v.memory.stop()
	if peak == 0 {
		return // there is no /proc
	}
	const mib = 1 << 20
	v.b.ReportMetric(float64(idle)/mib, "idle-MiB")
	v.b.ReportMetric(float64(peak-idle)/mib, "above-idle-MiB")
	v.b.ReportMetric(float64(anonymous)/mib, "anonymous-above-idle-MiB")
}
