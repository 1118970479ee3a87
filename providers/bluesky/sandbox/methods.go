package sandbox

import "net/http"

// methods lists the methods of the API.
func methods() map[string]method {
	return map[string]method{
		"com.atproto.server.describeServer":    {http.MethodGet, byAnybody, (*Sandbox).describeServer, false, false},
		"com.atproto.server.createAccount":     {http.MethodPost, byAnybody, (*Sandbox).createAccount, false, false},
		"com.atproto.server.createSession":     {http.MethodPost, byAnybody, (*Sandbox).createSession, false, false},
		"com.atproto.server.refreshSession":    {http.MethodPost, byRefresh, (*Sandbox).refreshSession, false, false},
		"com.atproto.server.getSession":        {http.MethodGet, byAccount, (*Sandbox).getSession, false, false},
		"com.atproto.server.deleteSession":     {http.MethodPost, byRefresh, (*Sandbox).deleteSession, false, false},
		"com.atproto.server.createAppPassword": {http.MethodPost, byPassword, (*Sandbox).createAppPassword, false, false},
		"com.atproto.server.revokeAppPassword": {http.MethodPost, byPassword, (*Sandbox).revokeAppPassword, false, false},
		"com.atproto.server.deactivateAccount": {http.MethodPost, byPassword, (*Sandbox).deactivateAccount, false, false},
		"com.atproto.server.activateAccount":   {http.MethodPost, byPassword, (*Sandbox).activateAccount, false, false},
		"com.atproto.server.getServiceAuth":    {http.MethodGet, byAccount, (*Sandbox).getServiceAuth, false, false},
		"com.atproto.identity.resolveHandle":   {http.MethodGet, byAnybody, (*Sandbox).resolveHandle, false, false},
		"com.atproto.repo.createRecord":        {http.MethodPost, byAccount, (*Sandbox).createRecord, false, false},
		"com.atproto.repo.putRecord":           {http.MethodPost, byAccount, (*Sandbox).putRecord, false, false},
		"com.atproto.repo.deleteRecord":        {http.MethodPost, byAccount, (*Sandbox).deleteRecord, false, false},
		"com.atproto.repo.applyWrites":         {http.MethodPost, byAccount, (*Sandbox).applyWrites, false, false},
		"com.atproto.repo.getRecord":           {http.MethodGet, byAnybody, (*Sandbox).getRecord, false, false},
		"com.atproto.repo.listRecords":         {http.MethodGet, byAnybody, (*Sandbox).listRecords, false, false},
		"com.atproto.repo.describeRepo":        {http.MethodGet, byAnybody, (*Sandbox).describeRepo, false, false},
		"com.atproto.repo.uploadBlob":          {http.MethodPost, byAccount, (*Sandbox).uploadBlob, true, true},
		"com.atproto.sync.getBlob":             {http.MethodGet, byAnybody, (*Sandbox).getBlob, false, false},
		"com.atproto.sync.listBlobs":           {http.MethodGet, byAnybody, (*Sandbox).listBlobs, false, false},
		"com.atproto.sync.listRepos":           {http.MethodGet, byAnybody, (*Sandbox).listRepos, false, false},
		"app.bsky.video.uploadVideo":           {http.MethodPost, byAnybody, (*Sandbox).uploadVideo, true, true},
		methodUploadLimits:                     {http.MethodGet, byAnybody, (*Sandbox).getUploadLimits, false, false},
		"app.bsky.video.getJobStatus":          {http.MethodGet, byAnybody, (*Sandbox).getJobStatus, false, false},
	}
}
