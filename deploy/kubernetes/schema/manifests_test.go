// Package schema_test reads the manifests with the types of Kubernetes itself, which refuse
// names that they do not know.
package schema_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
)

// decoder refuses a field that is unknown, or there twice.
func decoder(t *testing.T) runtime.Decoder {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
}

func TestManifests(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../*.yaml*")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, name := range files {
		if filepath.Base(name) == "kustomization.yaml" { // of a program of its own
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range strings.Split(string(raw), "\n---\n") {
			_, kind, err := decoder(t).Decode([]byte(document), nil, nil)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			kinds = append(kinds, kind.Kind)
		}
	}
	slices.Sort(kinds)
	const want = "ConfigMap Deployment Deployment HorizontalPodAutoscaler Ingress NetworkPolicy PodDisruptionBudget PodDisruptionBudget Secret Service"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// The types must be able to refuse something.
func TestStrict(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"unknown field": "apiVersion: v1\nkind: Service\nmetadata: {name: crier}\nspec: {port: []}\n",
		"wrong type":    "apiVersion: v1\nkind: Service\nmetadata: {name: crier}\nspec: {ports: {}}\n",
		"unknown kind":  "apiVersion: v1\nkind: Server\nmetadata: {name: crier}\n",
		"there twice":   "apiVersion: v1\nkind: Service\nmetadata: {name: crier, name: other}\n",
	} {
		if _, _, err := decoder(t).Decode([]byte(document), nil, nil); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}
