package mongotest

import (
	"bytes"
	"encoding/binary"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// CommandError is what a server answers to a command that it does not run.
type CommandError struct {
	// Code and Name are of
	// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
	Code    int
	Name    string
	Message string
	Labels  []string
}

// retryable is the label by which a server says that a write may be repeated.
// https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md
const retryable = "RetryableWriteError"

func (e *CommandError) document() bson.D {
	doc := bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: e.Message}, {Key: "code", Value: int32(e.Code)}, {Key: "codeName", Value: e.Name}} //nolint:gosec // codes are small
	if len(e.Labels) > 0 {
		doc = append(doc, bson.E{Key: "errorLabels", Value: e.Labels})
	}
	return doc
}

// Answer has fn answer commands in the place of the server, from several goroutines; nil: the
// server does, to this one or, in place of fn, to all. Commands by which drivers look after
// their connections are never asked about, but those by which they log in are.
func (p *Proxy) Answer(fn func(Command) *CommandError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors = fn
}

// setName is that of the replica set that a proxy plays.
const setName = "rs0"

// PlayReplicaSet has the server behind the proxy look as the primary of a replica set of one
// member, which the proxy is; what it does not know of replica sets, such as that it repeats
// no write that comes twice, stays so. To be called before anybody connects.
func (p *Proxy) PlayReplicaSet() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.member = &member{primary: true}
	p.option("directConnection", "") // it tells its own address
}

// StepDown makes the primary a secondary, which takes no commands, until StepUp.
func (p *Proxy) StepDown() { p.elect(false) }

// StepUp ends StepDown.
func (p *Proxy) StepUp() { p.elect(true) }

func (p *Proxy) elect(primary bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.member.primary = primary
}

// member is what a proxy says of itself that plays a replica set.
type member struct{ primary bool }

// hello is the answer of a member to the question what it is.
func (m member) hello(address string) bson.D {
	doc := bson.D{
		{Key: "ismaster", Value: m.primary},
		{Key: "isWritablePrimary", Value: m.primary},
		{Key: "secondary", Value: !m.primary},
		{Key: "helloOk", Value: true},
		{Key: "setName", Value: setName},
		{Key: "setVersion", Value: int32(1)},
		{Key: "hosts", Value: bson.A{address}},
		{Key: "me", Value: address},
		{Key: "maxBsonObjectSize", Value: int32(16 << 20)},
		{Key: "maxMessageSizeBytes", Value: int32(maxMessageSize)},
		{Key: "maxWriteBatchSize", Value: int32(1000)},
		{Key: "localTime", Value: time.Now()},
		{Key: "logicalSessionTimeoutMinutes", Value: int32(30)},
		{Key: "minWireVersion", Value: int32(0)},
		{Key: "maxWireVersion", Value: int32(21)},
		{Key: "ok", Value: 1.0},
	}
	if m.primary {
		doc = append(doc, bson.E{Key: "primary", Value: address})
	}
	return doc
}

// refusal is what a member that is no primary answers.
func (m member) refusal(c Command) *CommandError {
	switch {
	case m.primary:
		return nil
	case c.Writes():
		return &CommandError{Code: 10107, Name: "NotWritablePrimary", Message: "not primary", Labels: []string{retryable}}
	}
	return &CommandError{Code: 13435, Name: "NotPrimaryNoSecondaryOk", Message: "not primary and secondaryOk=false"}
}

// answer is what the proxy itself answers to a message; nil: the server does.
func (p *Proxy) answer(m message) message {
	p.mu.Lock()
	me, fail, address := p.member, p.errors, p.url.Host
	if me != nil {
		me = new(*me)
	}
	p.mu.Unlock()
	if me != nil && m.asksWho() {
		return m.reply(me.hello(address))
	}
	c, ok := m.command()
	if !ok {
		return nil
	}
	var e *CommandError
	if me != nil {
		e = me.refusal(c)
	}
	if e == nil && fail != nil {
		e = fail(c)
	}
	if e == nil {
		return nil
	}
	return m.reply(e.document())
}

// asksWho tells whether the message asks the server what it is.
func (m message) asksWho() bool {
	body, ok := m.body()
	if !ok {
		return false
	}
	first, err := body.IndexErr(0)
	if err != nil {
		return false
	}
	switch first.Key() {
	case "hello", "isMaster", "ismaster":
		return true
	}
	return false
}

// body is the document of a message that is a question; false for other messages.
func (m message) body() (bson.Raw, bool) {
	const flags = 4
	if len(m) < headerSize+flags {
		return nil, false
	}
	rest := m[headerSize+flags:]
	switch m.opcode() {
	case opMsg:
		return bodyOf(rest)
	case opQuery: // the name of a collection, two numbers, a document
		end := bytes.IndexByte(rest, 0)
		if end < 0 || len(rest) < end+1+8 {
			return nil, false
		}
		body := bson.Raw(rest[end+1+8:])
		return body, body.Validate() == nil
	}
	return nil, false
}

// Codes of messages of old, with which drivers begin:
// https://www.mongodb.com/docs/manual/legacy-opcodes/
const (
	opReply = 1
	opQuery = 2004
)

// reply is the answer to the message.
func (m message) reply(doc bson.D) message {
	raw, err := bson.Marshal(doc)
	if err != nil {
		return nil // it is a document of this file
	}
	code, head := uint32(opMsg), make([]byte, 4+1) // flags, and a section of kind 0
	if m.opcode() == opQuery {
		code, head = opReply, make([]byte, 4+8+4+4) // flags, cursor, position, number of documents
		binary.LittleEndian.PutUint32(head[16:], 1)
	}
	r := make(message, headerSize, headerSize+len(head)+len(raw))
	binary.LittleEndian.PutUint32(r, uint32(headerSize+len(head)+len(raw))) //nolint:gosec // it is short
	binary.LittleEndian.PutUint32(r[8:], m.id())
	binary.LittleEndian.PutUint32(r[12:], code)
	return append(append(r, head...), raw...)
}
