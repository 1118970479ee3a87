package sniff

import (
	"errors"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/crier-social/crier/media/internal/container"
)

const (
	zipMark      = "PK\x03\x04"
	compoundMark = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

	zipType      = "application/zip"
	compoundType = "application/x-ole-storage"
	// encrypted is an Office document behind a password. Of what kind it is only the
	// password shows. See [MS-OFFCRYPTO], 2.3.
	encrypted = "application/encrypted"
)

// Refine tells the type of a complete file whose beginning left it undetermined; any
// other type is returned as it is. A container of which more would have to be read
// than it is worth, or which is damaged, is no more than a container, and cannot be
// posted. Where r cannot be read the type stays undetermined.
func Refine(r io.ReaderAt, size int64, t Type) Type {
	if !t.Undetermined {
		return t
	}
	var mark [len(compoundMark)]byte
	if n, err := r.ReadAt(mark[:], 0); n < len(mark) && !errors.Is(err, io.EOF) {
		return t
	}
	content := archiveContent
	if string(mark[:]) == compoundMark {
		content = compoundContent
	}
	name, err := content(r, size)
	if err != nil {
		return t
	}
	return Type{MIME: name, Kind: kindOf(name), Ext: extension(name)}
}

// broken tells an error that is about the content of a file from one of reading it.
func broken(err error) bool {
	return errors.Is(err, container.ErrFormat) || errors.Is(err, container.ErrTooLarge)
}

// archiveContent tells what a ZIP archive is.
func archiveContent(r io.ReaderAt, size int64) (string, error) {
	p, err := container.OpenPackage(r, size)
	if broken(err) {
		return zipType, nil
	}
	if err != nil {
		return "", err
	}
	d, ok, err := p.Document()
	if ok || err != nil {
		return d.MIME, err
	}
	return namedContent(p)
}

// namedContent tells what an archive calls itself: those of OpenDocument and of
// electronic books have a part for that.
func namedContent(p *container.Package) (string, error) {
	const part, longest = "mimetype", 128
	if !p.Has(part) {
		return zipType, nil
	}
	f, err := p.Part(part)
	if broken(err) {
		return zipType, nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, longest))
	if err != nil {
		return zipType, nil //nolint:nilerr // a damaged part names nothing
	}
	name := strings.TrimSpace(string(b))
	known := strings.HasPrefix(name, "application/vnd.oasis.opendocument.") || name == "application/epub+zip"
	if known && mimetype.Lookup(name) != nil {
		return name, nil
	}
	return zipType, nil
}

// compoundContent tells what a compound file is.
func compoundContent(r io.ReaderAt, size int64) (string, error) {
	c, err := container.OpenCompound(r, size)
	if broken(err) {
		return compoundType, nil
	}
	if err != nil {
		return "", err
	}
	for _, known := range []struct{ stream, name string }{
		{"PowerPoint Document", "application/vnd.ms-powerpoint"},
		{"WordDocument", "application/msword"},
		{"Workbook", "application/vnd.ms-excel"},
		{"Book", "application/vnd.ms-excel"},
		{"EncryptedPackage", encrypted},
		{"VisioDocument", "application/vnd.visio"},
		{"__properties_version1.0", "application/vnd.ms-outlook"},
	} {
		if c.Has(known.stream) {
			return known.name, nil
		}
	}
	return compoundType, nil
}

// extension returns the usual extension of a type.
func extension(name string) string {
	switch name {
	case "application/vnd.ms-word.document.macroEnabled.12":
		return ".docm"
	case "application/vnd.ms-powerpoint.presentation.macroEnabled.12":
		return ".pptm"
	case "application/vnd.ms-excel.sheet.macroEnabled.12":
		return ".xlsm"
	}
	if m := mimetype.Lookup(name); m != nil {
		return m.Extension()
	}
	return ""
}
