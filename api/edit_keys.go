package api

import (
	"maps"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// editKind is the type of a value in an edit, in words.
type editKind string

const (
	editText    editKind = "a string"
	editNumber  editKind = "a number"
	editInteger editKind = "a whole number"
	editFlag    editKind = "true or false"
)

// editKey is a key of an edit: of one value, or with members.
type editKey struct {
	name    string
	kind    editKind
	members map[string]editKind
}

// editGroups lists the keys that say what is done to a picture.
func editGroups() []editKey {
	return []editKey{
		{name: "dimensions", members: map[string]editKind{
			"width": editInteger, "height": editInteger, "xCoordinate": editInteger, "yCoordinate": editInteger,
		}},
		{name: "mode", kind: editText},
		{name: "background", kind: editText},
		{name: "watermark", members: map[string]editKind{
			"url": editText, "position": editText, "size": editNumber, "opacity": editNumber,
		}},
		{name: "effects", members: map[string]editKind{
			"brightness": editNumber, "contrast": editNumber, "saturation": editNumber, "gamma": editNumber,
			"blur": editNumber, "sharpen": editNumber, "grayscale": editFlag, "sepia": editFlag, "invert": editFlag,
			"color": editText, "opacity": editNumber, "rotate": editInteger, "flip": editText, "quality": editInteger,
		}},
		{name: "convertToJpg", kind: editFlag},
	}
}

// unknownMember refuses a member that an edit does not have: leaving it out would give
// another picture than the one that was asked for.
func unknownMember(path, name string, group editKey) *core.Error {
	known := slices.Sorted(maps.Keys(group.members))
	e := invalid(printable(path), printable(path)+" is unknown; "+group.name+" takes "+strings.Join(known, ", "))
	if meant, found := nearest(name, known); found {
		e.Help = "Did you mean " + group.name + "." + meant + "?"
	}
	return e
}
