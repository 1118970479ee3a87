package core

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strconv"
	"time"
)

const (
	idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	idLength   = 20 // letters and digits, as clients of this API know post ids
)

// NewID returns a fresh identifier: 20 letters and digits that sort by creation
// time (48 bits of milliseconds, 10 of the microseconds in them, then 61 random bits).
func NewID(now time.Time) string {
	const microBits = 10 // hold 0 to 999
	var raw [15]byte
	_, _ = rand.Read(raw[6:]) // crypto/rand.Read never fails
	random := uint64(binary.BigEndian.Uint16(raw[6:8])) & (1<<(16-microBits) - 1)
	millis, micros := uint64(now.UnixMilli()), uint64(now.UnixMicro()%1000) // times before 1970 do not occur
	binary.BigEndian.PutUint64(raw[:8], millis<<16|micros<<(16-microBits)|random)
	return encodeID(raw[:])
}

// DerivedID returns the identifier that always belongs to the same parts, so
// that a step which creates something can be repeated without creating it twice.
func DerivedID(parts ...string) string { return encodeID(digest(parts)[:15]) }

// TimedID is DerivedID for something that was begun at a known time: it sorts as an id
// that NewID returns in that millisecond.
func TimedID(at time.Time, parts ...string) string {
	var raw [15]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(at.UnixMilli())<<16) // times before 1970 do not occur
	copy(raw[6:], digest(parts))
	return encodeID(raw[:])
}

// digest is the same for the same parts, and for no others.
func digest(parts []string) []byte {
	h := sha256.New()
	for _, p := range parts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:])
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

// ChildID is DerivedID for something that belongs to a parent with an id of
// NewID: it begins with the time of the parent, so that stores which keep records
// in the order of their ids find parent and children in one place, and write new
// ones next to each other.
func ChildID(parent string, parts ...string) string {
	const timeDigits = 8 // which hold the first 47 bits of an id
	id := DerivedID(append([]string{parent}, parts...)...)
	if len(parent) != idLength {
		return id
	}
	return parent[:timeDigits] + id[timeDigits:]
}

// PlacedID is ChildID for one of several in an order: those of one parent sort by their
// place, which is less than 62³.
func PlacedID(parent string, place int, parts ...string) string {
	const shared, placeDigits = 11, 3
	id := DerivedID(append([]string{parent, strconv.Itoa(place)}, parts...)...)
	if len(parent) != idLength {
		return id
	}
	var digits [placeDigits]byte
	for i := placeDigits - 1; i >= 0; i-- {
		digits[i] = idAlphabet[place%len(idAlphabet)]
		place /= len(idAlphabet)
	}
	return parent[:shared] + string(digits[:]) + id[shared+placeDigits:]
}

// encodeID writes the first 119 bits of a 15-byte number in base 62.
func encodeID(raw []byte) string {
	const base = uint64(len(idAlphabet))
	high := binary.BigEndian.Uint64(append([]byte{0}, raw[:7]...))
	low := binary.BigEndian.Uint64(raw[7:15])
	high, low = high>>1, high<<63|low>>1
	var out [idLength]byte
	for i := idLength - 1; i >= 0; i-- {
		var rest uint64
		high, rest = bits.Div64(0, high, base)
		low, rest = bits.Div64(rest, low, base)
		out[i] = idAlphabet[rest]
	}
	return string(out[:])
}
