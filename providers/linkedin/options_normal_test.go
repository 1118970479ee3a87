package linkedin_test

import (
	"encoding/json"
	"testing"

	"github.com/crier-social/crier/providers/linkedin"
)

func TestNormalOptions(t *testing.T) {
	t.Parallel()
	p := newProvider(t, linkedin.Config{}, linkedin.Deps{})
	for name, tc := range map[string]struct{ block, want string }{
		"nothing":                {``, `{}`},
		"the defaults":           {`{"visibility":" Public ","disableShare":false,"altText":[],"title":"","thumbNail":null}`, `{}`},
		"other spellings":        {`{"VISIBILITY":"logged_in","disableshare":true}`, `{"disableShare":true,"visibility":"LOGGED_IN"}`},
		"no card":                {`{"link":false}`, `{"link":false}`},
		"a card":                 {`{"link":{"url":"https://a.example"}}`, `{"link":{"url":"https://a.example"}}`},
		"a poll of a week":       {`{"poll":{"question":"?","options":["a","b"]}}`, `{"poll":{"duration":"SEVEN_DAYS","options":["a","b"],"question":"?"}}`},
		"a poll of seven days":   {`{"poll":{"question":"?","options":["a","b"],"duration":7}}`, `{"poll":{"duration":"SEVEN_DAYS","options":["a","b"],"question":"?"}}`},
		"a poll of a while":      {`{"poll":{"question":"?","options":["a","b"],"duration":9}}`, `{"poll":{"question":"?","options":["a","b"],"duration":9}}`},
		"an unknown option":      {`{"visibilty":"public"}`, `{"visibilty":"public"}`},
		"an unknown visibility":  {`{"visibility":"me"}`, `{"visibility":"me"}`},
		"what is no block":       {`[1]`, `[1]`},
		"empty texts in a place": {`{"altText":["","b"]}`, `{"altText":["","b"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := p.NormalOptions(json.RawMessage(tc.block))
			if string(got) != tc.want {
				t.Errorf("%s\nwant %s", got, tc.want)
			}
			if again := p.NormalOptions(got); string(again) != string(got) {
				t.Errorf("%s becomes %s when it is written again", got, again)
			}
		})
	}
}
