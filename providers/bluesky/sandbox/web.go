package sandbox

import "net/http"

// newWeb routes what is not part of the network.
func (s *Sandbox) newWeb() http.Handler {
	mux := http.NewServeMux()
	s.controlRoutes(mux)
	return mux
}
