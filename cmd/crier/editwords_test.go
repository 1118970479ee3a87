package main

import (
	"fmt"
	"strings"
	"testing"
)

// A refusal of crier edit speaks of its flags.
func TestEditRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args                 string
		field, message, help string
		want                 string
	}{
		"approval": {
			"--approve", "approved", "the post needs nobody's approval: it was sent without requiresApproval", "Leave approved out; scheduledPause holds the post.",
			"--approve: the post needs nobody's approval: it was sent without --requires-approval (error 1056)\nLeave --approve out; --pause holds the post.\n",
		},
		"withdrawal": {
			"--withdraw-approval", "approved", "the post needs nobody's approval", "Leave approved out; GET /post/p1 tells how far the post is.",
			"--withdraw-approval: the post needs nobody's approval (error 1056)\nLeave --withdraw-approval out; crier history p1 tells how far the post is.\n",
		},
		"pause": {
			"--pause", "scheduledPause", "only a post with a scheduleDate can be paused", "GET /post/:id tells more.",
			"--pause: only a post with a --schedule can be paused (error 1056)\ncrier history <id> tells more.\n",
		},
		"now": {
			"--now", "scheduleDate", "scheduleDate lies more than ten years ahead", "",
			"--now lies more than ten years ahead (error 1056)\n",
		},
		"an entry": {
			"--media https://a.example/1.png", "mediaUrls[0]", "mediaUrls[0]: the file is not there", "",
			"--media[0]: the file is not there (error 1056)\n",
		},
		"text": {
			"--text a", "post", "the same content goes to Ada", "Change this one or its time, or send it with allowDuplicate: true.",
			"--text: the same content goes to Ada (error 1056)\nChange this one or its time, or send it with --allow-duplicate.\n",
		},
		"options": {
			"--notes a", "linkedInOptions.visibility", "visibility must be public", "",
			"linkedInOptions.visibility: visibility must be public (error 1056)\n",
		},
		"no field": {"--notes a", "", "the server is busy", "Wait.", "the server is busy (error 1056)\nWait.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t, fmt.Sprintf(`409 {"action":"update","status":"error","code":1056,"field":%q,"message":%q,"help":%q}`, tt.field, tt.message, tt.help))
			got := execute(t.Context(), api.environ(), "", append([]string{"edit", "p1"}, strings.Fields(tt.args)...)...)
			if got.code != exitFailure || got.stderr != "crier: "+tt.want {
				t.Errorf("exit code %d, got\n%swant\n%s", got.code, got.stderr, tt.want)
			}
		})
	}
}

func TestEditOfNothingButDuplicates(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `200 {}`)
	if got := execute(t.Context(), api.environ(), "", "edit", "p1", "--allow-duplicate"); got.code != exitUsage || !strings.Contains(got.stderr, "nothing is to be changed") {
		t.Errorf("%+v", got)
	}
}
