package sandbox

// initializedUpload is the place for a file that is sent whole.
type initializedUpload struct {
	ExpiresAt int64  `json:"uploadUrlExpiresAt"`
	UploadURL string `json:"uploadUrl"`
	Image     string `json:"image,omitempty"`
	Document  string `json:"document,omitempty"`
}

// initialized is the answer of an action.
type initialized[T any] struct {
	Value T `json:"value"`
}

// initializeImageUpload serves POST /rest/images?action=initializeUpload.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
func (s *Sandbox) initializeImageUpload(c *call) (*reply, *problem) {
	a, bad := s.initializeFile(c, kindImage, "C4E22AQ")
	if bad != nil {
		return nil, bad
	}
	return ok(initialized[initializedUpload]{initializedUpload{
		ExpiresAt: a.expires.UnixMilli(), UploadURL: c.base + a.uploadURI, Image: a.urn,
	}}), nil
}

// initializeDocumentUpload serves POST /rest/documents?action=initializeUpload.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api
func (s *Sandbox) initializeDocumentUpload(c *call) (*reply, *problem) {
	a, bad := s.initializeFile(c, kindDocument, "D4E1FAQ")
	if bad != nil {
		return nil, bad
	}
	return ok(initialized[initializedUpload]{initializedUpload{
		ExpiresAt: a.expires.UnixMilli(), UploadURL: c.base + a.uploadURI, Document: a.urn,
	}}), nil
}

// initializeFile makes the asset of a file that is sent whole.
func (s *Sandbox) initializeFile(c *call, kind assetKind, prefix string) (*asset, *problem) {
	body, bad := c.object(initializeUploadSchema())
	if bad != nil {
		return nil, bad
	}
	owner := stringIn(mapIn(body, "initializeUploadRequest"), "owner")
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, bad := s.mayActAs(c.token, "owner", owner, methodAction, c.resource); bad != nil {
		return nil, bad
	}
	id := mediaID(prefix, s.newID())
	a := &asset{
		kind: kind, urn: urn{string(kind), id}.String(), owner: owner, uploader: c.token.Person,
		created: c.now, expires: c.now.Add(s.opts.UploadTTL), uploadURI: newUploadURI(id, string(kind), 0),
	}
	s.addAsset(a)
	return a, nil
}
