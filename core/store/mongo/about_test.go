package mongo

import (
	"errors"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

func TestAbout(t *testing.T) {
	t.Parallel()
	s, err := Open(mongotest.NewURL(t), Options{})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	for _, schema := range []int{0, schemaVersion} {
		a, err := s.About(t.Context())
		if err != nil || a.Version == "" || a.Schema != schema || a.Newest != schemaVersion || a.Ahead.Abs() > time.Minute {
			t.Errorf("%+v, %v; want schema %d of %d", a, err, schema, schemaVersion)
		}
		must(t, s.Migrate(t.Context()))
	}
}

func TestSkewOfAbout(t *testing.T) {
	t.Parallel()
	for ahead, want := range map[time.Duration]struct{ told, refused bool }{
		0:                {false, false},
		-skewTold:        {false, false},
		-skewTold - 1:    {true, false},
		skewRefused:      {true, false},
		-skewRefused - 1: {true, true},
		time.Hour:        {true, true},
	} {
		a := About{Ahead: ahead}
		var skew *SkewError
		if refused := errors.As(a.Skew(), &skew); a.SkewTold() != want.told || refused != want.refused {
			t.Errorf("%s: told %v, refused %v", ahead, a.SkewTold(), refused)
		}
	}
}
