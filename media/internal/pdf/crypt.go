package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5" //nolint:gosec // the format's choice
	"crypto/rc4" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

// padding stands in for the rest of a short password, and for all of the empty one.
const padding = "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08" +
	"\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A"

// lock is how a document is encrypted with a password (ISO 32000-2, 7.6.4).
type lock struct {
	revision    int64
	owner, user string // what the passwords are checked against
	permissions int64
	id          string // of the document
}

// locked tells whether a document asks for a password before it opens. One that only
// restricts what may be done with it is encrypted with the empty password. What cannot
// be told, since it is damaged or encrypted in another way, counts as open.
func (d *document) locked() bool {
	l, ok := d.lock()
	if !ok {
		return false
	}
	switch l.revision {
	case 2, 3, 4:
		return len(l.owner) >= len(padding) && len(l.user) >= len(padding) && !l.opensByRC4()
	case 5, 6:
		const hash, salt = 32, 8
		if len(l.user) < hash+salt {
			return false
		}
		digest := sha256.Sum256([]byte(l.user[hash : hash+salt]))
		if l.revision == 6 {
			digest = hardened(digest)
		}
		return string(digest[:]) != l.user[:hash]
	}
	return false
}

// lock reads the dictionary of the standard encryption.
func (d *document) lock() (l lock, ok bool) {
	dict, _ := d.resolve(d.encrypt).(dictionary)
	const withFilters = 4 // of this version on, filters tell what is encrypted
	version, _ := dict["V"].(int64)
	content := dict["StmF"]
	if dict["Filter"] != name("Standard") || version >= withFilters && (content == nil || content == name("Identity")) {
		return lock{}, false // the latter encrypts no more than what is attached
	}
	number := func(key name) int64 { n, isNumber := d.resolve(dict[key]).(int64); ok = ok && isNumber; return n }
	phrase := func(v value) string { s, isText := d.resolve(v).(text); ok = ok && isText; return string(s) }
	ok = true
	l = lock{
		revision: number("R"), permissions: number("P"),
		owner: phrase(dict["O"]), user: phrase(dict["U"]),
	}
	if id, _ := d.resolve(d.id).([]value); len(id) > 0 {
		l.id = phrase(id[0])
	}
	return l, ok
}

// opensByRC4 tries the empty password (algorithms 2, 4 and 5). How long the key is, and
// whether it covers the metadata, stands in several places, which writers fill in as
// they like; so it is tried out. By chance none fits.
func (l lock) opensByRC4() bool {
	const shortest, longest = 5, 16
	seed := []byte(padding + l.owner[:len(padding)])
	seed = binary.LittleEndian.AppendUint32(seed, uint32(l.permissions)) //nolint:gosec // its lower half
	seed = append(seed, l.id...)
	plainMetadata := append(bytes.Clone(seed), 0xFF, 0xFF, 0xFF, 0xFF)
	for size := shortest; size <= longest; size++ {
		if l.fits(l.key(seed, size)) || l.fits(l.key(plainMetadata, size)) {
			return true
		}
	}
	return false
}

// key makes a key of that many bytes.
func (l lock) key(seed []byte, size int) []byte {
	const first, times = 2, 50
	sum := md5.Sum(seed) //nolint:gosec // as above
	if l.revision > first {
		for range times {
			sum = md5.Sum(sum[:size]) //nolint:gosec // as above
		}
	}
	return sum[:size]
}

// fits tells whether a key makes what the password is checked against.
func (l lock) fits(key []byte) bool {
	const first, rounds = 2, 20
	if l.revision == first {
		return string(encrypted(key, []byte(padding))) == l.user[:len(padding)]
	}
	sum := md5.Sum([]byte(padding + l.id)) //nolint:gosec // as above
	mark := sum[:]
	for i := range rounds {
		turned := bytes.Clone(key)
		for j := range turned {
			turned[j] ^= byte(i)
		}
		mark = encrypted(turned, mark)
	}
	return string(mark) == l.user[:len(mark)]
}

func encrypted(key, plain []byte) []byte {
	out := make([]byte, len(plain))
	c, err := rc4.NewCipher(key) //nolint:gosec // as above
	if err != nil {
		return nil // of another length than there are
	}
	c.XORKeyStream(out, plain)
	return out
}

// hardened goes on hashing, for the empty password (algorithm 2.B): 64 rounds at least,
// and fewer than 290.
func hardened(digest [sha256.Size]byte) [sha256.Size]byte {
	const least, copies, block = 64, 64, 16
	key := digest[:]
	for round := 1; ; round++ {
		input := bytes.Repeat(key, copies)
		c, err := aes.NewCipher(key[:block])
		if err != nil {
			return digest // of another length than there are
		}
		cipher.NewCBCEncrypter(c, key[block:2*block]).CryptBlocks(input, input)
		rest := 0
		for _, b := range input[:block] {
			rest += int(b) // 256 is 1 in this arithmetic, so the digits' sum serves
		}
		switch rest % 3 {
		case 0:
			sum := sha256.Sum256(input)
			key = sum[:]
		case 1:
			sum := sha512.Sum384(input)
			key = sum[:]
		default:
			sum := sha512.Sum512(input)
			key = sum[:]
		}
		if round >= least && int(input[len(input)-1]) <= round-least/2 {
			return [sha256.Size]byte(key)
		}
	}
}
