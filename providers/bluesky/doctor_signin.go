package bluesky

import "github.com/crier-social/crier/core"

const aboutSignIn = "sign-in"

// signInFinding tells in which ways accounts can be linked. That one of them needs a public
// address is no fault: the other needs nothing.
func (p *Provider) signInFinding() core.Finding {
	f := core.Finding{Check: aboutSignIn, Status: core.FindingOK}
	switch none := p.NoOAuth(); {
	case none != nil:
		f.Message = none.Message + " " + none.Help
	case p.ClientDocument() == nil:
		f.Message = "Accounts can be linked with app passwords, and with OAuth by those who sit at this machine; these have to be linked again every two weeks."
	case !p.signIn.client.Confidential():
		f.Message = "Accounts can be linked with app passwords and with OAuth; the latter have to be linked again every two weeks, because this server has no master key. Servers read what this one is at " + p.signIn.client.ID + "."
	default:
		f.Message = "Accounts can be linked with app passwords and with OAuth. Servers read what this one is at " + p.signIn.client.ID + ", which has to be reached from everywhere."
	}
	return f
}
