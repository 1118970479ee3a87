// Generate begins the adapter of a new network: it copies the template under the network's
// name, and puts it into the list of networks.
//
//	go run ./providers/template/generate -name example -title Example
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	name := flags.String("name", "", "the network's name in `platforms`: small letters and digits")
	title := flags.String("title", "", "the network's name as its owner writes it (default: the name with a capital)")
	root := flags.String("root", ".", "the folder of the module")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := (network{name: *name, title: *title}).generate(*root); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "providers/%s is ready: its tests pass, and `go run ./cmd/crier serve --sandbox` has it.\n"+
		"Make it the network's own, file by file: docs/adding-a-network.md\n", *name)
	return err
}

const (
	providersFolder = "providers"
	templateName    = "template"
	registryFile    = "registry.go"
)

// network is what is to be made.
type network struct{ name, title string }

var (
	validName  = regexp.MustCompile(`^[a-z][a-z0-9]{1,30}$`)
	validTitle = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} .&+-]{0,60}$`)
)

// generate writes the folder and the line of the list. What is there already stays as it is.
func (n network) generate(root string) error {
	if !validName.MatchString(n.name) || strings.Contains(n.name, templateName) {
		return fmt.Errorf("-name %q will not do: small letters and digits are needed, beginning with a letter, such as example", n.name)
	}
	n.title = cmp.Or(n.title, strings.ToUpper(n.name[:1])+n.name[1:])
	if !validTitle.MatchString(n.title) {
		return fmt.Errorf("-title %q will not do: letters, digits and spaces are needed, such as Example", n.title)
	}
	folder := filepath.Join(root, providersFolder, n.name)
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already", folder)
	}
	listed, err := n.listed(filepath.Join(root, providersFolder, registryFile))
	if err != nil {
		return err
	}
	if err := n.copyTo(folder, filepath.Join(root, providersFolder, templateName)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, providersFolder, registryFile), listed, 0o644) //nolint:gosec // source is public
}

// copyTo writes every file of the template into the folder, under the network's name.
func (n network) copyTo(folder, template string) error {
	return filepath.WalkDir(template, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(template, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if below == "generate" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(folder, below), 0o755) //nolint:gosec // source is public
		}
		content, err := os.ReadFile(path) //nolint:gosec // a file of the template
		if err != nil {
			return err
		}
		return n.write(filepath.Join(folder, n.rename(below)), content)
	})
}

// write writes a file of the template under the network's name. In Go, names of other lengths
// change how lines are set.
func (n network) write(path string, content []byte) error {
	content = []byte(n.rename(string(content)))
	if filepath.Ext(path) == ".go" {
		formatted, err := format.Source(content)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		content = formatted
	}
	return os.WriteFile(path, content, 0o644) //nolint:gosec // source is public
}

// rename puts the network's name in the place of the template's.
func (n network) rename(s string) string {
	return strings.NewReplacer(
		"TEMPLATE", strings.ToUpper(n.name), "Template", n.title, templateName, n.name,
	).Replace(s)
}

// The places in the list of networks that something is put before.
const (
	endOfImports  = "\n)\n"
	endOfAdapters = "\n\t}\n}\n"
)

// listed returns the list of networks with the new one at its end.
func (n network) listed(path string) ([]byte, error) {
	content, err := os.ReadFile(path) //nolint:gosec // a file of the module
	if err != nil {
		return nil, err
	}
	module, _, found := strings.Cut(string(content), "/providers/")
	module = module[strings.LastIndexByte(module, '"')+1:]
	head, tail, imported := strings.Cut(string(content), endOfImports)
	list, rest, listing := strings.Cut(tail, endOfAdapters)
	if !found || !imported || !listing {
		return nil, fmt.Errorf("%s is not the list of networks that is expected: add %s by hand", path, n.name)
	}
	return format.Source([]byte(fmt.Sprintf("%s\n\t%q%s%s\n\t\t{Name: %q, Settings: new(%s.Settings)},%s%s",
		head, module+"/providers/"+n.name, endOfImports, list, n.name, n.name, endOfAdapters, rest)))
}
