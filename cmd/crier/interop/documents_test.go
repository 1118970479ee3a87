//go:build interop

package interop_test

import (
	"fmt"
	"strings"
)

// The sources of all documents, in LibreOffice's flat formats, which are text.
func sources() []file {
	return []file{
		{name: "deck.fodp", text: deck(10)},
		{name: "deck300.fodp", text: deck(300)},
		{name: "deck301.fodp", text: deck(301)},
		{name: "letter.fodt", text: letter(3)},
	}
}

// documents lists what is made of the sources. Conversions to the same format share a
// run of LibreOffice, which takes about a second to start.
func documents() []conversion {
	const secret = `{"EncryptFile":{"type":"boolean","value":"true"},"DocumentOpenPassword":{"type":"string","value":"secret"}}`
	const restricted = `{"RestrictPermissions":{"type":"boolean","value":"true"},"PermissionPassword":{"type":"string","value":"secret"},"Changes":{"type":"long","value":"0"}}`
	return []conversion{
		{format: "pdf", sources: []string{"deck", "deck300", "deck301", "letter"}},
		{format: "pptx", sources: []string{"deck", "deck301"}},
		{format: "ppt", sources: []string{"deck", "deck301"}},
		{format: "docx", sources: []string{"letter"}},
		{format: "doc", sources: []string{"letter"}},
		{format: "odt", sources: []string{"letter"}},
		{format: "pdf", filter: "impress_pdf_Export:" + secret, sources: []string{"deck"}, into: "locked"},
		{format: "pdf", filter: "impress_pdf_Export:" + restricted, sources: []string{"deck"}, into: "restricted"},
	}
}

const openDocument = `<?xml version="1.0" encoding="UTF-8"?>
<office:document office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.%s"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0">
%s</office:document>
`

// deck is a presentation of that many slides.
func deck(slides int) string {
	var b strings.Builder
	for n := range slides {
		fmt.Fprintf(&b, `<draw:page draw:name="p%d"><draw:frame svg:x="2cm" svg:y="2cm" svg:width="10cm" svg:height="2cm">`+
			`<draw:text-box><text:p>Slide %d</text:p></draw:text-box></draw:frame></draw:page>`+"\n", n+1, n+1)
	}
	return fmt.Sprintf(openDocument, "presentation", "<office:body><office:presentation>"+b.String()+"</office:presentation></office:body>")
}

// letter is a text of that many pages.
func letter(pages int) string {
	var b strings.Builder
	for n := range pages {
		style := ""
		if n > 0 {
			style = ` text:style-name="NewPage"`
		}
		fmt.Fprintf(&b, "<text:p%s>Page %d</text:p>\n", style, n+1)
	}
	// LibreOffice counts pages while somebody looks at a text. Without a window it passes
	// on what the text itself tells, to DOCX alone.
	count := fmt.Sprintf(`<office:meta><meta:document-statistic meta:page-count="%d"/></office:meta>`, pages)
	return fmt.Sprintf(openDocument, "text", count+`<office:automatic-styles><style:style style:name="NewPage" style:family="paragraph">`+
		`<style:paragraph-properties fo:break-before="page"/></style:style></office:automatic-styles>`+
		"<office:body><office:text>"+b.String()+"</office:text></office:body>")
}
