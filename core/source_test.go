package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// constants returns the source text of the values of all constants of a type in
// a file of this package, so that lists can be held against the declarations.
func constants(t *testing.T, file, typeName string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if ident, ok := spec.Type.(*ast.Ident); !ok || ident.Name != typeName {
			return true
		}
		for _, v := range spec.Values {
			literal, ok := v.(*ast.BasicLit)
			if !ok {
				t.Fatalf("a constant of %s in %s is no literal", typeName, file)
			}
			values = append(values, strings.Trim(literal.Value, `"`))
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("%s declares no constants of type %s", file, typeName)
	}
	slices.Sort(values)
	return values
}
