package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// checkRefusals judges all answers of the outage.
func (o *outage) checkRefusals() {
	var slowest, slowestLater time.Duration
	for _, r := range o.refused {
		if r.asked > outageNoticed {
			slowestLater = max(slowestLater, r.took)
		}
		slowest = max(slowest, r.took)
		if problem := r.judge(); problem != "" {
			o.t.Errorf("%s, %s after the beginning: %s: %d after %s, Retry-After %q: %s", r.what, r.asked, problem, r.status, r.took, r.retry, r.answer)
		}
	}
	o.t.Logf("%d answers while the database was away: the slowest after %s, of those asked for later than %s after %s", len(o.refused), slowest, outageNoticed, slowestLater)
}

// judge tells what is wrong with an answer; empty: nothing.
func (r turnedAway) judge() string {
	retry, err := strconv.Atoi(r.retry)
	page := strings.Contains(r.what, "/link/")
	switch {
	case r.took > slowestRefusal, r.asked > outageNoticed && r.took > refusedAtOnce:
		return "too late"
	case strings.HasSuffix(r.what, "/healthz"):
		if r.status != http.StatusOK {
			return "the process is well"
		}
		return ""
	case r.status != http.StatusServiceUnavailable:
		return "not 503"
	case strings.Contains(r.answer, "goroutine ") || strings.Contains(r.answer, "mongo"):
		return "it tells of the inside"
	case strings.HasSuffix(r.what, "/readyz"):
		if !strings.Contains(r.answer, "database") {
			return "it does not tell why"
		}
		return ""
	case err != nil || retry < 1 || retry > 60:
		return "when to come back is not told"
	case !page && !strings.Contains(r.answer, "its server does not answer"):
		return "it does not tell why"
	}
	return ""
}

// mend ends the outage, and waits until all that was promised is out.
func (o *outage) mend() {
	o.t.Helper()
	o.proxy.Heal()
	healed := time.Now()
	o.one.await(o.flying, "success")
	for id := range o.due {
		o.two.await(id, "success")
	}
	o.t.Logf("all that was due was out %s after the database was back", time.Since(healed))
	for i, ops := range o.ops {
		if status, body := fetch(o.t, "http://"+ops+"/readyz"); status != http.StatusOK {
			o.t.Errorf("server %d is not ready: %d %q", i+1, status, body)
		}
	}
	o.patient.Wait()
	o.t.Logf("all who came again were served %s after the database was back", time.Since(healed))
	o.checkHooks()
	o.t.Logf("all was told %s after the database was back", time.Since(healed))
	if status, err := o.two.call(http.MethodPost, "/post", "afterwards", map[string]any{"post": "Afterwards", "platforms": []string{"linkedin"}}, nil); err != nil || status != http.StatusOK {
		o.t.Errorf("a post afterwards: %d %v", status, err)
	}
}

// checkHooks holds that each post that was scheduled is told of, once.
func (o *outage) checkHooks() {
	o.t.Helper()
	told := map[string]int{}
	for len(told) < len(o.due) {
		call := o.hooks.next()
		if o.due[call.body.ID] == "" { // one of those that were not scheduled
			continue
		}
		told[call.body.ID]++
		if call.body.Status != "success" {
			o.t.Errorf("told: %s", call.raw)
		}
	}
	for id := range o.due {
		if told[id] != 1 {
			o.t.Errorf("the post %s was told of %d times: %v", id, told[id], told)
		}
	}
}

// checkPosts holds the network against what was promised.
func (o *outage) checkPosts() {
	seen := map[string]int{}
	for _, p := range o.one.network.Posts() {
		seen[p.DisplayText]++
	}
	for i := range patientClients {
		o.due[strconv.Itoa(i)] = fmt.Sprintf("Asked for until it was taken, number %d", i)
	}
	wanted := map[string]bool{flyingText: true, "Afterwards": true}
	for _, text := range o.due {
		wanted[text] = true
	}
	for text := range wanted {
		if seen[text] != 1 {
			o.t.Errorf("%q is there %d times", text, seen[text])
		}
	}
	for text, n := range seen {
		if !wanted[text] {
			o.t.Errorf("%q was refused, and is there %d times", text, n)
		}
	}
}

// checkProcesses holds that the outage was told once, and not again and again.
func (o *outage) checkProcesses() {
	for name, log := range map[string]*processLog{"the first server": o.one.log, "the second server": o.two.log, "the worker": o.workerLog} {
		o.one.until(name+" tells that the database is back", func() bool { return strings.Contains(log.String(), `"store.recovered"`) })
	}
	o.stop()
	for name, log := range map[string]string{"the first server": o.one.log.String(), "the second server": o.two.log.String(), "the worker": o.workerLog.String()} {
		for _, event := range []string{"store.failing", "store.recovered"} {
			if n := strings.Count(log, `"`+event+`"`); n != 1 {
				o.t.Errorf("%s tells %s %d times", name, event, n)
			}
		}
		if n := strings.Count(log, `"level":"WARN"`) + strings.Count(log, `"level":"ERROR"`); n > outageLines {
			o.t.Errorf("%s has written %d warnings and errors", name, n)
		}
		for _, event := range []string{"delivery.answer_lost", "panic"} {
			if strings.Contains(log, event) {
				o.t.Errorf("%s tells of %s", name, event)
			}
		}
	}
}

// usages is what the processes have taken until now.
func (o *outage) usages() map[int]usage {
	all := map[int]usage{}
	for _, pid := range []int{o.one.cmd.Process.Pid, o.two.cmd.Process.Pid, o.worker.Process.Pid} {
		all[pid] = usage{cpu: processorTimeOf(strconv.Itoa(pid)), memory: memoryOf(pid)["VmRSS"]}
	}
	return all
}

func (o *outage) checkUsages() {
	for pid, now := range o.usages() {
		cpu, memory := now.cpu-o.used[pid].cpu, now.memory-o.used[pid].memory
		o.t.Logf("a process took %s of processor time and %d MiB more of memory while the database was away", cpu, memory>>20)
		if cpu > outageCPU || memory > outageMemory {
			o.t.Errorf("a process took %s of processor time and %d bytes more of memory", cpu, memory)
		}
	}
}
