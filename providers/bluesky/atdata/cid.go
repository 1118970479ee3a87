package atdata

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Codecs of content identifiers. https://atproto.com/specs/data-model#link-and-cid-formats
const (
	codecRaw  = 0x55
	codecCBOR = 0x71

	cidVersion = 1
	hashSHA256 = 0x12
	cidBytes   = 4 + sha256.Size // version, codec, kind of hash, length of hash
	tagLink    = 42
)

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// CID returns the content identifier of a value as a record.
func CID(v any) (string, error) {
	raw, err := CBOR(v)
	if err != nil {
		return "", err
	}
	return cid(codecCBOR, sha256.Sum256(raw)), nil
}

// BlobCID returns the content identifier of a file by the SHA-256 of its bytes.
func BlobCID(sum [sha256.Size]byte) string { return cid(codecRaw, sum) }

func cid(codec byte, sum [sha256.Size]byte) string {
	raw := append([]byte{cidVersion, codec, hashSHA256, sha256.Size}, sum[:]...)
	return "b" + base32Lower.EncodeToString(raw)
}

// parseCID decodes the identifiers that the AT protocol has.
func parseCID(s string) ([]byte, error) {
	encoded, found := strings.CutPrefix(s, "b")
	raw, err := base32Lower.DecodeString(encoded)
	if !found || err != nil || len(raw) != cidBytes ||
		raw[0] != cidVersion || (raw[1] != codecRaw && raw[1] != codecCBOR) || raw[2] != hashSHA256 || raw[3] != sha256.Size {
		return nil, fmt.Errorf("%q is no CID", s)
	}
	return raw, nil
}

// IsCID tells whether a string is a content identifier as the AT protocol has them: version 1,
// of a record or a blob, by SHA-256.
func IsCID(s string) bool {
	_, err := parseCID(s)
	return err == nil
}

// IsBlobCID tells whether a string is the content identifier of a blob.
func IsBlobCID(s string) bool {
	raw, err := parseCID(s)
	return err == nil && raw[1] == codecRaw
}

// Link returns the CID of a value that is a link.
func Link(v any) (string, bool) {
	m, isMap := v.(map[string]any)
	if !isMap || len(m) != 1 {
		return "", false
	}
	s, isText := m["$link"].(string)
	return s, isText && IsCID(s)
}

var errKind = errors.New("the data model has no such value")

// CBOR encodes a value as DAG-CBOR: one encoding only of each.
// https://ipld.io/specs/codecs/dag-cbor/spec/
func CBOR(v any) ([]byte, error) { return appendCBOR(nil, v, 0) }

// Major types of CBOR. https://www.rfc-editor.org/rfc/rfc8949#section-3.1
const (
	majorUnsigned = iota
	majorNegative
	majorBytes
	majorText
	majorList
	majorMap
	majorTag
)

const (
	cborFalse = 0xf4
	cborTrue  = 0xf5
	cborNull  = 0xf6
)

func appendCBOR(out []byte, v any, depth int) ([]byte, error) {
	if depth > MaxDepth {
		return nil, errDeep
	}
	switch v := v.(type) {
	case nil:
		return append(out, cborNull), nil
	case bool:
		if v {
			return append(out, cborTrue), nil
		}
		return append(out, cborFalse), nil
	case int64:
		if v < 0 {
			return appendHead(out, majorNegative, uint64(-1-v)), nil
		}
		return appendHead(out, majorUnsigned, uint64(v)), nil
	case string:
		return append(appendHead(out, majorText, uint64(len(v))), v...), nil
	case []any:
		out = appendHead(out, majorList, uint64(len(v)))
		for _, item := range v {
			var err error
			if out, err = appendCBOR(out, item, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		return appendMap(out, v, depth)
	default:
		return nil, fmt.Errorf("%w: %T", errKind, v)
	}
}

func appendMap(out []byte, m map[string]any, depth int) ([]byte, error) {
	if len(m) == 1 {
		if s, isText := m["$link"].(string); isText {
			raw, err := parseCID(s)
			if err != nil {
				return nil, err
			}
			out = appendHead(appendHead(out, majorTag, tagLink), majorBytes, uint64(len(raw)+1))
			return append(append(out, 0), raw...), nil // 0: the multibase prefix of plain bytes
		}
		if s, isText := m["$bytes"].(string); isText {
			raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
			if err != nil {
				return nil, fmt.Errorf("$bytes: %w", err)
			}
			return append(appendHead(out, majorBytes, uint64(len(raw))), raw...), nil
		}
	}
	out = appendHead(out, majorMap, uint64(len(m)))
	for _, key := range Keys(m) {
		out = append(appendHead(out, majorText, uint64(len(key))), key...)
		var err error
		if out, err = appendCBOR(out, m[key], depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// appendHead writes a major type and its number in as few bytes as possible.
func appendHead(out []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(out, major|byte(n))
	case n < 1<<8:
		return append(out, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(out, major|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(out, major|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(out, major|27), n)
	}
}
