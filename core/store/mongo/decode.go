package mongo

// decodeAll reads the records of the documents, in their order.
func decodeAll[D, R any](docs []D, decode func(D) (R, error)) ([]R, error) {
	records := make([]R, len(docs))
	for i, doc := range docs {
		var err error
		if records[i], err = decode(doc); err != nil {
			return nil, err
		}
	}
	return records, nil
}
