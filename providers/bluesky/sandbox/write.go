package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/crier-social/crier/providers/bluesky/atdata"
	"github.com/crier-social/crier/providers/bluesky/sandbox/lexicon"
)

// action is what a write does to a record.
type action string

const (
	actionCreate action = "create"
	actionUpdate action = "update"
	actionDelete action = "delete"
)

// cost is what a write takes of the limit. https://docs.bsky.app/docs/advanced-guides/rate-limits
func (a action) cost() int {
	return map[action]int{actionCreate: 3, actionUpdate: 2, actionDelete: 1}[a]
}

// write is one change to a repository.
type write struct {
	action           action
	collection, rkey string
	value            map[string]any
	cid              string
	validation       string // "valid", "unknown", or empty if nobody asked for it
}

// commitAnswer names a new revision.
type commitAnswer struct {
	CID string `json:"cid"`
	Rev string `json:"rev"`
}

type writeAnswer struct {
	URI        string        `json:"uri"`
	CID        string        `json:"cid"`
	Commit     *commitAnswer `json:"commit,omitempty"`
	Validation string        `json:"validationStatus,omitempty"`
}

// writer checks that a call may change the repository that its input names.
func (s *Sandbox) writer(c *call, actions ...action) *problem {
	a := s.find(c.text("repo"))
	switch {
	case a == nil || a.status == StatusDeleted:
		return &problem{status: http.StatusForbidden, name: "AccountNotFound", message: "Account not found"}
	case a.barred():
		return takendown()
	case a.status == StatusDeactivated:
		return unauthorized("AccountDeactivated", "Account is deactivated")
	case a != c.who:
		return unauthorized("AuthenticationRequired", "Authentication Required")
	}
	if bad := c.mayWrite(); bad != nil {
		return bad
	}
	return s.spend(c, actions...)
}

// writeCost is what was spent of the limit.
type writeCost struct {
	at     time.Time
	points int
}

const writeWindow = time.Hour

// spend takes the points of writes off the limit of the account.
func (s *Sandbox) spend(c *call, actions ...action) *problem {
	limit := s.opts.WriteLimit
	if limit == 0 {
		return nil
	}
	c.who.writes = slices.DeleteFunc(c.who.writes, func(w writeCost) bool { return !w.at.Add(writeWindow).After(c.now) })
	spent, reset := 0, c.now.Add(writeWindow)
	for i, w := range c.who.writes {
		spent += w.points
		if i == 0 {
			reset = w.at.Add(writeWindow)
		}
	}
	points := 0
	for _, a := range actions {
		points += a.cost()
	}
	c.header.Set("RateLimit-Limit", strconv.Itoa(limit))
	c.header.Set("RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	c.header.Set("RateLimit-Remaining", strconv.Itoa(max(0, limit-spent-points)))
	c.header.Set("RateLimit-Policy", strconv.Itoa(limit)+";w="+strconv.Itoa(int(writeWindow.Seconds())))
	c.who.writes = append(c.who.writes, writeCost{c.now, points}) // what is refused counts, too
	if spent+points > limit {
		return rateLimited(nil)
	}
	return nil
}

func rateLimited(header http.Header) *problem {
	return &problem{status: http.StatusTooManyRequests, name: "RateLimitExceeded", message: "Rate Limit Exceeded", header: header}
}

// prepare checks a record before it is written, as far as the validation of the call goes. before
// are the writes that are made together with it, and come first.
func (s *Sandbox) prepare(c *call, w *write, before []write, path ...any) *problem {
	if kind, typed := w.value["$type"]; !typed {
		w.value["$type"] = w.collection
	} else if kind != w.collection {
		got, isText := kind.(string)
		if !isText {
			got = lexicon.Preview(kind)
		}
		return invalid("Invalid $type: expected " + w.collection + ", got " + got)
	}
	if w.rkey == "" {
		w.rkey = s.nextTID(c.now)
	}
	if validate, said := c.input["validate"].(bool); !said || validate {
		known, err := lexicon.Check(w.collection, w.rkey, w.value, path...)
		switch {
		case err != nil:
			return invalid(err.Error())
		case !known && said:
			return invalid("Unknown lexicon type: " + w.collection)
		case known:
			w.validation = "valid"
		default:
			w.validation = "unknown"
		}
		if known && !s.opts.Lenient {
			if bad := s.strictly(c.who, w, before); bad != nil {
				return bad
			}
		}
	}
	cid, err := atdata.CID(w.value)
	if err != nil {
		return invalid("Invalid record: " + err.Error())
	}
	w.cid = cid
	return nil
}

// apply makes writes in one commit: all, or none.
func (s *Sandbox) apply(c *call, writes []write) (*commitAnswer, *problem) {
	if swap := c.text("swapCommit"); swap != "" && swap != c.who.head {
		return nil, named("InvalidSwap", "Commit was at "+c.who.head)
	}
	there := map[[2]string]bool{}
	for _, w := range writes {
		key := [2]string{w.collection, w.rkey}
		exists, changed := there[key]
		if !changed {
			exists = c.who.record(w.collection, w.rkey) != nil
		}
		if exists == (w.action == actionCreate) {
			return nil, broken()
		}
		there[key] = w.action != actionDelete
		if bad := s.checkBlobs(c.who, w.value, c.now); bad != nil {
			return nil, bad
		}
	}
	var gone []*record
	for _, w := range writes {
		if old := c.who.record(w.collection, w.rkey); old != nil {
			gone = append(gone, old)
		}
		if w.action == actionDelete {
			delete(c.who.records[w.collection], w.rkey)
		} else {
			s.put(c.who, w.collection, w.rkey, w.value)
		}
	}
	c.who.commit(s, c.now)
	s.dropBlobs(c.who, gone...)
	return &commitAnswer{c.who.head, c.who.rev}, nil
}

func (c *call) record(name string) map[string]any {
	value, _ := c.input[name].(map[string]any)
	return value
}

func (s *Sandbox) createRecord(c *call) (any, *problem) {
	if bad := s.writer(c, actionCreate); bad != nil {
		return nil, bad
	}
	w := write{action: actionCreate, collection: c.text("collection"), rkey: c.text("rkey"), value: c.record("record")}
	if bad := s.prepare(c, &w, nil, "record"); bad != nil {
		return nil, bad
	}
	writes := append(s.conflicts(c.who, w), w)
	commit, bad := s.apply(c, writes)
	if bad != nil {
		return nil, bad
	}
	return writeAnswer{c.who.uri(w.collection, w.rkey), w.cid, commit, w.validation}, nil
}

// conflicts are the deletions of likes and reposts of what is liked or reposted again.
func (s *Sandbox) conflicts(a *account, w write) []write {
	if w.collection != lexicon.Like && w.collection != lexicon.Repost {
		return nil
	}
	var out []write
	for rkey, r := range a.records[w.collection] {
		if subjectOf(r.value).uri == subjectOf(w.value).uri && rkey != w.rkey {
			out = append(out, write{action: actionDelete, collection: w.collection, rkey: rkey})
		}
	}
	return out
}

func (s *Sandbox) putRecord(c *call) (any, *problem) {
	w := write{action: actionCreate, collection: c.text("collection"), rkey: c.text("rkey"), value: c.record("record")}
	if bad := s.writer(c, actionUpdate); bad != nil {
		return nil, bad
	}
	current := c.who.record(w.collection, w.rkey)
	if current != nil {
		w.action = actionUpdate
	}
	if bad := s.prepare(c, &w, nil, "record"); bad != nil {
		return nil, bad
	}
	answer := writeAnswer{URI: c.who.uri(w.collection, w.rkey), CID: w.cid, Validation: w.validation}
	if current != nil && current.cid == w.cid {
		return answer, nil
	}
	if bad := c.swapped(current); bad != nil {
		return nil, bad
	}
	commit, bad := s.apply(c, []write{w})
	if bad != nil {
		return nil, bad
	}
	answer.Commit = commit
	return answer, nil
}

// swapped checks that a record is what the call thinks it is.
func (c *call) swapped(current *record) *problem {
	swap, said := c.input["swapRecord"]
	if !said {
		return nil
	}
	switch {
	case current == nil && swap != nil:
		return named("InvalidSwap", "Record was at null")
	case current != nil && swap != current.cid:
		return named("InvalidSwap", "Record was at "+current.cid)
	}
	return nil
}

func (s *Sandbox) deleteRecord(c *call) (any, *problem) {
	if bad := s.writer(c, actionDelete); bad != nil {
		return nil, bad
	}
	w := write{action: actionDelete, collection: c.text("collection"), rkey: c.text("rkey")}
	answer := struct {
		Commit *commitAnswer `json:"commit,omitempty"`
	}{}
	current := c.who.record(w.collection, w.rkey)
	if current == nil {
		return answer, nil
	}
	if bad := c.swapped(current); bad != nil {
		return nil, bad
	}
	commit, bad := s.apply(c, []write{w})
	if bad != nil {
		return nil, bad
	}
	answer.Commit = commit
	return answer, nil
}
