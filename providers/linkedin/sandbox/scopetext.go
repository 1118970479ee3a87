package sandbox

// scopeText is a scope, and what it lets an app do in the words of the consent page.
type scopeText struct {
	Scope, Text string
}

func textOfScope(scope string) scopeText {
	text, known := map[string]string{
		scopeOpenID:               "Use your name and photo",
		scopeProfile:              "Use your name and photo",
		scopeEmail:                "Use the primary email address of your account",
		scopeBasicProfile:         "Use your basic profile: name, photo, headline and public address",
		scopeMemberPost:           "Create, modify and delete posts, comments and reactions on your behalf",
		scopeMemberRead:           "Read your posts, comments and reactions",
		scopeMemberEngage:         "Create, modify and delete comments and reactions on posts on your behalf",
		scopeMemberFollow:         "Read the comments and reactions on your posts",
		scopeMemberPostFigures:    "Read the figures of your posts",
		scopeMemberProfileFigures: "Read how many people follow you",
		scopePagePost:             "Create, modify and delete posts, comments and reactions on behalf of your pages",
		scopePageRead:             "Read the posts, comments and reactions of your pages",
		scopePageEngage:           "Create, modify and delete comments and reactions on behalf of your pages",
		scopePageFollow:           "Read the comments and reactions on the posts of your pages",
		scopePageAdmin:            "Manage your pages and read their figures",
		scopePageAdminRead:        "Read the figures of your pages",
		scopePageFollowers:        "Look up the followers of your pages",
	}[scope]
	if !known {
		text = "What the scope below stands for"
	}
	return scopeText{scope, text}
}
