package sandbox

import "maps"

// endpoint serves one method of a resource.
type endpoint struct {
	params []string // query parameters that it knows
	serve  func(*Sandbox, *call) (*reply, *problem)
}

// resource is a collection of the API, or a single entity without keys. Finders and
// actions are told apart by name.
type resource struct {
	single  bool
	record  bool // its keys are records
	methods map[restMethod]endpoint
	finders map[string]endpoint
	actions map[string]endpoint
	// of has the collections that belong to each entity, by name.
	of map[string]resource
}

// resources is the table of everything under /rest.
func resources() map[string]resource {
	all := map[string]resource{
		"posts": {
			methods: map[restMethod]endpoint{
				methodCreate:        {nil, (*Sandbox).createPost},
				methodGet:           {[]string{"viewContext"}, (*Sandbox).getPost},
				methodBatchGet:      {[]string{"ids", "viewContext"}, (*Sandbox).batchGetPosts},
				methodPartialUpdate: {nil, (*Sandbox).updatePost},
				methodDelete:        {nil, (*Sandbox).deletePost},
			},
			finders: map[string]endpoint{
				"author": {[]string{"author", "start", "count", "sortBy", "viewContext", "isDsc"}, (*Sandbox).findPostsByAuthor},
			},
		},
		"me": {
			single:  true,
			methods: map[restMethod]endpoint{methodGet: {nil, (*Sandbox).getMe}},
		},
	}
	for _, more := range []map[string]resource{
		fileResources(),
		organizationResources(),
		statisticsResources(),
		audienceResources(),
		socialResources(),
		peopleResources(),
	} {
		maps.Copy(all, more)
	}
	return all
}

// fileResources are what posts show: pictures, documents and videos.
func fileResources() map[string]resource {
	return map[string]resource{
		"images": {
			methods: map[restMethod]endpoint{
				methodGet:      getAsset(kindImage),
				methodBatchGet: batchGetAssets(kindImage),
			},
			actions: map[string]endpoint{
				"initializeUpload": {nil, (*Sandbox).initializeImageUpload},
			},
		},
		"documents": {
			methods: map[restMethod]endpoint{
				methodGet:      getAsset(kindDocument),
				methodBatchGet: batchGetAssets(kindDocument),
			},
			actions: map[string]endpoint{
				"initializeUpload": {nil, (*Sandbox).initializeDocumentUpload},
			},
		},
		"videos": {
			methods: map[restMethod]endpoint{
				methodGet:      getAsset(kindVideo),
				methodBatchGet: batchGetAssets(kindVideo),
			},
			actions: map[string]endpoint{
				"initializeUpload": {nil, (*Sandbox).initializeVideoUpload},
				"finalizeUpload":   {nil, (*Sandbox).finalizeVideoUpload},
			},
		},
	}
}

// organizationResources are pages, roles on them, and their followers' number.
func organizationResources() map[string]resource {
	return map[string]resource{
		"organizations": {
			methods: map[restMethod]endpoint{
				methodGet:      {nil, (*Sandbox).getOrganization},
				methodBatchGet: {[]string{"ids"}, (*Sandbox).batchGetOrganizations},
			},
			finders: map[string]endpoint{
				"vanityName": {[]string{"vanityName"}, (*Sandbox).findOrganizationsByVanity},
			},
		},
		"organizationsLookup": {
			methods: map[restMethod]endpoint{
				methodBatchGet: {[]string{"ids"}, (*Sandbox).lookupOrganizations},
			},
		},
		"organizationAcls": {
			finders: map[string]endpoint{
				"roleAssignee": {[]string{"role", "state", "start", "count"}, (*Sandbox).findACLsByAssignee},
				"organization": {[]string{"organization", "role", "state", "start", "count"}, (*Sandbox).findACLsByOrganization},
			},
		},
		"networkSizes": {
			methods: map[restMethod]endpoint{
				methodGet: {[]string{"edgeType"}, (*Sandbox).getNetworkSize},
			},
		},
	}
}
