package netguard

import (
	"net/netip"
	"net/url"
	"testing"

	"github.com/crier-social/crier/core"
)

func TestCheckLiteral(t *testing.T) {
	t.Parallel()
	strict, lax := New(nil), New([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.1.0.0/16")})
	const fine core.Code = 0
	for _, tc := range []struct {
		address     string
		strict, lax core.Code
	}{
		{"https://example.com/hook", fine, fine},
		{"https://93.184.215.14/", fine, fine},
		{"https://93.184.215.14:8443/", fine, fine},
		{"https://[2606:2800:21f:cb07::1]/", fine, fine},
		{"https://93.184.215.14:25/", core.CodeMediaURL, core.CodeMediaURL},
		{"http://93.184.215.14/", core.CodeMediaURL, core.CodeMediaURL},
		{"https://127.0.0.1/", core.CodeMediaBlocked, fine},
		{"http://127.0.0.1:8080/", core.CodeMediaBlocked, fine},
		{"https://10.1.2.3/", core.CodeMediaBlocked, fine},
		{"https://10.2.0.1/", core.CodeMediaBlocked, core.CodeMediaBlocked},
		{"https://169.254.169.254/latest/meta-data", core.CodeMediaBlocked, core.CodeMediaBlocked},
		{"https://[::1]/", core.CodeMediaBlocked, core.CodeMediaBlocked},
		{"https://[fe80::1%25eth0]/", core.CodeMediaBlocked, core.CodeMediaBlocked},
		{"https://[::ffff:127.0.0.1]/", core.CodeMediaBlocked, fine},
		{"https://LocalHost./", core.CodeMediaBlocked, fine},
		{"https://app.localhost:3000/", core.CodeMediaBlocked, fine},
	} {
		t.Run(tc.address, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(tc.address)
			if err != nil {
				t.Fatal(err)
			}
			for _, guard := range []struct {
				*Guard
				want core.Code
			}{{strict, tc.strict}, {lax, tc.lax}} {
				got := fine
				if err := guard.CheckLiteral(u); err != nil {
					got = core.CodeOf(core.AsError(err))
				}
				if got != guard.want {
					t.Errorf("allowing %v: code %d, want %d", guard.allow, got, guard.want)
				}
			}
		})
	}
}
