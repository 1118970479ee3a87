package core

// Ability names something that a network's adapter can do besides posting. The values are
// shown.
type Ability string

// The abilities.
const (
	AbilityDelete       Ability = "delete"          // delete what was published
	AbilityLink         Ability = "linkFromTokens"  // link an account from tokens
	AbilityLinkBrowser  Ability = "linkInBrowser"   // link accounts in their owner's browser
	AbilityRefresh      Ability = "refresh"         // renew an account's tokens without a human
	AbilityIntrospect   Ability = "introspect"      // tell whether an access token was revoked
	AbilityEdit         Ability = "edit"            // change the text of what was published
	AbilityComments     Ability = "comments"        // read and write comments
	AbilityFirstComment Ability = "firstComment"    // comment as soon as a post is published
	AbilityNoComments   Ability = "disableComments" // close the comments of a post, and open them
	AbilityAnalytics    Ability = "analytics"       // figures of posts and accounts
	AbilityArchive      Ability = "history"         // list what the account has on the network
	AbilityDirectory    Ability = "brandSearch"     // look up whom a post can mention
	AbilityAudience     Ability = "audience"        // list by what an audience can be chosen
	AbilityInspect      Ability = "inspect"         // read back whether a post is shown
	AbilityExamine      Ability = "examine"         // tell what an app or account lacks
)

// Abilities lists what a provider can do besides posting. Who can write comments can also
// write the first one.
func Abilities(p Provider) []Ability {
	_, deleter := p.(Deleter)
	_, identifier := p.(Identifier)
	_, linker := p.(Linker)
	_, refresher := p.(Refresher)
	_, introspector := p.(Introspector)
	_, editor := p.(Editor)
	_, discussion := p.(Discussion)
	_, commentSwitch := p.(CommentSwitch)
	_, analyst := p.(Analyst)
	_, archive := p.(Archive)
	_, directory := p.(Directory)
	_, catalog := p.(Catalog)
	_, inspector := p.(Inspector)
	_, physician := p.(Physician)
	list := []Ability{}
	for _, one := range []struct {
		ability Ability
		has     bool
	}{
		{AbilityDelete, deleter},
		{AbilityLink, identifier},
		{AbilityLinkBrowser, linker},
		{AbilityRefresh, refresher},
		{AbilityIntrospect, introspector},
		{AbilityEdit, editor},
		{AbilityComments, discussion},
		{AbilityFirstComment, discussion},
		{AbilityNoComments, commentSwitch},
		{AbilityAnalytics, analyst},
		{AbilityArchive, archive},
		{AbilityDirectory, directory},
		{AbilityAudience, catalog},
		{AbilityInspect, inspector},
		{AbilityExamine, physician},
	} {
		if one.has {
			list = append(list, one.ability)
		}
	}
	return list
}
