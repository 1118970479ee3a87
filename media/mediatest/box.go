package mediatest

import (
	"bytes"
	"encoding/binary"
)

// box makes a box of the ISO base media file format (ISO/IEC 14496-12, 4.2).
func box(kind string, parts ...[]byte) []byte {
	payload := join(parts...)
	return join(u32(int64(len(payload)+8)), []byte(kind), payload)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func u16(n int64) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) } //nolint:gosec // test data
func u32(n int64) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) } //nolint:gosec // test data
func u64(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) } //nolint:gosec // test data

// matrix returns the transformation that turns pictures clockwise (ISO/IEC 14496-12,
// 6.2.2: nine numbers in the order a, b, u, c, d, v, x, y, w).
func matrix(rotation int) []byte {
	const one, minusOne = 1 << 16, -1 << 16
	a, b, c, d := int64(one), int64(0), int64(0), int64(one)
	switch rotation {
	case 90:
		a, b, c, d = 0, one, minusOne, 0
	case 180:
		a, d = minusOne, minusOne
	case 270:
		a, b, c, d = 0, minusOne, one, 0
	}
	return join(u32(a), u32(b), u32(0), u32(c), u32(d), u32(0), u32(0), u32(0), u32(1<<30))
}
