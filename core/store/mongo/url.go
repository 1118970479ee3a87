package mongo

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

// CheckURL tells what is wrong with the URL of a database, as far as that shows without
// asking anybody; it must not be a mongodb+srv:// one, which takes DNS. The error may hold
// parts of the URL.
func CheckURL(url string) error {
	if _, err := connstring.ParseAndValidate(url); err != nil {
		return fmt.Errorf("mongo: %w", err)
	}
	return nil
}
