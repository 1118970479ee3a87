package api_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// withOption is a network with an option of a name that a refused field of a post has.
type withOption struct{ *coretest.Provider }

func (p withOption) Info() core.Info {
	info := p.Provider.Info()
	info.Options = append(info.Options, core.OptionInfo{Name: "shortenLinks", Type: "boolean", Help: "Shows them short."})
	return info
}

// Where a network of the post has an option for what no post has a field for, its author
// learns of it.
func TestRefusedFieldNamesTheOption(t *testing.T) {
	t.Parallel()
	other := coretest.NewProvider(coretest.Config{Name: "other"})
	s := newServer(t, func(o *options) {
		o.provider = func(p *coretest.Provider) core.Provider { return withOption{p} }
		o.also = []core.Provider{other}
	})
	const way = "Scripted has an option of this name: scriptedOptions.shortenLinks."
	for name, tc := range map[string]struct {
		targets jsonMap
		field   string
		named   bool
	}{
		"its network":        {jsonMap{"platforms": []string{"scripted"}}, "shortenLinks", true},
		"its account":        {jsonMap{"accountIds": []string{s.account.ID}}, "shortenLinks", true},
		"every network":      {jsonMap{"platforms": []string{"all"}}, "shortenLinks", true},
		"several networks":   {jsonMap{"platforms": []string{"other", "scripted"}}, "shortenLinks", true},
		"another network":    {jsonMap{"platforms": []string{"other"}}, "shortenLinks", false},
		"a field without it": {jsonMap{"platforms": []string{"scripted"}}, "unsplash", false},
		"nowhere":            {jsonMap{}, "shortenLinks", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := jsonMap{"post": "a", tc.field: true}
			maps.Copy(body, tc.targets)
			refusal := s.call(http.MethodPost, "/post", body).want(http.StatusBadRequest)
			equal(t, true, slices.Contains(refusal.fields(), tc.field))
			equal(t, tc.named, strings.Contains(string(refusal.body), way))
		})
	}
}

// A block of a network that the post does not go to is read by nobody, whatever is in it.
func TestOptionBlockThatIsNotUsed(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) {
		o.also = []core.Provider{coretest.NewProvider(coretest.Config{Name: "other"})}
	})
	for name, tc := range map[string]struct {
		body   jsonMap
		unused []string
	}{
		"of another network": {jsonMap{"platforms": []string{"scripted"}, "OTHEROptions": jsonMap{"foo": 1}}, []string{"OTHEROptions is not used: the post does not go to Other"}},
		"of both":            {jsonMap{"accountIds": []string{s.account.ID}, "otherOptions": jsonMap{}, "scriptedOptions": jsonMap{"delay": 1}}, []string{"otherOptions is not used: the post does not go to Other"}},
		"of its network":     {jsonMap{"platforms": []string{"all"}, "scriptedOptions": jsonMap{"delay": 1}}, nil},
		"none":               {jsonMap{"platforms": []string{"scripted"}, "otherOptions": nil}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.body["post"] = "About " + name
			answer := s.call(http.MethodPost, "/post", tc.body).want(http.StatusOK).object()
			var told []string
			if list, any := answer["warnings"].([]any); any {
				for _, w := range list {
					told = append(told, w.(jsonMap)["message"].(string))
				}
			}
			equal(t, tc.unused, told)
		})
	}
}

// A post of nothing that anybody sees is one without text, and repeats no other one.
func TestTextThatNobodySees(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.unique = true })
	const picture = "https://cdn.example/a.png"
	s.assets.Add(coretest.Picture(picture, 8, 8))
	s.call(http.MethodPost, "/post", jsonMap{"post": "\u200b", "mediaUrls": []string{picture}, "platforms": []string{"scripted"}}).want(http.StatusOK)
	for name, text := range map[string]any{
		"spaces of no width": "\u200b \ufeff",
		"spaces":             "   ",
		"a text for nobody":  jsonMap{"SCRIPTED": "x"},
		"a text for others":  jsonMap{"elsewhere": "x"},
	} {
		for range 2 { // the second is no duplicate of the first
			problems := s.call(http.MethodPost, "/post", jsonMap{"post": text, "platforms": []string{"scripted"}}).want(http.StatusBadRequest).problems()
			if len(problems) != 1 || problems[0].Field != "post" || problems[0].Code == core.CodeDuplicate {
				t.Errorf("%s: %+v, want the one problem that there is no text", name, problems)
			}
		}
	}
}
