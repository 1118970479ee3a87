package storetest

import (
	"reflect"
	"testing"
)

// TestFixturesAreFull keeps the fixtures that have every field set from falling
// behind the records: a field that is zero in them would not be checked.
func TestFixturesAreFull(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]any{
		"post": fullPost("p1"), "delivery": fullDelivery("d1"), "account": newAccount("a1", profileA, "r1"), "upload": fullUpload("u1"),
		"schedule": fullSchedule(profileA, "default"), "profile": primaryProfile(), "link session": fullLinkSession("s1", profileA),
		"webhook": fullWebhook(profileA, "scheduled"), "message": fullMessage("m1"),
	} {
		for _, path := range zeroFields(reflect.ValueOf(record), name) {
			t.Errorf("%s is zero", path)
		}
	}
}

// zeroFields returns the paths of all fields at or below v that are zero, but for
// those that the store owns and that it does not keep.
func zeroFields(v reflect.Value, path string) (zero []string) {
	if v.IsZero() {
		return []string{path}
	}
	if v.Kind() == reflect.Pointer {
		return zeroFields(v.Elem(), path)
	}
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			zero = append(zero, zeroFields(v.Index(i), path+"[]")...)
		}
	}
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && f.Name != "Version" && f.Name != "Err" {
				zero = append(zero, zeroFields(v.Field(i), path+"."+f.Name)...)
			}
		}
	}
	return zero
}
