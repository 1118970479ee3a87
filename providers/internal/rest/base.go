package rest

import (
	"fmt"
	"net/url"
)

// CheckBase tells what is wrong with the base address of an API.
func CheckBase(address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return fmt.Errorf("%q is not an http address", address)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q holds more than scheme, host and path", address)
	}
	return nil
}
