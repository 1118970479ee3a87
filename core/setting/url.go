package setting

import (
	"errors"
	"net/url"
	"strings"
)

// BaseURL is an absolute http or https URL without a slash at its end.
type BaseURL string

// UnmarshalText takes an absolute URL without query, fragment or login.
func (b *BaseURL) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	switch {
	// url.Error would repeat the whole value, which may hold a login.
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return errors.New("an absolute URL is needed, beginning with https:// or http://")
	case u.User != nil:
		return errors.New("a login in the URL is not supported")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("the URL must end with its path: no ? and no #")
	}
	*b = BaseURL(strings.TrimRight(u.String(), "/"))
	return nil
}

// OptionalURL is a BaseURL, or empty: off.
type OptionalURL string

// UnmarshalText takes what BaseURL does, or "off".
func (o *OptionalURL) UnmarshalText(text []byte) error {
	if string(text) == off {
		*o = ""
		return nil
	}
	return (*BaseURL)(o).UnmarshalText(text)
}

// String writes the URL as it is read.
func (o OptionalURL) String() string {
	if o == "" {
		return off
	}
	return string(o)
}
