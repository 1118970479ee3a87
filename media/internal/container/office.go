package container

import (
	"errors"
	"strings"
)

// Document tells what an Office document is.
type Document struct {
	MIME string
	Main string // the name of its main part
}

const (
	contentTypes = "[Content_Types].xml"
	vbaType      = "application/vnd.ms-office.vbaProject"
	office       = "application/vnd.openxmlformats-officedocument."
	microsoft    = "application/vnd.ms-"
)

// mainTypes returns what a document is whose main part has a type: the types of files,
// and those of parts, are registered one by one. See ECMA-376, part 1, section 11 to 13,
// and https://learn.microsoft.com/openspecs/office_standards/ms-offmacro2
func mainTypes() map[string]string {
	return map[string]string{
		office + "wordprocessingml.document.main+xml":               office + "wordprocessingml.document",
		office + "wordprocessingml.template.main+xml":               office + "wordprocessingml.template",
		office + "presentationml.presentation.main+xml":             office + "presentationml.presentation",
		office + "presentationml.slideshow.main+xml":                office + "presentationml.slideshow",
		office + "presentationml.template.main+xml":                 office + "presentationml.template",
		office + "spreadsheetml.sheet.main+xml":                     office + "spreadsheetml.sheet",
		office + "spreadsheetml.template.main+xml":                  office + "spreadsheetml.template",
		microsoft + "word.document.macroEnabled.main+xml":           macroDocument,
		microsoft + "word.template.macroEnabledTemplate.main+xml":   microsoft + "word.template.macroEnabled.12",
		microsoft + "powerpoint.presentation.macroEnabled.main+xml": macroPresentation,
		microsoft + "powerpoint.slideshow.macroEnabled.main+xml":    microsoft + "powerpoint.slideshow.macroEnabled.12",
		microsoft + "powerpoint.template.macroEnabled.main+xml":     microsoft + "powerpoint.template.macroEnabled.12",
		microsoft + "excel.sheet.macroEnabled.main+xml":             macroSheet,
		microsoft + "excel.template.macroEnabled.main+xml":          microsoft + "excel.template.macroEnabled.12",
		microsoft + "excel.sheet.binary.macroEnabled.main":          microsoft + "excel.sheet.binary.macroEnabled.12",
		microsoft + "visio.drawing.main+xml":                        microsoft + "visio.drawing.main+xml",
	}
}

// The types of documents with programs in them.
const (
	macroDocument     = microsoft + "word.document.macroEnabled.12"
	macroPresentation = microsoft + "powerpoint.presentation.macroEnabled.12"
	macroSheet        = microsoft + "excel.sheet.macroEnabled.12"
)

// usualParts are the main parts by their usual names, for documents that do not list
// theirs.
func usualParts() []Document {
	return []Document{
		{MIME: office + "presentationml.presentation", Main: "ppt/presentation.xml"},
		{MIME: office + "wordprocessingml.document", Main: "word/document.xml"},
		{MIME: office + "spreadsheetml.sheet", Main: "xl/workbook.xml"},
	}
}

// Document finds out what an Office document is; ok is false for an archive that is
// none. An error is that of reading.
func (p *Package) Document() (d Document, ok bool, err error) {
	if !p.Has(contentTypes) {
		return Document{}, false, nil
	}
	known := mainTypes()
	macros := false
	err = p.Elements(contentTypes, func(e Element) {
		kind, part := e.Attr("ContentType"), strings.TrimPrefix(e.Attr("PartName"), "/")
		if strings.EqualFold(kind, vbaType) {
			macros = true
		}
		if mime := known[kind]; d.Main == "" && mime != "" && p.Has(part) {
			d = Document{MIME: mime, Main: part}
		}
	}, nil)
	if err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge) {
		return Document{}, false, err
	}
	for _, usual := range usualParts() {
		if d.Main == "" && p.Has(usual.Main) {
			d = usual
		}
	}
	if macros {
		d.MIME = withMacros(d.MIME)
	}
	return d, d.Main != "", nil
}

// withMacros returns the type of a document that has programs in it although its main
// part does not say so.
func withMacros(mime string) string {
	switch mime {
	case office + "wordprocessingml.document":
		return macroDocument
	case office + "presentationml.presentation":
		return macroPresentation
	case office + "spreadsheetml.sheet":
		return macroSheet
	}
	return mime
}
