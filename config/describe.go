package config

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/agnivade/levenshtein"

	"github.com/crier-social/crier/core"
)

// section is a struct that settings are read into.
type section struct {
	target any    // points to it
	prefix string // of its settings
}

// field is one setting as its struct tags describe it.
type field struct {
	section   section
	name      string // of the variable
	goName    string // of the struct field; unique within a section, nested structs included
	def       string // default, as the reference shows it
	computed  string // what stands for the value when it is not set and there is no fixed default
	help      string
	file, off bool
	value     reflect.Value
}

// fieldsOf lists the settings of the struct that target points to, in the order of their
// declaration, those of adapters included.
func fieldsOf(target any) []field {
	return section{target: target, prefix: Prefix}.fields()
}

func (s section) fields() []field { return s.fieldsIn(reflect.ValueOf(s.target).Elem(), s.prefix) }

// fieldsIn lists the settings of a struct within that of the section, or of that itself.
func (s section) fieldsIn(v reflect.Value, prefix string) []field {
	var fields []field
	for sf, value := range v.Fields() {
		name, isSetting := sf.Tag.Lookup("env")
		nested, isStruct := sf.Tag.Lookup("envPrefix")
		switch {
		case isStruct, sf.Anonymous && sf.Type.Kind() == reflect.Struct && value.CanSet():
			fields = append(fields, s.fieldsIn(value, prefix+nested)...)
		case sf.Type == reflect.TypeFor[[]core.Adapter]():
			for i := range value.Len() {
				a := value.Index(i).Interface().(core.Adapter) //nolint:forcetypeassert // the type was compared
				fields = append(fields, section{target: a.Settings, prefix: adapterPrefix(a.Name)}.fields()...)
			}
		case isSetting:
			f := describe(sf, prefix+name)
			f.section, f.value = s, value
			fields = append(fields, f)
		}
	}
	return fields
}

// adapterPrefix begins the names of an adapter's settings.
func adapterPrefix(adapter string) string { return Prefix + strings.ToUpper(adapter) + "_" }

func describe(sf reflect.StructField, name string) field {
	f := field{
		name:   name,
		goName: sf.Name,
		help:   sf.Tag.Get("help"),
		file:   sf.Tag.Get("file") == "true",
		off:    sf.Tag.Get("off") == "true",
	}
	if value, ok := sf.Tag.Lookup("envDefault"); ok {
		f.def = "`" + value + "`"
	} else {
		f.computed = sf.Tag.Get("shown")
		f.def = f.computed
	}
	return f
}

// allFields lists the settings of server and client, each name once.
func allFields(c *Config) []field {
	fields := fieldsOf(c)
	for _, f := range fieldsOf(new(Client)) {
		if !slices.ContainsFunc(fields, func(known field) bool { return known.name == f.name }) {
			fields = append(fields, f)
		}
	}
	return fields
}

// Print writes every setting with its effective value and where that came from,
// or, for one that is not set, how it comes about. Secrets are hidden.
func (c Config) Print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range fieldsOf(&c) {
		fmt.Fprintf(table, "%s=%v\t# %s\n", f.name, f.value.Interface(), c.origin(f, f.value.IsZero()))
	}
	return table.Flush()
}

// origin tells where a setting's value came from.
func (c Config) origin(f field, unset bool) string {
	source, ok := c.sources[f.name]
	switch {
	case ok:
		return string(source)
	case unset && f.computed != "":
		return string(FromDefault) + ": " + f.computed
	default:
		return string(FromDefault)
	}
}

const referenceHead = `# Settings

<!-- Written by ` + "`make generate`" + ` from the tags of package config and of the adapters' settings; do not edit. -->

Crier reads its settings from the environment. A file named ` + "`.env`" + ` in the working directory is read as well; the
environment wins over it. ` + "`crier config`" + ` prints the effective settings with secrets hidden. Every mistake is reported at
once, by the name of its variable.

A variable with the mark *file* may be given as ` + "`<name>_FILE`" + ` instead: the name of a file that holds the value, as
container secrets are; an empty file is a mistake. An empty variable means its default, unless the table says otherwise.
Durations are written as ` + "`30s`, `5m`, `1h30m` or `90d`" + `; sizes as ` + "`500MB`, `10GB` or `2GiB`" + `. A size is larger than zero.
`

// Reference writes the table of all settings as Markdown, with those of the adapters.
func Reference(w io.Writer, adapters ...core.Adapter) error {
	var b strings.Builder
	b.WriteString(referenceHead)
	writeTable(&b, "Server", &Config{Adapters: adapters})
	writeTable(&b, "Command-line client", new(Client))
	_, err := io.WriteString(w, b.String())
	return err
}

func writeTable(b *strings.Builder, title string, target any) {
	fmt.Fprintf(b, "\n## %s\n\n| Variable | Default | Meaning |\n|---|---|---|\n", title)
	for _, f := range fieldsOf(target) {
		name, def := "`"+f.name+"`", f.def
		if f.file {
			name += " *file*"
		}
		if def == "" {
			def = "–"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, def, f.help)
	}
}

// nearest returns the name with the smallest edit distance, preferably one that has
// all words of the wrong name.
func nearest(name string, names []string) string {
	words := strings.Split(name, "_")
	lacksWord := func(n string) bool {
		have := strings.Split(n, "_")
		return slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(have, w) })
	}
	if longer := slices.DeleteFunc(slices.Clone(names), lacksWord); len(longer) > 0 {
		names = longer
	}
	return slices.MinFunc(names, func(a, b string) int {
		return levenshtein.ComputeDistance(name, a) - levenshtein.ComputeDistance(name, b)
	})
}

// Print relies on these to hide secrets.
var (
	_ fmt.Stringer = core.Secret("")
	_ fmt.Stringer = Store{}
)
