package core

import "time"

// Info describes a network for clients and documentation.
type Info struct {
	Name       string `json:"name"`       // as in `platforms`
	Title      string `json:"title"`      // as its owner writes it
	OptionsKey string `json:"optionsKey"` // the JSON key of its option block
	Website    string `json:"website"`
	APIVersion string `json:"apiVersion,omitempty"` // of the network's API, where it has one
	Limits     Limits `json:"limits"`
	// Options lists the keys of the option block.
	Options []OptionInfo `json:"options"`
}

// Limits are what a network takes in one post. Zero means none of it.
type Limits struct {
	TextLength int      `json:"textLength"` // in the network's own unit
	TextUnit   string   `json:"textUnit"`
	TextBytes  int      `json:"textBytes,omitempty"` // of a text in UTF-8, besides; 0: no limit
	Images     int      `json:"images"`
	Videos     int      `json:"videos"`
	Documents  int      `json:"documents"`
	ImageTypes []string `json:"imageTypes,omitempty"`
	VideoTypes []string `json:"videoTypes,omitempty"`
	// DocumentTypes lists what documents may be.
	DocumentTypes []string `json:"documentTypes,omitempty"`
	// ImageWidth and ImageHeight are the size, in pixels, at which the network shows
	// a single picture best; 0 if it names none.
	ImageWidth  int `json:"imageWidth,omitempty"`
	ImageHeight int `json:"imageHeight,omitempty"`
	// CommentLength is how long a comment may be, in TextUnit, and CommentImages how many
	// images it takes.
	CommentLength int `json:"commentLength,omitempty"`
	CommentImages int `json:"commentImages,omitempty"`
	// PostsPerDay is how many posts the network takes from one account between midnight
	// and midnight UTC; 0: no limit is known.
	PostsPerDay int `json:"postsPerDay,omitempty"`
	// DuplicateWindow is for how long the network refuses the same post again.
	DuplicateWindow time.Duration `json:"-"`
}

// OptionInfo describes one key of an option block.
type OptionInfo struct {
	Name string `json:"name"`
	// Type is string, boolean, integer, number or object, or a list of them such as "string[]",
	// or what it can be instead of it: "string or object[]".
	Type string `json:"type"`
	Help string `json:"help"`
}
