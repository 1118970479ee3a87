package audience

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

const (
	// maxGuess bounds the texts, in bytes, for which names like them are searched.
	maxGuess = 100
	// maxNear is how many names are told of at most.
	maxNear = 3
	// minWord is how many characters a word needs to say something by itself.
	minWord = 3
)

// hints are words that people use for what has another name here. They are only ever
// suggested, since they do not mean quite the same.
func hints() map[string][]string {
	return map[string][]string{
		"sr": {"Senior"}, "jr": {"Entry"}, "intern": {"Training"}, "internship": {"Training"}, "trainee": {"Training"},
		"executive": {"CXO", "VP"}, "head": {"Director"},

		"phd": {"Doctor of Philosophy"}, "bs": {"Bachelor of Science"}, "bsc": {"Bachelor of Science"},
		"ms": {"Master of Science"}, "msc": {"Master of Science"}, "meng": {"Master of Engineering"}, "beng": {"Bachelor of Engineering"},

		"england": {"United Kingdom"}, "scotland": {"United Kingdom"}, "wales": {"United Kingdom"}, "northernireland": {"United Kingdom"},
		"eu": {"Europe"}, "europeanunion": {"Europe"}, "emea": {"Europe", "Africa"}, "apac": {"Asia", "Oceania"},
	}
}

// guess is a name that a text may mean; the nearer, the likelier.
type guess struct {
	name     string
	distance int
}

// Nearest returns the names that a text most likely means which is none of them, the
// likeliest first: those that people call so, those that are spelt like it, and those of
// which a word is.
func (l *List) Nearest(name string) []string {
	key := fold(name)
	if key == "" || len(name) > maxGuess {
		return nil
	}
	for _, find := range []func(string, string) []guess{l.hinted, l.spelt, l.worded} {
		if names := nearestNames(find(name, key)); len(names) > 0 {
			return names
		}
	}
	return nil
}

func nearestNames(guesses []guess) []string {
	slices.SortStableFunc(guesses, func(a, b guess) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, g := range guesses {
		if len(names) < maxNear && !slices.Contains(names, g.name) {
			names = append(names, g.name)
		}
	}
	return names
}

// hinted finds what people call by the text, or abbreviate by it.
func (l *List) hinted(_, key string) []guess {
	var guesses []guess
	for rank, hint := range hints()[key] {
		for i, keys := range l.keys {
			if len(keys) > 0 && strings.HasPrefix(keys[0], fold(hint)) {
				guesses = append(guesses, guess{l.values[i].Name, rank})
			}
		}
	}
	if len(guesses) > 0 {
		return guesses
	}
	for _, v := range l.values {
		if initials(v.Name) == key {
			guesses = append(guesses, guess{name: v.Name})
		}
	}
	return guesses
}

// initials returns the first letters of a name of several words.
func initials(name string) string {
	var out strings.Builder
	for _, w := range wordsOf(name) {
		if w != "of" && w != "in" {
			r, _ := utf8.DecodeRuneInString(w)
			out.WriteRune(r)
		}
	}
	if utf8.RuneCountInString(out.String()) < 2 {
		return ""
	}
	return out.String()
}

// spelt finds names that are spelt like the text, or have it in them.
func (l *List) spelt(_, key string) []guess {
	var guesses []guess
	for i, keys := range l.keys {
		v := l.values[i]
		if isURN(v.ID) { // the codes of places: one letter makes another place
			code := fold(v.Code)
			keys = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == code && k != fold(v.Name) })
		}
		if d, near := nearestKey(key, keys); near {
			guesses = append(guesses, guess{v.Name, d})
		}
	}
	return guesses
}

// nearestKey returns how far a text is from the nearest of a value's names. One that
// has the text in it counts as one edit away, since people shorten names.
func nearestKey(key string, keys []string) (distance int, near bool) {
	length := utf8.RuneCountInString(key)
	limit := min(max(2, length/3), (length-1)/2) + 1
	best := limit
	for _, k := range keys {
		if length > minWord && strings.Contains(k, key) {
			best = min(best, 1)
		}
		// A distance of a whole name has no letter in common with it.
		if d := levenshtein.ComputeDistance(key, k); d < best && d < utf8.RuneCountInString(k) {
			best = d
		}
	}
	return best, best < limit
}

// worded finds names that have words of the text, as long as these are at least half of
// it. What follows a comma tells where a place is, and is not what was meant.
func (l *List) worded(name, _ string) []guess {
	name, _, _ = strings.Cut(name, ",")
	wanted := slices.DeleteFunc(wordsOf(name), func(w string) bool { return utf8.RuneCountInString(w) < minWord })
	total := utf8.RuneCountInString(strings.Join(wanted, ""))
	var guesses []guess
	for _, v := range l.values {
		for _, called := range append([]string{v.Name}, v.aliases...) {
			own := wordsOf(called)
			found, edits := 0, 0
			for _, w := range wanted {
				if d, ok := nearestWord(w, own); ok {
					found, edits = found+utf8.RuneCountInString(w), edits+d
				}
			}
			if found > 0 && 2*found >= total {
				guesses = append(guesses, guess{v.Name, 100*(total-found) + 10*edits + len(own)})
			}
		}
	}
	return guesses
}

// nearestWord returns how far a word is from the nearest of several, or from how it
// begins.
func nearestWord(word string, words []string) (distance int, ok bool) {
	length := utf8.RuneCountInString(word)
	limit := max(1, length/5)
	if length <= minWord {
		limit = 0 // in a word this short, one letter is another word
	}
	best := limit + 1
	for _, w := range words {
		if utf8.RuneCountInString(w) < minWord {
			continue
		}
		if runes := []rune(w); len(runes) > length {
			best = min(best, levenshtein.ComputeDistance(word, string(runes[:length])))
		}
		best = min(best, levenshtein.ComputeDistance(word, w))
	}
	return best, best <= limit
}
