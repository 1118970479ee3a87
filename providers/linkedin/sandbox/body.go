package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// readBody reads the request's body, and undoes query tunnelling: a query too long
// for an address travels in the body of a POST, alone or beside the JSON.
// https://linkedin.github.io/rest.li/spec/protocol (query tunneling)
func (c *call) readBody() (httpMethod, rawQuery string, bad *problem) {
	r := c.http
	httpMethod, rawQuery = r.Method, r.URL.RawQuery
	if httpMethod == http.MethodPost && r.ContentLength == 0 && r.Header.Get("Content-Length") == "" {
		return "", "", &problem{Status: http.StatusLengthRequired, Message: "Content-Length is required"}
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxAPIBody+1))
	if err != nil {
		return "", "", illegalArgument("The request body could not be read")
	}
	if len(raw) > maxAPIBody {
		return "", "", &problem{Status: http.StatusRequestEntityTooLarge, Message: "Request entity too large"}
	}
	c.body = raw
	override := r.Header.Get("X-HTTP-Method-Override")
	if override == "" {
		return httpMethod, rawQuery, nil
	}
	if httpMethod != http.MethodPost || rawQuery != "" {
		return "", "", illegalArgument("X-HTTP-Method-Override needs a POST without a query")
	}
	if rawQuery, bad = c.tunnelled(); bad != nil {
		return "", "", bad
	}
	return strings.ToUpper(override), rawQuery, nil
}

// tunnelled takes the query out of the body and leaves the JSON, if there is any.
func (c *call) tunnelled() (string, *problem) {
	kind, params, err := mime.ParseMediaType(c.http.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return "", unsupportedType(formType + " or multipart/mixed")
	case kind == formType:
		query := string(c.body)
		c.body = nil
		return query, nil
	case kind == "multipart/mixed":
		return c.tunnelledParts(params["boundary"])
	default:
		return "", unsupportedType(formType + " or multipart/mixed")
	}
}

func (c *call) tunnelledParts(boundary string) (string, *problem) {
	broken := illegalArgument("The tunnelled request could not be parsed")
	if boundary == "" {
		return "", broken
	}
	parts := multipart.NewReader(bytes.NewReader(c.body), boundary)
	query, body := "", []byte(nil)
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			c.body = body
			c.http.Header.Set("Content-Type", "application/json")
			return query, nil
		}
		if err != nil {
			return "", broken
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return "", broken
		}
		switch kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); kind {
		case formType:
			query = string(content)
		case "application/json":
			body = content
		default:
			return "", broken
		}
	}
}

func unsupportedType(want string) *problem {
	return &problem{
		Status: http.StatusUnsupportedMediaType, Code: "UNSUPPORTED_MEDIA_TYPE",
		Message: "The Content-Type of the request body is not supported; want " + want,
	}
}

// object decodes a JSON body and checks it against its schema.
func (c *call) object(schema record) (map[string]any, *problem) {
	kind, _, err := mime.ParseMediaType(c.http.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, unsupportedType("application/json")
	}
	return decodeObject(c.body, schema)
}

// decodeObject decodes one JSON object and checks it against its schema.
func decodeObject(raw []byte, schema record) (map[string]any, *problem) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil || v == nil || dec.Decode(new(any)) != io.EOF {
		return nil, illegalArgument("Request body could not be converted to data map")
	}
	if findings := schema.check("", v); len(findings) > 0 {
		return nil, schemaErrors(findings)
	}
	return v, nil
}
