package core

// Page is what a web page says about itself.
type Page struct {
	URL         string `json:"url"` // where it was found, after redirects
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	ImageURL    string `json:"imageUrl,omitempty"` // absolute
	SiteName    string `json:"siteName,omitempty"`
}
