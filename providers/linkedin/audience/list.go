package audience

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// List is a list of values that can be searched. It does not change.
type List struct {
	values []Value
	keys   [][]string       // folded names of each value, its own first
	byKey  map[string][]int // places of the values, one for each id
	byID   map[string]int
}

// NewList makes a list. Its order is kept.
func NewList(values []Value) *List {
	l := &List{values: values, keys: make([][]string, len(values)), byKey: map[string][]int{}, byID: map[string]int{}}
	for i, v := range values {
		if _, taken := l.byID[v.ID]; !taken {
			l.byID[v.ID] = i
		}
		for _, name := range append([]string{v.Name, v.Code}, v.aliases...) {
			key := fold(name)
			if key == "" || slices.Contains(l.keys[i], key) {
				continue
			}
			l.keys[i] = append(l.keys[i], key)
			l.byKey[key] = append(l.byKey[key], i)
		}
	}
	return l
}

// Len returns the number of values.
func (l *List) Len() int { return len(l.values) }

// Name returns the name of an id, or the id.
func (l *List) Name(id string) string {
	if i, ok := l.byID[id]; ok {
		return l.values[i].Name
	}
	return id
}

// Has tells whether an id is known.
func (l *List) Has(id string) bool {
	_, ok := l.byID[id]
	return ok
}

// Named returns the values that a name can mean; one for which it is the very name
// goes before those that are called so as well.
func (l *List) Named(name string) []Value {
	key := fold(name)
	var own, all []Value
	for _, i := range l.byKey[key] {
		all = append(all, l.values[i])
		if fold(l.values[i].Name) == key {
			own = append(own, l.values[i])
		}
	}
	if len(own) > 0 {
		return own
	}
	return all
}

// Others returns what else a name can mean that was taken to mean the value with an id:
// values that are called so too and, where that value's own name is a longer one, those
// whose names begin with it.
func (l *List) Others(name, id string) []Value {
	key, words := fold(name), wordsOf(name)
	longer := fold(l.Name(id)) != key
	var others []Value
	for i, v := range l.values {
		begins := wordsOf(v.Name)
		begins = begins[:min(len(words), len(begins))]
		if v.ID != id && (slices.Contains(l.keys[i], key) || longer && slices.Equal(begins, words)) {
			others = append(others, v)
		}
	}
	return others
}

// Search returns the values that a text may mean, the best first: those of this name,
// those that begin with it, those with a word that begins with it, and those that have
// it in them. An empty text matches all, in the list's order.
func (l *List) Search(text string, limit int) []Value {
	key := fold(text)
	type hit struct{ place, rank int }
	var hits []hit
	for i := range l.values {
		if rank, ok := l.rank(i, key, text); ok {
			hits = append(hits, hit{i, rank})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	found := make([]Value, 0, min(len(hits), max(limit, 0)))
	for _, h := range hits[:min(len(hits), max(limit, 0))] {
		found = append(found, l.values[h.place])
	}
	return found
}

// rank tells how well a value matches; 0 is best.
func (l *List) rank(i int, key, text string) (rank int, ok bool) {
	const none = 4
	rank = none
	if key == "" {
		return 0, strings.TrimSpace(text) == ""
	}
	if strings.EqualFold(l.values[i].ID, strings.TrimSpace(text)) {
		return 0, true
	}
	for _, k := range l.keys[i] {
		switch {
		case k == key:
			rank = 0
		case strings.HasPrefix(k, key):
			rank = min(rank, 1)
		case strings.Contains(k, key):
			rank = min(rank, 3)
		}
	}
	if rank > 2 && slices.ContainsFunc(strings.FieldsFunc(l.values[i].Name, notPartOfWord), func(word string) bool {
		return strings.HasPrefix(fold(word), key)
	}) {
		rank = 2
	}
	return rank, rank < none
}

func notPartOfWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// fold turns a name into what counts when names are compared: its words, as one.
func fold(s string) string { return strings.Join(wordsOf(s), "") }

// wordsOf returns the words of a name: its letters and digits without accents and case,
// and without the words "and" and "the".
func wordsOf(s string) []string {
	s = strings.ReplaceAll(s, "&", " and ")
	var plain strings.Builder
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "")) {
		switch {
		case unicode.Is(unicode.Mn, r) || isApostrophe(r): // belongs to the letter before
		case notPartOfWord(r):
			plain.WriteByte(' ')
		default:
			plain.WriteRune(unicode.ToLower(r))
		}
	}
	words := strings.Fields(plain.String())
	kept := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "and" || w == "the" })
	if len(kept) == 0 {
		kept = words
	}
	return kept
}

func isApostrophe(r rune) bool { return strings.ContainsRune("'’ʼ`´.", r) }

// Unlisted returns how many values have to be looked up by their names.
func (l *List) Unlisted() int {
	n := 0
	for _, v := range l.values {
		if v.ID == "" {
			n++
		}
	}
	return n
}
