package sandbox

import "strings"

// object is a value of JSON.
type object = map[string]any

// resourceMetadata tells who grants tokens. https://www.rfc-editor.org/rfc/rfc9728
func resourceMetadata(base string) object {
	return object{
		"resource": base, "authorization_servers": []string{base}, "scopes_supported": []string{},
		"bearer_methods_supported": []string{"header"}, "resource_documentation": "https://atproto.com",
	}
}

// serverMetadata tells what the authorization server can do. https://www.rfc-editor.org/rfc/rfc8414
func serverMetadata(base string) object {
	return object{
		"issuer":                                         base,
		"request_parameter_supported":                    true,
		"request_uri_parameter_supported":                true,
		"require_request_uri_registration":               true,
		"scopes_supported":                               []string{"atproto", "transition:email", "transition:generic", "transition:chat.bsky"},
		"subject_types_supported":                        []string{"public"},
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query", "fragment", "form_post"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
		"code_challenge_methods_supported":               []string{"S256"},
		"ui_locales_supported":                           []string{"en-US"},
		"display_values_supported":                       []string{"page", "popup", "touch"},
		"request_object_signing_alg_values_supported":    append(strings.Fields(algorithms), "none"),
		"authorization_response_iss_parameter_supported": true,
		"request_object_encryption_alg_values_supported": []string{},
		"request_object_encryption_enc_values_supported": []string{},
		"jwks_uri":                              base + keysPath,
		"authorization_endpoint":                base + authorizePath,
		"token_endpoint":                        base + tokenPath,
		"token_endpoint_auth_methods_supported": []string{authNone, authKey},
		"token_endpoint_auth_signing_alg_values_supported": strings.Fields(algorithms),
		"revocation_endpoint":                              base + revokePath,
		"pushed_authorization_request_endpoint":            base + parPath,
		"require_pushed_authorization_requests":            true,
		"dpop_signing_alg_values_supported":                strings.Fields(algorithms),
		"protected_resources":                              []string{base},
		"client_id_metadata_document_supported":            true,
		"prompt_values_supported":                          []string{"none", "login", "consent", "select_account", "create"},
	}
}
