package sniff

import (
	"encoding/binary"
	"slices"
	"strings"
)

const (
	mp4      = "video/mp4"
	fileType = "ftyp"
)

// isBaseMedia tells whether a file is one of the ISO base media file format, which
// videos, sound and pictures share.
func isBaseMedia(head []byte) bool {
	const brands = 16 // size, kind, major brand, its version
	return len(head) >= brands && head[0] == 0 && string(head[4:8]) == fileType
}

// baseMedia makes the type of such a file more exact. Its brand says what it is; there
// are more brands of plain MP4 than any list has. See https://mp4ra.org/registered-types/brands
func baseMedia(head []byte, found, ext string) (name, extension string) {
	brand := string(head[8:12])
	switch brand {
	case "M4V ", "M4VH", "M4VP", "MSNV": // MP4 for certain players
		return mp4, ".mp4"
	case "crx ": // a camera's raw picture
		return "image/x-canon-cr3", ".cr3"
	}
	if found != mp4 || isMP4Brand(brand) {
		return found, ext
	}
	end := min(int(binary.BigEndian.Uint32(head)), len(head))
	for at := 16; at+4 <= end; at += 4 { // the compatible brands
		switch string(head[at : at+4]) {
		case "mif1", "heic", "avif":
			return "image/heif", ".heif"
		case "M4A ":
			return "audio/x-m4a", ".m4a"
		}
	}
	if !boxFollows(head) {
		return "application/octet-stream", ""
	}
	return found, ext
}

// isMP4Brand knows the usual brands.
func isMP4Brand(brand string) bool {
	for _, family := range []string{"iso", "mp4", "avc", "dash", "mmp4", "f4v", "F4V", "XAVC"} {
		if strings.HasPrefix(brand, family) {
			return true
		}
	}
	return false
}

// boxFollows tells whether a box that videos have stands behind the first one.
func boxFollows(head []byte) bool {
	next := int64(binary.BigEndian.Uint32(head))
	if next+8 > int64(len(head)) {
		return false
	}
	kinds := []string{"moov", "mdat", "free", "skip", "wide", "uuid", "styp", "sidx", "moof", "pdin"}
	return slices.Contains(kinds, string(head[next+4:next+8]))
}
