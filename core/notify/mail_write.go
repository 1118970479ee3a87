package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// sheet is what a mail says, in both of its forms.
type sheet struct {
	Subject string
	Preview string // what programs show beside the subject
	Heading string
	Intro   []string // paragraphs
	Facts   []fact
	Button  string // empty: there is none
	Address string // that the button leads to
	After   []string
	Footer  []string
	Links   []link
	ReplyTo string
	ToWhom  []string // addresses that its header shows; none: the receiver
}

// fact is one line of a table.
type fact struct{ Label, Value string }

// link is an address at the end of a mail.
type link struct{ Label, URL string }

// errUnreadable says that the key is gone which the address of an invitation is sealed with.
var errUnreadable = errors.New("notify: an address cannot be decrypted any more")

// write makes what a letter about the profile says; a is the account that it tells of.
func (p *postman) write(ctx context.Context, profile core.Profile, a core.Account, l letter) (sheet, error) {
	if l.Kind == letterInvitation {
		return p.writeInvitation(*l.Invitation)
	}
	var address string
	if p.relinker != nil {
		var err error
		if address, err = p.relinker.RelinkAddress(ctx, l.ProfileID, l.Social.AccountID, l.NoticeID); err != nil {
			return sheet{}, fmt.Errorf("address to link account %s again: %w", l.Social.AccountID, err)
		}
	}
	s := p.writeNotice(profile, a, l)
	s.Footer = []string{whyMailed(profile, l)}
	if address == "" {
		s.After = append([]string{"Whoever runs this server has the address of a page on which the account can be linked again."}, s.After...)
		return s, nil
	}
	s.Button, s.Address = "Link it again", address
	s.After = append(s.After, leadsTo(named(p.title(l.Social.Platform)), p.appFor(a), a)+"; the account keeps its settings and its posts. "+
		"Whoever has this address can link this one account again, and do nothing else with it: forward it to nobody but the owner of the account.")
	return s, nil
}

// linkApps lists the apps through which accounts of a network are linked.
func (p *postman) linkApps(platform string) []core.LinkApp {
	if p.registry == nil {
		return nil
	}
	provider, _ := p.registry.Get(platform)
	linker, able := provider.(core.Linker)
	if !able {
		return nil
	}
	return linker.LinkApps()
}

// appFor finds the app that the account is linked again through, as the page does; the zero
// value: none.
func (p *postman) appFor(a core.Account) core.LinkApp {
	app, _ := core.LinkAppFor(p.linkApps(a.Platform), a)
	return app
}

// leadsTo tells where the address of a notice leads.
func leadsTo(network string, app core.LinkApp, a core.Account) string {
	var asked []string
	for _, f := range app.Fields {
		if !f.Identifies || a.Username == "" { // the account answers it
			asked = append(asked, quoted(cmp.Or(f.Label, f.Name)))
		}
	}
	switch {
	case app.Direct && len(asked) > 0:
		return fmt.Sprintf("It leads to a page that asks for %s, as you have it from %s", strings.Join(asked, " and "), network)
	case app.Direct:
		return "It leads to a page on which one button does that"
	case len(asked) > 0:
		return fmt.Sprintf("It leads to a page that asks for %s, and from there to %s, which asks for your consent", strings.Join(asked, " and "), network)
	}
	return fmt.Sprintf("It leads to %s, which asks for your consent", network)
}

// writeNotice makes what tells of an account that has to be linked again.
func (p *postman) writeNotice(profile core.Profile, a core.Account, l letter) sheet {
	n := l.Social
	name := cmp.Or(n.DisplayName, n.RemoteID)
	network, account, shown := named(p.title(n.Platform)), quoted(name), named(name)
	if user := named(a.Username); user != "" && user != shown { // many people have the same name
		account, shown = account+" ("+user+")", shown+" ("+user+")"
	}
	s := sheet{Facts: []fact{{"Network", network}, {"Account", shown}}}
	of := "" // whose account it is, for those who have many
	if l.ToOperator && !profile.Primary {
		of = " of " + quoted(profile.Title)
		s.Facts = append(s.Facts, fact{"Profile", named(profile.Title)})
	}
	if l.Kind == letterLost {
		s.Subject = fmt.Sprintf("%s: link %s%s again, its authorization is gone", network, account, of)
		s.Heading = account + " has to be linked again"
		s.Preview = "Nothing can be posted to it until then."
		s.Intro = []string{
			fmt.Sprintf("Nothing can be posted to the %s account %s%s any more: %s.", network, account, of, whyLost(l)),
			waitOf("Posts whose time comes before the account is linked again", p.grace) + " Posts that are to go out at once fail meanwhile.",
		}
		return s
	}
	within := "within " + counted(core.DaysUntil(n.RefreshBy, p.clock.Now()), "day")
	s.Subject = fmt.Sprintf("%s: link %s%s again %s", network, account, of, within)
	s.Heading = fmt.Sprintf("Link %s again %s", account, within)
	s.Preview = "Its authorization ends on " + moment(n.RefreshBy) + "."
	renewal := network + " gives a new one only to a person who consents to it there."
	if p.appFor(a).Direct {
		renewal = network + " gives a new one only to a person who links the account again."
	}
	s.Intro = []string{
		fmt.Sprintf("The authorization to post to the %s account %s%s ends on %s. %s", network, account, of, moment(n.RefreshBy), renewal),
		"Until then posts go out as planned. " + waitOf("Those whose time comes later, and before the account is linked again,", p.grace),
	}
	s.Facts = append(s.Facts, fact{"To be linked by", moment(n.RefreshBy)})
	return s
}

// whyLost tells, as a clause, why an authorization is gone.
func whyLost(l letter) string {
	if ended := l.Social.RefreshBy; !ended.IsZero() {
		return "its authorization ended on " + moment(ended)
	}
	return oneLine(cmp.Or(l.Social.Reason, "its authorization was lost"))
}

// whyMailed tells the receiver of a notice why he gets it.
func whyMailed(profile core.Profile, l letter) string {
	if l.ToOperator {
		return "You get this mail because your address is the operator's of this server."
	}
	if profile.Primary {
		return "You get this mail because your address is the one for notices about the accounts of this server."
	}
	return fmt.Sprintf("You get this mail because your address is the one for notices about the accounts of %s.", quoted(profile.Title))
}

// writeInvitation makes what invites somebody to a link page.
func (p *postman) writeInvitation(i invitation) (sheet, error) {
	address, err := p.vault.Open(i.Sealed, boundToInvitation(i.SessionID))
	if err != nil {
		return sheet{}, errUnreadable
	}
	s := sheet{
		Heading: "Link your social media accounts", Button: "Open the page", Address: string(address), ToWhom: i.To,
		ReplyTo: i.ContactEmail, Preview: "The address can be opened until " + moment(i.OpenUntil) + ".",
	}
	s.Subject = s.Heading
	host, of := "You are invited", ""
	if company := named(i.Company); company != "" {
		s.Subject = company + " invites you to link your social media accounts"
		host = company + " invites you"
	}
	if title := named(i.Title); title != "" {
		of = " for " + quoted(title)
	}
	s.Intro = []string{
		host + " to link social media accounts" + of + ", so that posts can be published to them.",
		"A page opens on which you choose a network. " + p.signIn() + " What you have linked you can unlink on the same page.",
	}
	s.After = []string{fmt.Sprintf(
		"The address can be opened until %s. Whoever has it can link and unlink these accounts: do not forward it.", moment(i.OpenUntil))}
	s.Footer = []string{"If you did not expect this mail, you need not do anything."}
	s.Links = linksOf(i)
	return s, nil
}

// signIn tells what becomes of passwords on a link page.
func (p *postman) signIn() string {
	const there = "You sign in at the network itself and consent there; nobody else learns your password."
	if p.registry == nil {
		return there
	}
	for _, network := range p.registry.Names() {
		if slices.ContainsFunc(p.linkApps(network), func(app core.LinkApp) bool { return app.Direct }) {
			return "You sign in at the network itself and consent there, so that nobody else learns your password; or you enter what the page asks for, which it tells the network and does not keep."
		}
	}
	return there
}

func linksOf(i invitation) []link {
	var list []link
	for _, l := range []link{{"Contact", i.ContactEmail}, {"Terms", i.TermsURL}, {"Privacy", i.PrivacyURL}} {
		switch {
		case l.URL == "":
		case l.Label == "Contact":
			list = append(list, link{Label: "Contact: " + l.URL, URL: "mailto:" + l.URL})
		default:
			list = append(list, l)
		}
	}
	return list
}

// Text is the link as a line of text.
func (l link) Text() string {
	if strings.HasPrefix(l.URL, "mailto:") {
		return l.Label
	}
	return l.Label + ": " + l.URL
}
