package core

// Page is what a web page says about itself.
type Page struct {
	URL         string `json:"url"` // where it was found, after redirects
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	ImageURL    string `json:"imageUrl,omitempty"` // absolute
	// Drawing is the address of a vector drawing or an icon, where the page names no other
	// picture: networks show none of these.
	Drawing  string `json:"drawing,omitempty"`
	SiteName string `json:"siteName,omitempty"`
}
