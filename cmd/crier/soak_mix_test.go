package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// soakPost is a post that was accepted.
type soakPost struct {
	number  int
	id      string
	text    string
	taken   bool // a request about it is under way
	deleted bool // Crier said so
}

// soakText begins with what tells one post from another, edited or not.
func soakText(number int) string { return fmt.Sprintf("Soak post %d.", number) }

// soakAction is something that clients do, and how often of 100 times.
type soakAction struct {
	name  string
	often int
	do    func(s *soak, i, dice int) error
}

// soakDice is how many sides the dice has that actions get.
const soakDice = 1000

// soakAhead is how long before their time posts are scheduled at most.
const soakAhead = 5 * time.Second

func soakActions() []soakAction {
	at := func(dice int) map[string]any {
		return map[string]any{"scheduleDate": time.Now().Add(soakAhead * time.Duration(dice+1) / soakDice).UTC().Format(time.RFC3339Nano)}
	}
	return []soakAction{
		{"immediate", 22, func(s *soak, i, _ int) error { return s.publish(i, "immediate", nil) }},
		{"scheduled", 22, func(s *soak, i, dice int) error { return s.publish(i, "scheduled", at(dice)) }},
		{"picture", 8, func(s *soak, i, dice int) error {
			body := at(dice)
			body["mediaUrls"] = []string{s.media.URL + "/ok/picture.jpg"}
			return s.publish(i, "scheduled", body)
		}},
		{"video", 4, func(s *soak, i, _ int) error {
			return s.publish(i, "video", map[string]any{"mediaUrls": []string{s.media.URL + "/media/video.mp4"}})
		}},
		{"edit", 8, (*soak).edit},
		{"delete", 8, (*soak).remove},
		{"history", 14, func(s *soak, _, dice int) error {
			status := []string{"", "?status=pending", "?status=error", "?type=scheduled", "?status=processing"}[dice%5]
			return s.timed("read", func() (int, error) { return s.call(http.MethodGet, "/history"+status, "", nil, nil) })
		}},
		{"look", 14, func(s *soak, _, dice int) error {
			p := s.take(dice)
			if p == nil {
				return nil
			}
			defer s.giveBack(p)
			return s.timed("read", func() (int, error) { return s.call(http.MethodGet, "/post/"+p.id, "", nil, nil) })
		}},
	}
}

// pick chooses the i-th request.
func (s *soak) pick(i int) func() error {
	dice, other := s.random.IntN(100), s.random.IntN(soakDice)
	for _, a := range soakActions() {
		if dice -= a.often; dice < 0 {
			s.count(a.name)
			return func() error { return a.do(s, i, other) }
		}
	}
	panic("the shares of the requests are less than 100")
}

func (s *soak) count(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done[name]++
}

func (s *soak) counts() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.done)) {
		out = append(out, fmt.Sprintf("%d × %s", s.done[name], name))
	}
	return strings.Join(out, ", ") + fmt.Sprintf("; %d calls of the network went wrong", s.faulty)
}

// publish sends a post, as a client does that has to know what became of it.
func (s *soak) publish(i int, class string, body map[string]any) error {
	if body == nil {
		body = map[string]any{}
	}
	p := &soakPost{number: i, text: soakText(i)}
	body["post"], body["platforms"] = p.text, []string{"linkedin"}
	var answer struct{ ID string }
	err := s.timed(class, func() (int, error) { return s.call(http.MethodPost, "/post", fmt.Sprintf("soak-%d", i), body, &answer) })
	if err != nil {
		return fmt.Errorf("post %d: %w", i, err)
	}
	p.id = answer.ID
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts = append(s.posts, p)
	return nil
}

// timed measures a request that must be answered, and not with a failure of the server.
func (s *soak) timed(class string, call func() (int, error)) error {
	begin := time.Now()
	status, err := call()
	s.watch.took(class, time.Since(begin))
	if err == nil && (status >= http.StatusInternalServerError || class != "change" && status >= http.StatusBadRequest) {
		err = fmt.Errorf("status %d", status)
	}
	return err
}

// take reserves one of the latest posts that are not deleted; nil: there is none.
func (s *soak) take(dice int) *soakPost {
	s.mu.Lock()
	defer s.mu.Unlock()
	const latest = 200
	list := s.posts[max(0, len(s.posts)-latest):]
	for i := range list {
		if p := list[(i+dice)%len(list)]; !p.taken && !p.deleted {
			p.taken = true
			return p
		}
	}
	return nil
}

func (s *soak) giveBack(p *soakPost) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.taken = false
}

// edit changes a text. It may come at a time at which the post cannot be changed.
func (s *soak) edit(i, dice int) error {
	p := s.take(dice)
	if p == nil {
		return nil
	}
	defer s.giveBack(p)
	body := map[string]any{"id": p.id, "post": fmt.Sprintf("%s Edited by request %d.", p.text, i)}
	return s.timed("change", func() (int, error) { return s.call(http.MethodPatch, "/post", "", body, nil) })
}

// remove deletes a post, if it can be deleted at this time.
func (s *soak) remove(_, dice int) error {
	p := s.take(dice)
	if p == nil {
		return nil
	}
	defer s.giveBack(p)
	return s.timed("change", func() (int, error) {
		status, err := s.call(http.MethodDelete, "/post", "", map[string]any{"id": p.id}, nil)
		s.mu.Lock()
		defer s.mu.Unlock()
		p.deleted = err == nil && status == http.StatusOK
		return status, err
	})
}

// soakPatience is how long the last posts may take after the last request: a lost answer
// of which nothing is found is looked for once more after a minute.
const soakPatience = 4 * time.Minute

// checkPosts waits until every post has come to its end, and compares what Crier says
// with what the network has.
func (s *soak) checkPosts() {
	s.t.Helper()
	deadline := time.Now().Add(soakPatience)
	said := make([]soakAnswer, len(s.posts))
	for i, p := range s.posts {
		for said[i] = s.ask(p); !said[i].final(); said[i] = s.ask(p) {
			if time.Now().After(deadline) {
				s.t.Fatalf("post %d (%s) is still %s", p.number, p.id, said[i].Status)
			}
			s.wait(50 * time.Millisecond)
		}
	}
	has := map[string][]string{} // URNs by the beginning of the text
	for _, p := range s.network.Posts() {
		text, _, _ := strings.Cut(p.DisplayText, ".")
		has[text+"."] = append(has[text+"."], p.URN)
	}
	for i, p := range s.posts {
		if problem := said[i].compare(p.deleted, has[p.text]); problem != "" {
			s.t.Errorf("post %d (%s): %s", p.number, p.id, problem)
		}
		delete(has, p.text)
	}
	for text, urns := range has {
		s.t.Errorf("nobody was told of %q, which went out as %s", text, strings.Join(urns, ", "))
	}
}

// soakAnswer is what Crier says of a post.
type soakAnswer struct {
	Status  string
	PostIDs []struct{ ID string } `json:"postIds"`
	Errors  []struct{ Message string }
}

func (s *soak) ask(p *soakPost) (a soakAnswer) {
	if status, err := s.call(http.MethodGet, "/post/"+p.id, "", nil, &a); err != nil || status != http.StatusOK {
		a.Status = cmp.Or(a.Status, fmt.Sprintf("unknown (%d, %v)", status, err))
	}
	return a
}

func (a soakAnswer) final() bool {
	return slices.Contains([]string{"success", "error", "deleted"}, a.Status)
}

// compare tells what is wrong with a post; empty: nothing.
func (a soakAnswer) compare(deleted bool, urns []string) string {
	switch {
	case deleted && a.Status != "deleted":
		return "it was deleted, and is " + a.Status
	case a.Status == "deleted":
		if len(urns) > 0 {
			return "it is deleted, and the network has " + strings.Join(urns, ", ")
		}
	case a.Status != "success" || len(a.PostIDs) != 1:
		return fmt.Sprintf("it is %s: %v, and the network has %v", a.Status, a.Errors, urns)
	case len(urns) == 0:
		return "it is lost: Crier says " + a.PostIDs[0].ID
	case len(urns) > 1:
		return fmt.Sprintf("it went out %d times: %s", len(urns), strings.Join(urns, ", "))
	case urns[0] != a.PostIDs[0].ID:
		return "it is " + urns[0] + " on the network, but Crier says " + a.PostIDs[0].ID
	}
	return ""
}
