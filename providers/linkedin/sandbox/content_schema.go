package sandbox

// articleSchema is the card of a link. That a title is missing is told apart from a body
// that does not fit.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/articles-api
func articleSchema() record {
	return record{
		{name: "source", typ: text{}, need: required},
		{name: "title", typ: text{}},
		{name: "description", typ: text{}},
		{name: "thumbnail", typ: text{}},
		{name: "thumbnailAltText", typ: text{}},
	}
}

// pollSchema is a poll as it is created: what voting adds is only read.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/poll-post-api
func pollSchema() record {
	return record{
		{name: "question", typ: text{}, need: required},
		{name: "options", need: required, typ: listOf{record{
			{name: "text", typ: text{}, need: required},
			{name: "voteCount", need: readOnly, where: "create"},
			{name: "isVotedByViewer", need: readOnly, where: "create"},
		}}},
		{name: "settings", need: required, typ: record{
			{name: "duration", typ: words(pollDurations()), need: required},
			{name: "voteSelectionType", typ: words{"SINGLE_VOTE", "MULTIPLE_VOTE"}},
			{name: "isVoterVisibleToAuthor", typ: boolean{}},
		}},
		{name: "uniqueVotersCount", need: readOnly, where: "create"},
	}
}

func pollDurations() []string {
	return []string{"ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS"}
}
