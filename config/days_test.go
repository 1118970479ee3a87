package config_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
)

func TestNoticeSettings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		entry, shown string
		want         config.Days
	}{
		{"OTHER=x", "CRIER_NOTICE_DAYS=10,3,1", config.Days{10, 3, 1}},
		{"CRIER_NOTICE_DAYS=90, 30 ,1", "CRIER_NOTICE_DAYS=90,30,1", config.Days{90, 30, 1}},
		{"CRIER_NOTICE_DAYS=7", "CRIER_NOTICE_DAYS=7", config.Days{7}},
		{"CRIER_NOTICE_DAYS=off", "CRIER_NOTICE_DAYS=off", nil},
		{"CRIER_NOTICE_DAYS=", "CRIER_NOTICE_DAYS=off", nil},
		{"CRIER_RELINK_GRACE=0", "CRIER_RELINK_GRACE=0s", config.Days{10, 3, 1}},
		{"CRIER_RELINK_GRACE=30d", "CRIER_RELINK_GRACE=30d", config.Days{10, 3, 1}},
	} {
		t.Run(tc.entry, func(t *testing.T) {
			t.Parallel()
			c, err := config.Load([]string{tc.entry}, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, c.NoticeDays); diff != "" {
				t.Errorf("days (-want +got):\n%s", diff)
			}
			var out bytes.Buffer
			if err := c.Print(&out); err != nil {
				t.Fatal(err)
			}
			if lineWith(out.String(), tc.shown+" ") == "" {
				t.Errorf("%q is not shown:\n%s", tc.shown, &out)
			}
		})
	}
}
