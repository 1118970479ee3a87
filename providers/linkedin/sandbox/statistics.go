package sandbox

// statisticsResources is what tells how posts, pages and members fare.
func statisticsResources() map[string]resource {
	return map[string]resource{}
}
