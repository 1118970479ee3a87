// Package interop publishes real files: what ffmpeg, LibreOffice and poppler write,
// through a running `crier serve --sandbox`, over HTTP. Nobody here wrote these
// files, so they check from outside what Crier finds in media and decides about them;
// ffprobe and pdfinfo tell what is in them.
//
//	make interop-media
//
// installs the programs where it may, and runs the tests. A program that is missing
// skips them with a loud message, or fails them if CRIER_INTEROP_REQUIRE is 1.
package interop
