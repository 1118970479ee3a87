package api

import "github.com/crier-social/crier/core"

// actionPost is the action of what is wrong with a post that is to go out.
const actionPost = "post"

// helpOf is the way out of an error of an action. The general ones of some numbers point to
// the field, and many requests are wrong in no field; those of others speak of a post that
// is to go out.
func helpOf(action string, e *core.Error) string {
	if e.Help != "" {
		return e.Help
	}
	if help := helpBesidePosts(core.CodeOf(e)); action != actionPost && help != "" {
		return help
	}
	if e.Field != "" {
		return core.HelpOf(e)
	}
	switch core.CodeOf(e) {
	case core.CodeParameters:
		return "Correct what the message names and send the request again."
	case core.CodeUnsupported:
		return "Leave out what the message names."
	case core.CodeUpstreamNotFound:
		return "Check the id that the message names."
	default:
		return core.HelpOf(e)
	}
}

// helpBesidePosts is the way out where nothing is to go out; "" where the number's general
// one fits.
func helpBesidePosts(code core.Code) string {
	switch code {
	case core.CodeUpstreamRateLimit:
		return "Wait until the network allows calls again, then send the request again."
	case core.CodeUpstreamUnavailable:
		return "Send the request again later."
	case core.CodeUpstreamInvalid:
		return "Correct what the message names and send the request again."
	default:
		return ""
	}
}

// helpOfFollowUp is the way out of an error of something that is done once a post is
// published: as long as it has not ended, to do it by hand would do it twice.
func helpOfFollowUp(f core.FollowUp) string {
	switch {
	case !f.Ended():
		return "Nothing is to be done: it is tried again, or found out whether it was done, at the time of due."
	case f.Error.Help != "" || f.State == core.FollowUpUncertain:
		return core.HelpOf(f.Error)
	case f.Name == core.FollowUpComment:
		return "The post is out. When what the message names is mended, POST /comments writes the comment."
	case f.Name == core.FollowUpNoComments:
		return "The post is out. When what the message names is mended, PATCH /post with disableComments closes the comments."
	}
	return core.HelpOf(f.Error)
}
