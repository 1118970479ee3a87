// Generate begins the adapter of a new network: it copies the template under the network's
// name, and puts it into the list of networks.
//
//	go run ./providers/template/generate -name example -title Example
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
	_, err := fmt.Fprintf(out, nextSteps, *name)
	return err
}

const nextSteps = `providers/%[1]s is written, and providers/registry.go lists it. Next:

  make generate                              puts its settings into docs/settings.md
  go test ./providers/%[1]s/...              runs its tests; -update writes its plans anew
  go run ./cmd/crier serve --sandbox         posts to its sandbox

Make it the network's own: docs/adding-a-network.md

To undo all this: rm -r providers/%[1]s && git checkout providers/registry.go docs/settings.md
`

const (
	providersFolder = "providers"
	templateName    = "template"
	registryFile    = "registry.go"
)

// network is what is to be made.
type network struct{ name, title string }

// generate writes the folder and the line of the list. What is there already stays as it is.
func (n network) generate(root string) error {
	template, registry := filepath.Join(root, providersFolder, templateName), filepath.Join(root, providersFolder, registryFile)
	if err := n.checkName(); err != nil {
		return err
	}
	n.title = cmp.Or(n.title, strings.ToUpper(n.name[:1])+n.name[1:])
	if err := n.checkTitle(); err != nil {
		return err
	}
	folder := filepath.Join(root, providersFolder, n.name)
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already", folder)
	}
	listed, err := n.listed(registry)
	if err != nil {
		return err
	}
	if err := n.checkUse(template, registry); err != nil {
		return err
	}
	if err := n.copyTo(folder, template); err != nil {
		return err
	}
	return os.WriteFile(registry, listed, 0o644) //nolint:gosec // source is public
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
	switch filepath.Ext(path) {
	case ".json":
		title, err := json.Marshal(n.title)
		if err != nil {
			return err
		}
		content = []byte(network{n.name, strings.Trim(string(title), `"`)}.rename(string(content)))
	case ".go":
		formatted, err := format.Source([]byte(n.rename(string(content))))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		content = formatted
	default:
		content = []byte(n.rename(string(content)))
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
	if strings.Contains(string(content), "/"+providersFolder+"/"+n.name+`"`) {
		return nil, fmt.Errorf("%s lists %s already: take its import and its line out, or `git checkout %s`", path, n.name, path)
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
