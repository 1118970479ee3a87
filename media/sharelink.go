package media

import (
	"net/url"
	"regexp"
	"strings"
)

// direct returns the address of the file itself for the share links of file hosts,
// which lead to a page that shows it; every other address as it is. A link to a folder
// is refused.
func direct(u *url.URL) (*url.URL, error) {
	switch strings.ToLower(u.Hostname()) {
	case "drive.google.com":
		return directDrive(u)
	case "docs.google.com":
		return directDocs(u), nil
	case "dropbox.com", "www.dropbox.com":
		return directDropbox(u)
	}
	return u, nil
}

func folderLink() error {
	e := badAddress("the address leads to a folder instead of a file", nil)
	e.Help = "Share the file itself, and use that link."
	return e
}

// accountPart is in addresses copied by who is signed in with several accounts.
var accountPart = regexp.MustCompile(`/u/\d+/`)

// directDrive turns /file/d/ID/view, /open?id=ID and /uc?id=ID into a download. The
// confirmation is for files too large to be scanned for viruses, where a page asks.
func directDrive(u *url.URL) (*url.URL, error) {
	p := accountPart.ReplaceAllString(u.Path, "/")
	if strings.HasPrefix(p, "/drive/folders/") {
		return nil, folderLink()
	}
	id := u.Query().Get("id")
	if rest, ok := strings.CutPrefix(p, "/file/d/"); ok {
		id, _, _ = strings.Cut(rest, "/")
	} else if p != "/open" && p != "/uc" {
		return u, nil
	}
	if id == "" {
		return u, nil
	}
	query := url.Values{"id": {id}, "export": {"download"}, "confirm": {"t"}}
	if key := u.Query().Get("resourcekey"); key != "" {
		query.Set("resourcekey", key)
	}
	return &url.URL{Scheme: "https", Host: "drive.usercontent.google.com", Path: "/download", RawQuery: query.Encode()}, nil
}

// directDocs asks for a document or a presentation as the file that Office makes of it.
// https://developers.google.com/workspace/drive/api/guides/ref-export-formats
func directDocs(u *url.URL) *url.URL {
	p := accountPart.ReplaceAllString(u.Path, "/")
	for _, kind := range []struct{ name, export string }{
		{"document", "/export?format=docx"},
		{"presentation", "/export/pptx"},
	} {
		rest, ok := strings.CutPrefix(p, "/"+kind.name+"/d/")
		id, _, _ := strings.Cut(rest, "/")
		if !ok || id == "" || id == "e" { // "e" is a published page, which has no file
			continue
		}
		export, query, _ := strings.Cut(kind.export, "?")
		return &url.URL{Scheme: "https", Host: "docs.google.com", Path: "/" + kind.name + "/d/" + id + export, RawQuery: query}
	}
	return u
}

// directDropbox asks for the file instead of its page.
// https://help.dropbox.com/share/force-download
func directDropbox(u *url.URL) (*url.URL, error) {
	for _, prefix := range []string{"/sh/", "/scl/fo/"} {
		if strings.HasPrefix(u.Path, prefix) {
			return nil, folderLink()
		}
	}
	shared := false
	for _, prefix := range []string{"/s/", "/scl/fi/"} {
		shared = shared || strings.HasPrefix(u.Path, prefix)
	}
	if !shared {
		return u, nil
	}
	query := u.Query()
	query.Del("raw")
	query.Set("dl", "1")
	file := *u
	file.RawQuery = query.Encode()
	return &file, nil
}
