package sandbox

// postSchema is the body of a create.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
func postSchema() record {
	return record{
		{name: "author", typ: text{}, need: required},
		{name: "commentary", typ: text{}, need: required},
		{name: "visibility", typ: words{"PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER"}, need: required},
		{name: "distribution", typ: distributionSchema(), need: required},
		{name: "lifecycleState", typ: words{"PUBLISHED", "DRAFT", "PUBLISH_REQUESTED", "PUBLISH_FAILED"}, need: required},
		{name: "isReshareDisabledByAuthor", typ: boolean{}},
		{name: "content", typ: contentSchema()},
		{name: "reshareContext", typ: record{
			{name: "parent", typ: text{}, need: required},
			{name: "root", typ: text{}, need: readOnly, where: "create"},
		}},
		{name: "container", typ: text{}},
		{name: "contentLandingPage", typ: text{}},
		{name: "contentCallToActionLabel", typ: text{}},
		{name: "adContext", typ: anything{}},
		{name: "id", need: readOnly, where: "create"},
		{name: "createdAt", need: readOnly, where: "create"},
		{name: "publishedAt", need: readOnly, where: "create"},
		{name: "lastModifiedAt", need: readOnly, where: "create"},
		{name: "lifecycleStateInfo", need: readOnly, where: "create"},
		{name: "origin", need: readOnly, where: "create"},
	}
}

func distributionSchema() record {
	return record{
		{name: "feedDistribution", typ: words{"MAIN_FEED", "NONE"}, need: required},
		{name: "targetEntities", typ: listOf{targetSchema()}},
		{name: "thirdPartyDistributionChannels", typ: listOf{text{}}},
	}
}

func targetSchema() record {
	urns := listOf{text{}}
	return record{
		{name: "geoLocations", typ: urns},
		{name: "industries", typ: urns},
		{name: "jobFunctions", typ: urns},
		{name: "seniorities", typ: urns},
		{name: "staffCountRanges", typ: listOf{staffCountRanges()}},
		{name: "degrees", typ: urns},
		{name: "fieldsOfStudy", typ: urns},
		{name: "organizations", typ: urns},
		{name: "schools", typ: urns},
		{name: "interfaceLocales", typ: listOf{record{
			{name: "language", typ: text{}, need: required},
			{name: "country", typ: text{}},
		}}},
	}
}

func staffCountRanges() words {
	return words{
		"SIZE_1", "SIZE_2_TO_10", "SIZE_11_TO_50", "SIZE_51_TO_200", "SIZE_201_TO_500", "SIZE_501_TO_1000",
		"SIZE_1001_TO_5000", "SIZE_5001_TO_10000", "SIZE_10001_OR_MORE",
	}
}

// targetURNKinds is the kind of URN that each facet takes.
func targetURNKinds() map[string]string {
	return map[string]string{
		"geoLocations": "geo", "industries": "industry", "jobFunctions": "function", "seniorities": "seniority",
		"degrees": "degree", "fieldsOfStudy": "fieldOfStudy", "organizations": "organization", "schools": "school",
	}
}

func contentSchema() union {
	return union{
		{name: "media", typ: record{
			{name: "id", typ: text{}, need: required},
			{name: "title", typ: text{}},
			{name: "altText", typ: text{}},
		}},
		{name: "multiImage", typ: record{
			{name: "images", typ: listOf{record{
				{name: "id", typ: text{}, need: required},
				{name: "altText", typ: text{}},
			}}, need: required},
		}},
		{name: "article", typ: articleSchema()},
		{name: "poll", typ: pollSchema()},
		{name: "reference", typ: anything{}},
		{name: "celebration", typ: anything{}},
		{name: "carousel", typ: anything{}},
	}
}

func callToActionLabels() []string {
	return []string{
		"APPLY", "DOWNLOAD", "VIEW_QUOTE", "LEARN_MORE", "SIGN_UP", "SUBSCRIBE", "REGISTER", "JOIN", "ATTEND",
		"REQUEST_DEMO", "SEE_MORE", "BUY_NOW", "SHOP_NOW",
	}
}

// patchSchema is the body of a partial update: only these fields of a post can be
// changed.
func patchSchema() record {
	return record{{name: "patch", need: required, typ: record{
		{name: "$set", typ: record{
			{name: "commentary", typ: text{}},
			{name: "contentCallToActionLabel", typ: text{}},
			{name: "contentLandingPage", typ: text{}},
			{name: "lifecycleState", typ: words{"PUBLISHED", "DRAFT", "PUBLISH_REQUESTED", "PUBLISH_FAILED"}},
			{name: "author", need: readOnly, where: "partial_update"},
			{name: "visibility", need: readOnly, where: "partial_update"},
			{name: "distribution", need: readOnly, where: "partial_update"},
			{name: "content", need: readOnly, where: "partial_update"},
			{name: "reshareContext", need: readOnly, where: "partial_update"},
			{name: "isReshareDisabledByAuthor", need: readOnly, where: "partial_update"},
		}},
		{name: "adContext", typ: record{
			{name: "$set", typ: record{{name: "dscName", typ: text{}}, {name: "dscStatus", typ: words{"ACTIVE", "ARCHIVED"}}}, need: required},
		}},
	}}}
}
