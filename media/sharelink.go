package media

import (
	"net/url"
	"strings"
)

// direct returns the address of the file itself for the share links of file hosts,
// which lead to a page that shows it; every other address as it is.
func direct(u *url.URL) *url.URL {
	switch strings.ToLower(u.Hostname()) {
	case "drive.google.com":
		return directDrive(u)
	case "dropbox.com", "www.dropbox.com":
		return directDropbox(u)
	}
	return u
}

// directDrive turns /file/d/ID/view, /open?id=ID and /uc?id=ID into a download. The
// confirmation is for files too large to be scanned for viruses, where a page asks.
func directDrive(u *url.URL) *url.URL {
	id := u.Query().Get("id")
	if rest, ok := strings.CutPrefix(u.Path, "/file/d/"); ok {
		id, _, _ = strings.Cut(rest, "/")
	} else if u.Path != "/open" && u.Path != "/uc" {
		return u
	}
	if id == "" {
		return u
	}
	query := url.Values{"id": {id}, "export": {"download"}, "confirm": {"t"}}
	if key := u.Query().Get("resourcekey"); key != "" {
		query.Set("resourcekey", key)
	}
	return &url.URL{Scheme: "https", Host: "drive.usercontent.google.com", Path: "/download", RawQuery: query.Encode()}
}

// directDropbox asks for the file instead of its page.
// https://help.dropbox.com/share/force-download
func directDropbox(u *url.URL) *url.URL {
	shared := false
	for _, prefix := range []string{"/s/", "/scl/fi/"} {
		shared = shared || strings.HasPrefix(u.Path, prefix)
	}
	if !shared {
		return u
	}
	query := u.Query()
	query.Del("raw")
	query.Set("dl", "1")
	file := *u
	file.RawQuery = query.Encode()
	return &file
}
