package container

import "encoding/binary"

// The property sets of a compound file that count pages, and their numbers there.
// See [MS-OLEPS] and [MS-OSHARED] 2.3.3.2,
// https://learn.microsoft.com/openspecs/office_file_formats/ms-oshared
const (
	SummaryInformation  = "\x05SummaryInformation"
	DocumentInformation = "\x05DocumentSummaryInformation"
	PageCount           = 0x0E // in SummaryInformation
	SlideCount          = 0x07 // in DocumentInformation
)

// Property returns a number out of the first set of a stream of properties.
func Property(stream []byte, id uint32) (int32, bool) {
	const setAt, pair, signed32 = 44, 8, 3
	u32 := func(at int64) (uint32, bool) {
		if at < 0 || at+4 > int64(len(stream)) {
			return 0, false
		}
		return binary.LittleEndian.Uint32(stream[at:]), true
	}
	offset, ok := u32(setAt)
	if !ok {
		return 0, false
	}
	set := int64(offset)
	count, ok := u32(set + 4)
	for i := int64(0); ok && i < int64(count); i++ {
		var found, at uint32
		if found, ok = u32(set + pair + i*pair); !ok || found != id {
			continue
		}
		if at, ok = u32(set + pair + i*pair + 4); !ok {
			break
		}
		kind, hasKind := u32(set + int64(at))
		value, hasValue := u32(set + int64(at) + 4)
		if !hasKind || !hasValue || kind&0xFFFF != signed32 {
			break
		}
		return int32(value), true //nolint:gosec // two's complement
	}
	return 0, false
}
