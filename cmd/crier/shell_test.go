package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// shellCommand is one command of a script.
type shellCommand struct {
	words []string
	// notes are the comment lines above it.
	notes []string
}

// shell reads a script in the part of the shell's language that examples are written in:
// quotes, backslashes, variables, comments, and pipes, of which the first command alone
// is taken. Anything else is an error, so that no example is misread in silence.
type shell struct {
	rest      string
	variables map[string]string // as they are when a command is reached
	current   shellCommand
	ended     bool
	word      strings.Builder
	inWord    bool
	piped     bool // the rest of the line belongs to other commands
}

// command returns the next command; one without words is the end.
func (s *shell) command() (shellCommand, error) {
	s.current, s.ended = shellCommand{}, false
	for s.rest != "" && !s.ended {
		if err := s.step(); err != nil {
			return shellCommand{}, fmt.Errorf("%w before %q", err, firstLine(s.rest))
		}
	}
	s.endCommand()
	return s.current, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// next takes n bytes off the script.
func (s *shell) next(n int) string {
	taken := s.rest[:n]
	s.rest = s.rest[n:]
	return taken
}

func (s *shell) add(text string) {
	s.word.WriteString(text)
	s.inWord = true
}

func (s *shell) endWord() {
	if s.inWord && !s.piped {
		s.current.words = append(s.current.words, s.word.String())
	}
	s.word.Reset()
	s.inWord = false
}

func (s *shell) endCommand() {
	s.endWord()
	s.piped = false
	s.ended = len(s.current.words) > 0
}

// step reads what stands next.
func (s *shell) step() error {
	switch c := s.rest[0]; {
	case strings.HasPrefix(s.rest, "\\\n"):
		s.next(2)
	case c == '\n' || c == ';':
		s.next(1)
		s.endCommand()
	case strings.HasPrefix(s.rest, "&&"):
		s.next(2)
		s.endCommand()
	case c == ' ' || c == '\t':
		s.next(1)
		s.endWord()
	case c == '#' && !s.inWord:
		line := s.next(len(firstLine(s.rest)))
		s.current.notes = append(s.current.notes, strings.TrimSpace(strings.TrimLeft(line, "#")))
	case c == '|':
		s.next(1)
		s.endWord()
		s.piped = true
	case c == '\'':
		return s.literal()
	case c == '"':
		return s.quoted()
	case c == '$':
		return s.variable()
	case c == '\\' && len(s.rest) > 1:
		s.next(1)
		s.add(s.next(1))
	case strings.ContainsRune("\\`<>&(){}*?[]!", rune(c)) && !s.piped:
		return fmt.Errorf("%q has a meaning to the shell and is not quoted", c)
	default:
		s.add(s.next(1))
	}
	return nil
}

func (s *shell) literal() error {
	text, rest, closed := strings.Cut(s.rest[1:], "'")
	if !closed {
		return errors.New("a single quote is open")
	}
	s.add(text)
	s.rest = rest
	return nil
}

func (s *shell) quoted() error {
	s.next(1)
	s.add("")
	for s.rest != "" {
		switch c := s.rest[0]; {
		case c == '"':
			s.next(1)
			return nil
		case c == '$':
			if err := s.variable(); err != nil {
				return err
			}
		case c == '`':
			return errors.New("a command stands within quotes")
		case c == '\\' && len(s.rest) > 1 && strings.ContainsRune("\"\\$`", rune(s.rest[1])):
			s.next(1)
			s.add(s.next(1))
		default:
			s.add(s.next(1))
		}
	}
	return errors.New("a double quote is open")
}

func (s *shell) variable() error {
	s.next(1)
	inner, braced := strings.CutPrefix(s.rest, "{")
	end := strings.IndexFunc(inner, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end < 0 {
		end = len(inner)
	}
	name, rest := inner[:end], inner[end:]
	if braced {
		var closed bool
		if rest, closed = strings.CutPrefix(rest, "}"); !closed {
			return errors.New("a variable is open")
		}
	}
	value, set := s.variables[name]
	if !set {
		return fmt.Errorf("the variable %q is not set", name)
	}
	s.add(value)
	s.rest = rest
	return nil
}

func allCommands(s *shell) (all []shellCommand, err error) {
	for {
		c, err := s.command()
		if err != nil || len(c.words) == 0 {
			return all, err
		}
		all = append(all, c)
	}
}

func TestShell(t *testing.T) {
	t.Parallel()
	words := func(words ...string) []shellCommand { return []shellCommand{{words: words}} }
	variables := map[string]string{"URL": "http://host", "KEY": "a key"}
	for _, tc := range []struct {
		name, script string
		want         []shellCommand
		refused      string
	}{
		{name: "words", script: "curl  -s\thttp://host/a-b_c", want: words("curl", "-s", "http://host/a-b_c")},
		{name: "lines that go on", script: "curl \\\n  -s", want: words("curl", "-s")},
		{name: "single quotes", script: `curl 'a "b" $URL \n' ''`, want: words("curl", `a "b" $URL \n`, "")},
		{name: "lines within quotes", script: "curl -d '{\n \"a\": 1}'", want: words("curl", "-d", "{\n \"a\": 1}")},
		{name: "double quotes", script: `curl "Bearer $KEY \"x\" \$URL \n"`, want: words("curl", `Bearer a key "x" $URL \n`)},
		{name: "quotes within words", script: `curl '{"id":"'$KEY'"}' it\'s`, want: words("curl", `{"id":"a key"}`, "it's")},
		{name: "variables", script: "curl $URL/post ${URL}s", want: words("curl", "http://host/post", "http://hosts")},
		{name: "several commands", script: "one; two && three\nfour", want: []shellCommand{{words: []string{"one"}}, {words: []string{"two"}}, {words: []string{"three"}}, {words: []string{"four"}}}},
		{name: "pipe", script: "curl a | jq '.id' -r\ncurl b", want: []shellCommand{{words: []string{"curl", "a"}}, {words: []string{"curl", "b"}}}},
		{name: "comments", script: "# as a person\ncurl a#b # and more\ncurl c", want: []shellCommand{
			{words: []string{"curl", "a#b"}, notes: []string{"as a person", "and more"}}, {words: []string{"curl", "c"}},
		}},
		{name: "empty", script: " \n\n", want: nil},
		{name: "open single quote", script: "curl 'a", refused: "single quote is open"},
		{name: "open double quote", script: `curl "a`, refused: "double quote is open"},
		{name: "open variable", script: `curl ${URL`, refused: "variable is open"},
		{name: "unknown variable", script: `curl $NOBODY`, refused: `"NOBODY" is not set`},
		{name: "command in a variable's place", script: "curl $(date)", refused: "is not set"},
		{name: "unquoted mark", script: "curl http://host/?a=b", refused: "'?' has a meaning"},
		{name: "in the background", script: "curl a & b", refused: "'&' has a meaning"},
		{name: "into a file", script: "curl a > b", refused: "'>' has a meaning"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := allCommands(&shell{rest: tc.script, variables: variables})
			if refused := err != nil; refused != (tc.refused != "") || refused && !strings.Contains(err.Error(), tc.refused) {
				t.Fatalf("error %v, want one saying %q", err, tc.refused)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(shellCommand{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
