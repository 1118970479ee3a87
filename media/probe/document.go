package probe

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/internal/container"
	"github.com/crier-social/crier/media/internal/pdf"
)

// maxPages is more than any document has; what claims more is not believed.
const maxPages = 1 << 24

// PagesReadable tells whether ReadPages knows the format.
func PagesReadable(mime string) bool { return counter(mime) != nil }

// ReadPages returns how many pages or slides a document of the given type has, as it
// tells itself; PagesReadable admits the type. 0 means that it does not tell, which is
// no error: word processors need not write down what they lay out, and tables may be
// encrypted or damaged in a way that readers mend. The error of a file that is no such
// document at all holds ErrDamaged; that of one which asks for a password before it
// opens is a *core.Error of KindMedia. Errors of r are returned as they are.
//
// However the file is made, reading it takes seconds at most, and little memory.
func ReadPages(r io.ReaderAt, size int64, mime string) (pages int, err error) {
	count := counter(mime)
	if count == nil {
		return 0, damaged("%s is not a format that can be read", mime)
	}
	n, err := count(r, size)
	switch {
	case errors.Is(err, pdf.ErrLocked):
		return 0, locked("PDF")
	case errors.Is(err, pdf.ErrFormat), errors.Is(err, container.ErrFormat):
		return 0, damaged("it is not the document that it begins like")
	case errors.Is(err, container.ErrTooLarge):
		return 0, nil
	case err != nil:
		return 0, err
	case n < 0 || n > maxPages:
		return 0, nil
	}
	return n, nil
}

// locked refuses a document that nobody could open who sees the post.
func locked(name string) error {
	return &core.Error{
		Kind: core.KindMedia, Code: core.CodeMediaURL, Op: "probe.pages",
		Message: "the " + name + " asks for a password before it opens",
		Help:    "Save it without a password for opening, and send it again.",
	}
}

func counter(mime string) func(r io.ReaderAt, size int64) (int, error) {
	switch mime {
	case "application/pdf":
		return pdf.Pages
	case "application/vnd.openxmlformats-officedocument.presentationml.presentation":
		return countSlides
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		return countPages
	case "application/vnd.ms-powerpoint":
		return compound(countOldSlides)
	case "application/msword":
		return compound(countOldPages)
	case "application/encrypted":
		return func(io.ReaderAt, int64) (int, error) { return 0, locked("Office document") }
	}
	return nil
}

// countSlides counts the slides on the list of a presentation. Lists of the same name
// elsewhere arrange the slides in sections.
func countSlides(r io.ReaderAt, size int64) (int, error) {
	p, main, err := openOffice(r, size)
	if err != nil {
		return 0, err
	}
	slides := 0
	err = p.Elements(main, func(e container.Element) {
		if len(e.Path) == 3 && e.Path[1] == "sldIdLst" && e.Path[2] == "sldId" {
			slides++
		}
	}, nil)
	if errors.Is(err, container.ErrFormat) {
		return 0, nil
	}
	return slides, err
}

// countPages returns what a text document's properties say.
func countPages(r io.ReaderAt, size int64) (int, error) {
	p, _, err := openOffice(r, size)
	if err != nil {
		return 0, err
	}
	const properties = "docProps/app.xml"
	if !p.Has(properties) {
		return 0, nil
	}
	pages := 0
	err = p.Elements(properties, func(container.Element) {}, func(path []string, s string) {
		if len(path) == 2 && path[1] == "Pages" {
			if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil {
				pages = n
			}
		}
	})
	if errors.Is(err, container.ErrFormat) {
		return 0, nil
	}
	return pages, err
}

// openOffice opens a document and returns the name of its main part.
func openOffice(r io.ReaderAt, size int64) (p *container.Package, main string, err error) {
	if p, err = container.OpenPackage(r, size); err != nil {
		return nil, "", err
	}
	d, ok, err := p.Document()
	if err != nil {
		return nil, "", err
	}
	if !ok {
		return nil, "", container.ErrFormat
	}
	return p, d.Main, nil
}

// compound makes a counter of one that has the file opened as a compound file.
func compound(count func(*container.Compound) (int, error)) func(r io.ReaderAt, size int64) (int, error) {
	return func(r io.ReaderAt, size int64) (int, error) {
		c, err := container.OpenCompound(r, size)
		if err != nil {
			return 0, err
		}
		return count(c)
	}
}

// countOldPages returns what an older text document's properties say, unless a mark at
// its beginning says that it is encrypted ([MS-DOC], 2.5.2).
func countOldPages(c *container.Compound) (int, error) {
	const flags, encrypted = 11, 1
	b, err := c.Stream("WordDocument")
	if err != nil && !errors.Is(err, container.ErrFormat) {
		return 0, err
	}
	if len(b) > flags && b[flags]&encrypted != 0 {
		return 0, locked("Word document")
	}
	return readProperty(c, container.SummaryInformation, container.PageCount)
}

// readProperty reads a count out of an older document's properties; 0 if they do not
// tell.
func readProperty(c *container.Compound, stream string, id uint32) (int, error) {
	if !c.Has(stream) {
		return 0, nil
	}
	b, err := c.Stream(stream)
	if errors.Is(err, container.ErrFormat) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, _ := container.Property(b, id)
	return int(n), nil
}
