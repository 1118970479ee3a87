package crashtest

import (
	"context"
	"fmt"
)

// numbered is what a network has, by the number of the post.
type numbered struct {
	posts    map[int][]Seen
	comments map[int][]SeenComment
	odd      []string
}

// stray is the number of what belongs to no post of the plan.
const stray = -1

// look reads what the networks have.
func (r *run) look(ctx context.Context) (map[*front]numbered, error) {
	all := map[*front]numbered{}
	for _, f := range r.fronts {
		view, err := f.Look(ctx, f.record.all())
		if err != nil {
			return nil, fmt.Errorf("looking at %s: %w", f.Platform(), err)
		}
		all[f] = view.byNumber(len(r.stories))
	}
	return all, nil
}

// byNumber sorts what there is by the numbers in the texts, of which the plan has so many.
func (v View) byNumber(posts int) numbered {
	n := numbered{posts: map[int][]Seen{}, comments: map[int][]SeenComment{}, odd: v.Odd}
	of := func(text string) int {
		if number, ok := numberIn(text); ok && number < posts {
			return number
		}
		return stray
	}
	for _, p := range v.Posts {
		n.posts[of(p.Text)] = append(n.posts[of(p.Text)], p)
	}
	for _, c := range v.Comments {
		n.comments[of(c.Text)] = append(n.comments[of(c.Text)], c)
	}
	return n
}

// unexplained is what the networks have, or were sent, and no post of the plan explains.
func (r *run) unexplained(all map[*front]numbered) (list []Anomaly) {
	find := func(f *front, what string) {
		list = append(list, Anomaly{Fault: FaultWrong, Number: stray, What: f.Platform() + ": " + what})
	}
	for _, f := range r.fronts {
		for _, p := range all[f].posts[stray] {
			find(f, fmt.Sprintf("it is on the network, and nobody has sent it: %+v", p))
		}
		for _, c := range all[f].comments[stray] {
			find(f, fmt.Sprintf("it is on the network, and nobody has sent it: %+v", c))
		}
		for _, what := range append(all[f].odd, f.record.strange()...) {
			find(f, what)
		}
	}
	return list
}

// sight is what is known of one post at one of the accounts that it is for.
type sight struct {
	outlet outlet
	ever   []Seen // deleted ones included
	// comments are below the post.
	comments []SeenComment
	// again counts the creates that reached the network after one had taken effect, without
	// those that could have no other effect.
	again, commentsAgain int
	shows                string // what it is to show
}

// live are the posts that are on the network still.
func (s sight) live() []Seen {
	var list []Seen
	for _, p := range s.ever {
		if p.DeletedAt.IsZero() {
			list = append(list, p)
		}
	}
	return list
}

// sight collects what is known of a post at an outlet.
func (r *run) sight(s story, o outlet, all map[*front]numbered) sight {
	n, there := s.post.Number, all[o.front]
	return sight{
		outlet: o, ever: there.posts[n], comments: there.comments[n], shows: r.files.showing(s.post.Kind, s.aboutRemote),
		again: o.front.record.sentAgain(request{number: n}), commentsAgain: o.front.record.sentAgain(request{number: n, comment: true}),
	}
}
