package providertest

import (
	"fmt"
	"testing"

	"github.com/crier-social/crier/core"
)

// Check is one part of the suite. Run returns what the adapter does wrong, nil
// for nothing; t is used for set-up, clean-up and logging.
type Check struct {
	Name string
	Run  func(t testing.TB, h Harness) error
}

// Run checks the adapter.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, check := range Checks() {
		t.Run(check.Name, func(t *testing.T) {
			t.Parallel()
			if err := check.Run(t, h); err != nil {
				t.Error(err)
			}
		})
	}
}

// Checks returns the parts of the suite, for whoever wants to run or fail them
// one by one.
func Checks() []Check {
	return []Check{
		{"harness", checkHarness},
		{"info", inScene(checkInfo)},
		{"abilities", inScene(checkAbilities)},
		{"plan/golden", inScene(checkGolden)},
		{"plan/pure", inScene(checkPure)},
		{"plan/limits", inScene(checkLimits)},
		{"plan/rejected", inScene(checkRejected)},
		{"plan/unknown options", inScene(checkUnknownOptions)},
		{"plan/misspelled options", inScene(checkMisspelledOptions)},
		{"plan/types of options", inScene(checkOptionTypes)},
		{"plan/absent options", inScene(checkAbsentOptions)},
		{"plan/malformed options", inScene(checkMalformedOptions)},
		{"plan/hostile input", inScene(checkHostile)},
		{"plan/needs", inScene(checkNeeds)},
		{"plan/whole draft", inScene(checkWholeDraft)},
		{"preflight/writes nothing", inScene(checkPreflight)},
		{"preflight/errors", checkPreflightErrors},
		{"prepare/uploads once", inScene(checkPrepare)},
		{"prepare/resumes after a kill", forVariants(checkResume)},
		{"prepare/resumes after a cut", forVariants(checkCutUploads)},
		{"prepare/resumes after a failed look", forVariants(checkFailedLooks)},
		{"prepare/honours the context", forVariants(checkPrepareContext)},
		{"prepare/errors", checkPrepareErrors},
		{"commit/one write", inScene(checkCommit)},
		{"commit/describes files", inScene(checkAltText)},
		{"commit/errors", checkCommitErrors},
		{"commit/proof", checkCommitProof},
		{"commit/unreachable", inScene(checkUnreachable)},
		{"commit/deadline", inScene(checkCommitDeadline)},
		{"commit/without a token", inScene(checkNoToken)},
		{"commit/concurrently", inScene(checkConcurrency)},
		{"commit/again", inScene(checkRepeatable)},
		{"reconcile/finds a lost post", inScene(checkReconcileFinds)},
		{"reconcile/takes no foreign post", inScene(checkReconcileForeign)},
		{"reconcile/leaves what is taken", inScene(checkReconcileTaken)},
		{"reconcile/does not guess", inScene(checkReconcileBlind)},
		{"reconcile/believes the network alone", checkReconcileMisled},
		{"follow-up/one write", inScene(checkFollowUp)},
		{"follow-up/lost answer", checkLostFollowUp},
		{"follow-up/errors", checkFollowUpErrors},
		{"comments/again", checkRepeatableComments},
		{"comments/names", inScene(checkCommentNames)},
		{"delete", inScene(checkDelete)},
		{"delete/errors", checkDeleteErrors},
		{"identify", inScene(checkIdentify)},
		{"identify/errors", checkIdentifyErrors},
		{"link/address", inScene(checkLinkAddress)},
		{"link/fields", inScene(checkLinkFields)},
		{"link/answers", inScene(checkLinkAnswers)},
		{"link/grant", inScene(checkLinkGrant)},
		{"link/kept", inScene(checkLinkKept)},
		{"link/issuer", inScene(checkLinkIssuer)},
		{"link/refusal", inScene(checkLinkRefusal)},
		{"link/client document", inScene(checkClientDocument)},
		{"link/errors", checkLinkErrors},
		{"refresh", inScene(checkRefresh)},
		{"refresh/errors", checkRefreshErrors},
		{"introspect", inScene(checkIntrospect)},
		{"introspect/errors", checkIntrospectErrors},
		{"strangers", inScene(checkStrangers)},
	}
}

// inScene makes a check of one that needs a single network.
func inScene(check func(*scene) error) func(testing.TB, Harness) error {
	return func(t testing.TB, h Harness) error {
		t.Helper()
		return h.with(t, check)
	}
}

// checkHarness holds the description itself against what the suite needs, so
// that no check passes for want of input.
func checkHarness(_ testing.TB, h Harness) error {
	var ps problems
	ps.when(h.Text.Text == "", "Harness.Text has no text")
	ps.when(len(h.Text.Media) > 0, "Harness.Text has media")
	ps.when(len(h.Media.Media) == 0, "Harness.Media has no media")
	ps.when(h.Media.Text == "", "Harness.Media has no text")
	ps.when(len(h.Golden) == 0, "Harness.Golden is empty")
	have := map[string]bool{}
	for _, f := range h.Files {
		have[f.URL] = true
	}
	for _, ref := range h.Few.Media {
		ps.when(!have[ref.URL], "Harness.Files has no %s", ref.URL)
	}
	for _, v := range h.Variants {
		ps.when(v.Name == "", "one of Harness.Variants has no name")
		ps.when(len(v.Draft.Media) == 0, "Harness.Variants has no media in %s", v.Name)
		for _, ref := range v.Draft.Media {
			ps.when(!have[ref.URL], "Harness.Files has no %s", ref.URL)
		}
	}
	for _, url := range h.addresses() {
		ps.when(!have[url], "Harness.Files has no %s", url)
	}
	return ps.err()
}

// addresses lists what the draft with media makes the adapter fetch.
func (h Harness) addresses() []string {
	var urls []string
	for _, ref := range h.Media.Media {
		urls = append(urls, ref.URL)
	}
	return append(urls, h.Nested...)
}

// vary returns the draft with a text of its own.
func vary(d core.Draft, name any) core.Draft {
	d.Text = fmt.Sprintf("%s %v", d.Text, name)
	return d
}
