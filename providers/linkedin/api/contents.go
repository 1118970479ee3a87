package api

// Article is the card of a link. LinkedIn reads nothing from the page behind it. All
// texts are plain; Thumbnail is the URN of an image of the post's author.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/articles-api
type Article struct {
	Source      string `json:"source"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Thumbnail   string `json:"thumbnail,omitempty"`
}

// Poll is a question with two to four answers. All texts are plain.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/poll-post-api
type Poll struct {
	Question string       `json:"question"`
	Options  []PollOption `json:"options"`
	Settings PollSettings `json:"settings"`
}

// PollOption is one answer.
type PollOption struct {
	Text string `json:"text"`
}

// PollSettings says how long a poll is open, and the only way of voting that LinkedIn
// offers.
type PollSettings struct {
	Duration               string `json:"duration"`
	VoteSelectionType      string `json:"voteSelectionType"`
	IsVoterVisibleToAuthor bool   `json:"isVoterVisibleToAuthor"`
}

// The values of a poll's settings.
const (
	PollOneDay       = "ONE_DAY"
	PollThreeDays    = "THREE_DAYS"
	PollSevenDays    = "SEVEN_DAYS"
	PollFourteenDays = "FOURTEEN_DAYS"

	PollSingleVote = "SINGLE_VOTE"
)

// Reshare names the post that another one repeats.
type Reshare struct {
	Parent string `json:"parent"`
}
