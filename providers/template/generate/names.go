package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	validName  = regexp.MustCompile(`^[a-z][a-z0-9]{0,30}$`)
	validTitle = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} .&'’+-]{0,60}$`)
	// reservedName is what Go, or a system that it runs on, means something else by.
	// https://go.dev/ref/spec#Package_initialization, https://go.dev/ref/mod#module-path
	reservedName = regexp.MustCompile(`^(init|main|go|test|std|cmd|internal|vendor|testdata|con|prn|aux|nul|com[0-9]|lpt[0-9])$`)
)

// checkName tells whether a package can have the name.
func (n network) checkName() error {
	switch {
	case !validName.MatchString(n.name):
		return fmt.Errorf("-name %q will not do: it becomes the name of a Go package, of small letters and digits, a letter first, such as example (9gag could be ninegag)", n.name)
	case reservedName.MatchString(n.name), token.IsKeyword(n.name), types.Universe.Lookup(n.name) != nil:
		return fmt.Errorf("-name %q will not do: it means something else in Go; take another, such as %[1]snetwork", n.name)
	case n.name == templateName:
		return fmt.Errorf("-name %q will not do: it is the template's own", n.name)
	}
	return nil
}

// checkUse tells whether the name is free where the package is imported.
func (n network) checkUse(template, registry string) error {
	files, err := importers(template)
	if err != nil {
		return err
	}
	for _, path := range append(files, registry) {
		used, err := uses(path, n.name)
		if err != nil {
			return err
		}
		if used {
			return fmt.Errorf("-name %q will not do: %s has something of that name; take another, such as %[1]snetwork", n.name, path)
		}
	}
	return nil
}

func (n network) checkTitle() error {
	if !validTitle.MatchString(n.title) {
		return fmt.Errorf("-title %q will not do: letters, digits, spaces and . & ' + - are taken, such as Example", n.title)
	}
	return nil
}

// importers lists the files of the template that import it.
func importers(template string) ([]string, error) {
	var list []string
	err := filepath.WalkDir(template, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, one := range file.Imports {
			if strings.HasSuffix(one.Path.Value, "/"+providersFolder+"/"+templateName+`"`) {
				list = append(list, path)
			}
		}
		return nil
	})
	return list, err
}

// uses tells whether a file has a name in it, for whatever it may be.
func uses(path, name string) (bool, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return false, err
	}
	found := false
	ast.Inspect(file, func(node ast.Node) bool {
		if id, ok := node.(*ast.Ident); ok && id.Name == name {
			found = true
		}
		return !found
	})
	return found, nil
}
