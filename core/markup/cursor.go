package markup

// place is where in a document something stands.
type place int

const (
	inText place = iota
	inStyle
	inTagName
	inTag
	inAttributeName
	beforeValue
	inValue
)

// cursor follows HTML of the program itself, which is taken to be well-formed.
type cursor struct {
	place              place
	element, attribute string // the last ones, in small letters
	part               addressPart
}

// advance moves behind c, or tells what is wrong with it.
func (c *cursor) advance(b byte) (trouble string) {
	switch c.place {
	case inText, inStyle:
		if b == '<' {
			c.place, c.element = inTagName, ""
		}
	case inTagName:
		switch {
		case b == '>':
			return c.endTag()
		case isSpace(b):
			c.place = inTag
		default:
			c.element += string(lower(b))
		}
	case inTag, inAttributeName:
		return c.advanceInTag(b)
	case beforeValue:
		if b != '"' {
			return "an attribute is not in double quotes in"
		}
		c.place, c.part = inValue, addressStart
	case inValue:
		c.advanceInValue(b)
	}
	return ""
}

func (c *cursor) advanceInTag(b byte) (trouble string) {
	switch {
	case b == '>':
		return c.endTag()
	case isSpace(b), b == '/':
		c.place = inTag
	case b == '=':
		c.place = beforeValue
	case c.place == inTag:
		c.place, c.attribute = inAttributeName, string(lower(b))
	default:
		c.attribute += string(lower(b))
	}
	return ""
}

func (c *cursor) advanceInValue(b byte) {
	switch b {
	case '"':
		c.place = inTag
	case '?', '#':
		c.part = addressQuery
	case '/':
		c.part = max(c.part, addressPath)
	default:
		c.part = max(c.part, addressScheme)
	}
}

func (c *cursor) endTag() (trouble string) {
	c.place = inText
	switch c.element {
	case "style":
		c.place = inStyle
	case "script":
		return "there is a script in"
	}
	return ""
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' || b == '\f' }

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
