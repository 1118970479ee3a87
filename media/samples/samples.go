// Package samples holds the pictures that a server ships, for posts that only try
// something out. They are drawn by the program in generate, and free for any use.
package samples

import (
	"embed"
	"path"
)

//go:generate go run ./generate

// Scheme begins the address by which a post names a sample: "sample:<name>".
const Scheme = "sample:"

//go:embed *.jpg *.png
var pictures embed.FS

// File is one sample.
type File struct {
	Name     string
	FileName string
	MIME     string
	AltText  string // what there is to see
	Bytes    []byte
}

// catalogue lists the samples in the order in which they are offered.
func catalogue() []File {
	return []File{
		{Name: "dunes", FileName: "dunes.jpg", AltText: "Layers of rose, violet and blue dunes under a pale evening sun"},
		{Name: "orbits", FileName: "orbits.png", AltText: "Coloured rings and discs overlapping on a dark blue ground"},
		{Name: "tiles", FileName: "tiles.png", AltText: "A mosaic of triangles that turns from teal to orange"},
	}
}

// Names returns the names of all samples.
func Names() []string {
	var names []string
	for _, f := range catalogue() {
		names = append(names, f.Name)
	}
	return names
}

// Open returns a sample by name.
func Open(name string) (File, bool) {
	for _, f := range catalogue() {
		if f.Name != name {
			continue
		}
		content, err := pictures.ReadFile(f.FileName)
		if err != nil {
			return File{}, false
		}
		f.Bytes, f.MIME = content, mimeOf(f.FileName)
		return f, true
	}
	return File{}, false
}

func mimeOf(fileName string) string {
	if path.Ext(fileName) == ".png" {
		return "image/png"
	}
	return "image/jpeg"
}
