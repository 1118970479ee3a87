package sandbox

import (
	"net/http"
	"slices"
	"strconv"
)

// profilePage is what the page of an author shows.
type profilePage struct {
	AuthorName string
	URN        string
	Org        bool
	About      string // headline of a person
	Website    string // of an organization
	Followers  int    // likewise
	Posts      []postPage
	Feed       string // address of all the author's posts
	Total      int
}

// person shows a member by the last part of the address of the profile.
func (p *pages) person(w http.ResponseWriter, r *http.Request) {
	who, known := p.sandbox.personNamed(r.PathValue("name"))
	if !known {
		p.render(w, http.StatusNotFound, "noprofile.html", r.PathValue("name"))
		return
	}
	p.profile(w, profilePage{AuthorName: who.Name(), URN: who.URN(), About: who.Headline})
}

// company shows an organization by the last part of the address of its page, or by
// its id.
func (p *pages) company(w http.ResponseWriter, r *http.Request) {
	o, known := p.sandbox.organizationNamed(r.PathValue("name"))
	if !known {
		p.render(w, http.StatusNotFound, "noprofile.html", r.PathValue("name"))
		return
	}
	p.profile(w, profilePage{AuthorName: o.Name, URN: o.URN(), Org: true, Website: o.Website, Followers: o.Followers})
}

// profile shows an author with the latest posts.
func (p *pages) profile(w http.ResponseWriter, data profilePage) {
	posts := slices.DeleteFunc(p.sandbox.Posts(), func(post Post) bool { return post.Author != data.URN })
	slices.Reverse(posts)
	data.Total, data.Feed = len(posts), feedLink(data.URN, "", 1)
	for _, post := range posts[:min(len(posts), feedSize)] {
		data.Posts = append(data.Posts, p.view(post))
	}
	p.render(w, http.StatusOK, "profile.html", data)
}

func (s *Sandbox) personNamed(vanity string) (Person, bool) {
	people := s.World().People
	i := slices.IndexFunc(people, func(who Person) bool { return who.Vanity == vanity })
	if i < 0 {
		return Person{}, false
	}
	return people[i], true
}

func (s *Sandbox) organizationNamed(name string) (Organization, bool) {
	all := s.World().Organizations
	i := slices.IndexFunc(all, func(o Organization) bool {
		return o.Vanity == name || strconv.FormatInt(o.ID, 10) == name
	})
	if i < 0 {
		return Organization{}, false
	}
	return all[i], true
}
