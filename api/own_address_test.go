package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ public, given, want string }{
		"with a name":        {"https://crier.example", "https://crier.example/media/file/ab12/a.png", "upload:ab12"},
		"without a name":     {"https://crier.example", "https://crier.example/media/file/ab12", "upload:ab12"},
		"other prefix":       {"https://crier.example", "https://crier.example/api/media/file/ab12/a.png", "upload:ab12"},
		"usual port":         {"https://crier.example", "HTTPS://Crier.example:443/media/file/ab12/a.png?x=1#y", "upload:ab12"},
		"loopback":           {"http://127.0.0.1:8080", "http://127.0.0.1:8080/media/file/ab12/a.png", "upload:ab12"},
		"below a path":       {"https://crier.example/social", "https://crier.example/social/media/file/ab12/a.png", "upload:ab12"},
		"beside that path":   {"https://crier.example/social", "https://crier.example/media/file/ab12/a.png", "https://crier.example/media/file/ab12/a.png"},
		"other host":         {"https://crier.example", "https://crier.example.net/media/file/ab12", "https://crier.example.net/media/file/ab12"},
		"other port":         {"https://crier.example", "https://crier.example:8443/media/file/ab12", "https://crier.example:8443/media/file/ab12"},
		"other scheme":       {"https://crier.example", "http://crier.example/media/file/ab12", "http://crier.example/media/file/ab12"},
		"other path":         {"https://crier.example", "https://crier.example/samples/media/file/ab12", "https://crier.example/samples/media/file/ab12"},
		"no id":              {"https://crier.example", "https://crier.example/media/file/", "https://crier.example/media/file/"},
		"user":               {"https://crier.example", "https://crier.example@evil.example/media/file/ab12", "https://crier.example@evil.example/media/file/ab12"},
		"no public address":  {"", "/media/file/ab12", "/media/file/ab12"},
		"not an address":     {"https://crier.example", "upload:ab12", "upload:ab12"},
		"nothing":            {"https://crier.example", "", ""},
		"not to be parsed":   {"https://crier.example", "https://crier.example/%zz", "https://crier.example/%zz"},
		"dots are no folder": {"https://crier.example", "https://crier.example/media/file/../x", "upload:.."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &API{ownUpload: OwnUpload(tt.public)}
			if diff := cmp.Diff(tt.want, a.canonical(tt.given)); diff != "" {
				t.Errorf("canonical (-want +got):\n%s", diff)
			}
		})
	}
}
