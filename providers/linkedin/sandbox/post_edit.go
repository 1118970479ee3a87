package sandbox

import "maps"

// updatePost serves a PARTIAL_UPDATE.
func (s *Sandbox) updatePost(c *call) (*reply, *problem) {
	if bad := checkPostURN(c.key); bad != nil {
		return nil, bad
	}
	body, bad := c.object(patchSchema())
	if bad != nil {
		return nil, bad
	}
	patch := mapIn(body, "patch")
	set := mapIn(patch, "$set")
	if len(set) == 0 && patch["adContext"] == nil {
		return nil, illegalArgument("The patch changes nothing")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, bad := s.livePost(c.key)
	if bad != nil {
		return nil, bad
	}
	if _, bad := s.mayActAs(c.token, authorField, p.author, methodPartialUpdate, "posts"); bad != nil {
		return nil, bad
	}
	if bad := s.apply(p, set); bad != nil {
		return nil, bad
	}
	if ad := mapIn(patch, "adContext"); ad != nil {
		p.adContext = mergedAd(p.adContext, mapIn(ad, "$set"))
	}
	p.modified, p.edited = c.now, true
	return noContent(), nil
}

// apply sets the fields of a patch: all of them, or none when one is wrong.
func (s *Sandbox) apply(p *post, set map[string]any) *problem {
	next := *p
	for name, v := range set {
		value, _ := v.(string)
		switch name {
		case "commentary":
			text, bad := s.checkCommentary(value)
			if bad != nil {
				return bad
			}
			if value == "" && p.content == nil && p.parent == "" {
				return invalidField("INVALID_VALUE_BLANK_FIELD", "commentary", "commentary can't be blank")
			}
			next.commentary = text
		case "contentCallToActionLabel":
			next.callToAction = value
		case "contentLandingPage":
			next.landingPage = value
		case "lifecycleState":
			if value != p.stateAt(s.opts.Clock.Now()) {
				return valueForField("lifecycleState", value)
			}
		}
	}
	if bad := checkCallToAction(next.callToAction, next.landingPage); bad != nil {
		return bad
	}
	*p = next
	return nil
}

func mergedAd(old any, set map[string]any) map[string]any {
	out := map[string]any{}
	if m, ok := old.(map[string]any); ok {
		maps.Copy(out, m)
	}
	maps.Copy(out, set)
	return out
}

// deletePost serves a DELETE, which is idempotent: what is gone already is deleted
// with the same answer.
func (s *Sandbox) deletePost(c *call) (*reply, *problem) {
	if bad := checkPostURN(c.key); bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.postsByURN[c.key]
	if !known {
		if !c.token.has(postScopes()...) {
			return nil, notPermitted("posts", methodDelete)
		}
		return nil, notFound("Could not find entity %s", c.key)
	}
	if _, bad := s.mayActAs(c.token, authorField, p.author, methodDelete, "posts"); bad != nil {
		return nil, bad
	}
	if p.deleted.IsZero() {
		p.deleted = c.now
		if s.opts.GhostDuplicates {
			s.haunt(p.key, c.now)
		}
	}
	return noContent(), nil
}
