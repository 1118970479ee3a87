package mongotest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The messages of the protocol: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
const (
	headerSize     = 16
	maxMessageSize = 48_000_000
	opMsg          = 2013
)

// message is a message as it came, its header included.
type message []byte

func (m message) id() uint32         { return binary.LittleEndian.Uint32(m[4:]) }
func (m message) responseTo() uint32 { return binary.LittleEndian.Uint32(m[8:]) }
func (m message) opcode() uint32     { return binary.LittleEndian.Uint32(m[12:]) }

// readMessage returns the next message of a connection; io.EOF at its end.
func readMessage(r io.Reader) (message, error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(header)
	if size < headerSize || size > maxMessageSize {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	m := append(header, make([]byte, size-headerSize)...)
	if _, err := io.ReadFull(r, m[headerSize:]); err != nil {
		return nil, errors.Join(io.ErrUnexpectedEOF, err)
	}
	return m, nil
}

// Command is a command of a client to the server.
type Command struct {
	Name       string // as in "insert"
	Database   string
	Collection string // empty for commands about none
}

// writing are the commands that change documents or what is kept of them.
var writing = map[string]bool{
	"insert": true, "update": true, "delete": true, "findAndModify": true, "bulkWrite": true,
	"create": true, "createIndexes": true, "drop": true, "dropDatabase": true, "dropIndexes": true,
}

// Writes tells whether the command may change something; an aggregation counts as reading.
func (c Command) Writes() bool { return writing[c.Name] }

// command is the command that a message brings; false for other messages, and for those by
// which drivers look after their connections.
func (m message) command() (Command, bool) {
	const flags = 4
	if m.opcode() != opMsg || len(m) < headerSize+flags {
		return Command{}, false
	}
	body, ok := bodyOf(m[headerSize+flags:])
	if !ok {
		return Command{}, false
	}
	first, err := body.IndexErr(0)
	if err != nil {
		return Command{}, false
	}
	c := Command{Name: first.Key()}
	switch c.Name {
	case "hello", "isMaster", "ismaster", "endSessions":
		return Command{}, false
	}
	c.Collection, _ = first.Value().StringValueOK()
	if c.Name == "getMore" {
		c.Collection, _ = body.Lookup("collection").StringValueOK()
	}
	c.Database, _ = body.Lookup("$db").StringValueOK()
	return c, true
}

// bodyOf finds the section of kind 0 among those of an OP_MSG.
func bodyOf(sections []byte) (bson.Raw, bool) {
	for len(sections) >= 5 {
		kind, size := sections[0], int64(binary.LittleEndian.Uint32(sections[1:]))
		if size < 4 || size > int64(len(sections)-1) {
			return nil, false
		}
		content := sections[1 : 1+size]
		if kind == 0 {
			body := bson.Raw(content)
			return body, body.Validate() == nil
		}
		sections = sections[1+size:]
	}
	return nil, false
}
