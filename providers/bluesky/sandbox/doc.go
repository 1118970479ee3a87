// Package sandbox is a stateful double of Bluesky behind one HTTP handler: a Personal Data
// Server, the directory of DIDs, an AppView, the video service and an OAuth authorization
// server. It answers with the status codes, the names of errors and the messages of the genuine
// server (which a test compares with what that one answered), and is stricter where the genuine
// one takes what nobody would see.
//
// It also has web pages to look at what was posted, and a control API below /sandbox with which
// tests in any language prepare it. Everything is in memory, except the bytes of uploads.
package sandbox
