package mongotest

import (
	"bytes"
	"encoding/binary"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Whatever a client sends is passed on as it came, and has a name if it is a command.
func FuzzMessage(f *testing.F) {
	body, err := bson.Marshal(bson.D{{Key: "insert", Value: "things"}, {Key: "$db", Value: "test"}})
	if err != nil {
		f.Fatal(err)
	}
	m := make([]byte, headerSize+5, headerSize+5+len(body))
	binary.LittleEndian.PutUint32(m, uint32(cap(m)))
	binary.LittleEndian.PutUint32(m[12:], opMsg)
	f.Add(append(m, body...))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Add(m[:headerSize])
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= 4 && binary.LittleEndian.Uint32(data) > 1<<16 {
			return // as much is allocated before it comes
		}
		m, err := readMessage(bytes.NewReader(data))
		if err != nil {
			return
		}
		if !bytes.HasPrefix(data, m) {
			t.Errorf("% x is passed on as % x", data, m)
		}
		if c, ok := m.command(); ok && m.opcode() != opMsg {
			t.Errorf("% x is the command %+v", m, c)
		}
	})
}
