package sandbox

func initializeUploadSchema() record {
	return record{{name: "initializeUploadRequest", need: required, typ: record{
		{name: "owner", typ: text{}, need: required},
		{name: "mediaLibraryMetadata", typ: libraryMetadataSchema()},
	}}}
}

func libraryMetadataSchema() record {
	return record{
		{name: "associatedAccount", typ: text{}},
		{name: "assetName", typ: text{}},
	}
}

// initializeVideoSchema is the body of a video's initializeUpload under an API version.
func initializeVideoSchema(version string) record {
	request := record{
		{name: "owner", typ: text{}, need: required},
		{name: "fileSizeBytes", typ: integer{bits: 64}, need: required},
		{name: "uploadCaptions", typ: boolean{}},
		{name: "uploadThumbnail", typ: boolean{}},
		{name: "purpose", typ: text{}},
		{name: "mediaLibraryMetadata", typ: libraryMetadataSchema()},
	}
	if version >= firstVersionOfTemplates {
		request = append(request, field{name: "templateName", typ: text{}}, field{name: "linkbackContext", typ: anything{}})
	}
	return record{{name: "initializeUploadRequest", need: required, typ: request}}
}

func finalizeVideoSchema() record {
	return record{{name: "finalizeUploadRequest", need: required, typ: record{
		{name: "video", typ: text{}, need: required},
		{name: "uploadToken", typ: text{}, need: required},
		{name: "uploadedPartIds", typ: listOf{text{}}, need: required},
	}}}
}

// captionsSchema is the metadata of captions.
func captionsSchema() record {
	return record{
		{name: "format", typ: words{"SRT"}, need: required},
		{name: "formattedForEasyReader", typ: boolean{}},
		{name: "largeText", typ: boolean{}},
		{name: "source", typ: words{"USER_PROVIDED"}, need: required},
		{name: "transcriptType", typ: words{"CLOSED_CAPTION"}, need: required},
		{name: "locale", need: required, typ: record{
			{name: "language", typ: text{}, need: required},
			{name: "country", typ: text{}},
			{name: "variant", typ: text{}},
		}},
	}
}
