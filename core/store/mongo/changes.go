package mongo

import "go.mongodb.org/mongo-driver/v2/bson"

// changes collect the fields that an update sets and those that it takes away. Fields that
// it does not name stay as they are, such as those of a newer Crier.
type changes struct{ set, unset bson.D }

func (c *changes) put(field string, value any) {
	c.set = append(c.set, bson.E{Key: field, Value: value})
}

// putOrDrop sets the field if there is a value and takes it away otherwise, so that sparse
// indexes leave the document out.
func putOrDrop[T any](c *changes, field string, value *T) {
	if value != nil {
		c.put(field, value)
		return
	}
	c.unset = append(c.unset, bson.E{Key: field, Value: ""})
}

// update returns the changes as an update of a document. It names no operator without
// fields, which servers before MongoDB 5.0 refuse.
func (c *changes) update() (update bson.D) {
	for _, part := range []struct {
		operator string
		fields   bson.D
	}{{"$set", c.set}, {"$unset", c.unset}} {
		if len(part.fields) > 0 {
			update = append(update, bson.E{Key: part.operator, Value: part.fields})
		}
	}
	return update
}
