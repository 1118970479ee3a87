package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// counting signs every attempt anew, with what it last learned.
type counting struct {
	signed int
	nonce  string
	fails  error
}

func (c *counting) Sign(method, url string, token core.Secret) (http.Header, error) {
	if c.fails != nil {
		return nil, c.fails
	}
	c.signed++
	return http.Header{
		"Authorization": {"Key " + token.Reveal()},
		"Proof":         {strconv.Itoa(c.signed) + " " + method + " " + c.nonce + " " + strings.Trim(url[strings.LastIndex(url, "/"):], "/")},
	}, nil
}

func (c *counting) Learn(_ string, r *rest.Response) bool {
	c.nonce = r.Header.Get("Nonce")
	return string(r.Body) == "another nonce"
}

// A signature that is refused for want of a nonce is made once more with it, with the
// whole body, and never a third time.
func TestSignerSignsEveryAttempt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		refusals int
		want     []string
		status   int
	}{
		{"taken", 0, []string{"1 POST  x"}, 0},
		{"refused once", 1, []string{"1 POST  x", "2 POST n1 x"}, 0},
		{"refused always", 9, []string{"1 POST  x", "2 POST n1 x"}, http.StatusUnauthorized},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var proofs []string
			address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || string(body) != "content" || r.Header.Get("Authorization") != "Key "+token.Reveal() {
					t.Errorf("body %q, Authorization %q, %v", body, r.Header.Get("Authorization"), err)
				}
				proofs = append(proofs, r.Header.Get("Proof"))
				w.Header().Set("Nonce", "n"+strconv.Itoa(len(proofs)))
				if len(proofs) <= tc.refusals {
					w.WriteHeader(http.StatusUnauthorized)
					_, _ = io.WriteString(w, "another nonce")
				}
			})
			signer := &counting{}
			_, err := newClient(t).Do(t.Context(), rest.Request{
				Op: "net.post", Method: http.MethodPost, URL: address + "/x", Token: token, Signer: signer, Body: text("content"), Size: 7,
			})
			if diff := cmp.Diff(tc.want, proofs); diff != "" {
				t.Error(diff)
			}
			if tc.status == 0 && err != nil || tc.status != 0 && core.AsError(err).Status != tc.status {
				t.Errorf("error %v, want status %d", err, tc.status)
			}
			if want := "n" + strconv.Itoa(len(tc.want)); signer.nonce != want {
				t.Errorf("learned %q, want %q", signer.nonce, want)
			}
		})
	}
}

// What cannot be signed is never sent.
func TestSignerThatFails(t *testing.T) {
	t.Parallel()
	address, calls := serve(t, func(http.ResponseWriter, *http.Request) {})
	broken := errors.New("no key")
	_, err := newClient(t).Do(context.WithoutCancel(t.Context()), rest.Request{
		Op: "net.get", Method: http.MethodGet, URL: address, Token: token, Signer: &counting{fails: broken},
	})
	if e := core.AsError(err); e.Kind != core.KindInternal || !e.Unsent || !errors.Is(err, broken) || calls.Load() != 0 {
		t.Errorf("%+v after %d calls", e, calls.Load())
	}
}
