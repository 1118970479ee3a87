package probe

import (
	"bytes"
	"encoding/binary"
)

const exifHeader = "Exif\x00\x00"

// orientation reads the orientation from EXIF data, with their header or without
// it. Whatever is wrong with them, they only say nothing.
// See the EXIF standard (CIPA DC-008), sections 4.5 and 4.6.4.
func orientation(b []byte) (int, bool) {
	b = bytes.TrimPrefix(b, []byte(exifHeader))
	const tiffHeader, entrySize = 8, 12
	if len(b) < tiffHeader {
		return 0, false
	}
	var order binary.ByteOrder
	switch string(b[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 0, false
	}
	directory := int64(order.Uint32(b[4:]))
	if directory+2 > int64(len(b)) {
		return 0, false
	}
	count := int(order.Uint16(b[directory:]))
	entries := b[directory+2:]
	for i := 0; i < count && len(entries) >= entrySize; i++ {
		if o, ok := orientationEntry(entries[:entrySize], order); ok {
			return o, true
		}
		entries = entries[entrySize:]
	}
	return 0, false
}

// orientationEntry reads one directory entry.
func orientationEntry(entry []byte, order binary.ByteOrder) (int, bool) {
	const tagOrientation, typeShort, last = 0x0112, 3, 8
	if order.Uint16(entry) != tagOrientation || order.Uint16(entry[2:]) != typeShort {
		return 0, false
	}
	value := int(order.Uint16(entry[8:]))
	return value, value >= 1 && value <= last
}
