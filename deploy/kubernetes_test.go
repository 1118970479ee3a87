package deploy_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// manifest is what the tests look at of an object.
type manifest struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string // of a ConfigMap
	// StringData are the keys of a Secret.
	StringData map[string]string `yaml:"stringData"`
	Spec       struct {
		Selector any
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     pod
		}
		Ports []struct {
			Name       string
			TargetPort string `yaml:"targetPort"`
		}
	}
}

type pod struct {
	Grace      int `yaml:"terminationGracePeriodSeconds"`
	Containers []struct {
		Args    []string
		EnvFrom []struct {
			ConfigMapRef struct{ Name string } `yaml:"configMapRef"`
		} `yaml:"envFrom"`
		Ports []struct {
			Name string
			Port int `yaml:"containerPort"`
		}
		Startup   probe `yaml:"startupProbe"`
		Liveness  probe `yaml:"livenessProbe"`
		Readiness probe `yaml:"readinessProbe"`
		Mounts    []struct {
			Name string
			Path string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	}
	Volumes []struct {
		Name   string
		Secret struct {
			Name string `yaml:"secretName"`
		}
	}
}

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
	Period  int                         `yaml:"periodSeconds"`
	Timeout int                         `yaml:"timeoutSeconds"`
	Failure int                         `yaml:"failureThreshold"`
}

// patience is how long a probe may fail until it counts.
func (p probe) patience() time.Duration {
	return time.Duration(p.Failure*p.Period+p.Timeout) * time.Second
}

// manifests are all objects of a file, or of all that kustomization.yaml names.
func manifests(t *testing.T, names ...string) map[string]manifest {
	t.Helper()
	if len(names) == 0 {
		names = decode[struct{ Resources []string }](t, read(t, "kubernetes/kustomization.yaml")).Resources
	}
	all := map[string]manifest{}
	for _, name := range names {
		for documents := yaml.NewDecoder(bytes.NewReader([]byte(read(t, "kubernetes/"+name)))); ; {
			var m manifest
			err := documents.Decode(&m)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all[m.Kind+" "+m.Metadata.Name] = m
		}
	}
	return all
}

// Every file is applied, besides the example of what is secret.
func TestManifests(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("kubernetes/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"kustomization.yaml"}
	want = append(want, decode[struct{ Resources []string }](t, read(t, "kubernetes/kustomization.yaml")).Resources...)
	slices.Sort(want)
	for i, name := range files {
		files[i] = filepath.Base(name)
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files (-kustomization.yaml +there):\n%s", diff)
	}
}

func TestManifestSettings(t *testing.T) {
	t.Parallel()
	secrets, all := makeSecrets(t), manifests(t)
	keys := manifests(t, "secret.yaml.example")["Secret crier"].StringData
	for _, component := range []string{"serve", "worker"} {
		template := all["Deployment crier-"+component].Spec.Template
		if len(template.Spec.Containers) != 1 {
			t.Fatalf("%s: %d containers", component, len(template.Spec.Containers))
		}
		c := template.Spec.Containers[0]
		if !slices.Equal(c.Args, []string{component}) || len(c.EnvFrom) != 1 {
			t.Errorf("%s runs %q with %v", component, c.Args, c.EnvFrom)
		}
		mounts := map[string]string{}
		for _, m := range c.Mounts {
			mounts[m.Name] = m.Path
		}
		environ := maps.Clone(all["ConfigMap "+c.EnvFrom[0].ConfigMapRef.Name].Data)
		for name, value := range environ {
			if secret, is := strings.CutPrefix(value, mounts["secrets"]+"/"); is {
				if keys[secret] == "" {
					t.Errorf("the Secret has no key %s", secret)
				}
				environ[name] = filepath.Join(secrets, secret)
			}
		}
		cfg := loads(t, environ)
		outlasts(t, component+": terminationGracePeriodSeconds", time.Duration(template.Spec.Grace)*time.Second, cfg)
		if mounts["data"] != cfg.DataDir || template.Spec.Volumes[1].Secret.Name != "crier" {
			t.Errorf("%s: mounts %v", component, mounts)
		}
		ports := map[string]int{}
		for _, p := range c.Ports {
			ports[p.Name] = p.Port
		}
		want := map[string]int{"operations": 8081}
		if component == "serve" {
			want["api"] = 8080
		}
		if diff := cmp.Diff(want, ports); diff != "" || cfg.OpsAddr != ":8081" || cfg.Addr != ":8080" {
			t.Errorf("%s: ports (-settings +container):\n%s", component, diff)
		}
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	// A start waits for its database, and /readyz answers within its own limit of 2 s.
	const start, answer = 30 * time.Second, 2
	all := manifests(t)
	settings := all["ConfigMap crier"].Data
	delay, err := time.ParseDuration(settings["CRIER_SHUTDOWN_DELAY"])
	if err != nil {
		t.Fatal(err)
	}
	for _, component := range []string{"serve", "worker"} {
		c := all["Deployment crier-"+component].Spec.Template.Spec.Containers[0]
		for path, p := range map[string]probe{"/healthz": c.Liveness, "/readyz": c.Readiness} {
			if p.HTTPGet.Path != path || p.HTTPGet.Port != "operations" || p.Timeout <= answer {
				t.Errorf("%s: %s is asked by %+v", component, path, p)
			}
		}
		if c.Startup.HTTPGet != c.Liveness.HTTPGet || c.Startup.patience() <= start {
			t.Errorf("%s: the start may take %v", component, c.Startup.patience())
		}
		if c.Readiness.patience() >= delay {
			t.Errorf("%s: a pod that drains is ready for up to %v, and drains for %v", component, c.Readiness.patience(), delay)
		}
	}
}

// What selects pods selects the right ones.
func TestSelectors(t *testing.T) {
	t.Parallel()
	all := manifests(t)
	labels := func(component string) map[string]any {
		return map[string]any{"app.kubernetes.io/name": "crier", "app.kubernetes.io/component": component}
	}
	want := map[string]any{
		"Deployment crier-serve":           map[string]any{"matchLabels": labels("serve")},
		"Deployment crier-worker":          map[string]any{"matchLabels": labels("worker")},
		"PodDisruptionBudget crier-serve":  map[string]any{"matchLabels": labels("serve")},
		"PodDisruptionBudget crier-worker": map[string]any{"matchLabels": labels("worker")},
		"Service crier":                    labels("serve"),
	}
	got := map[string]any{}
	for name, m := range all {
		if m.Spec.Selector != nil {
			got[name] = m.Spec.Selector
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("selectors (-want +got):\n%s", diff)
	}
	for _, component := range []string{"serve", "worker"} {
		pod := map[string]any{}
		for name, value := range all["Deployment crier-"+component].Spec.Template.Metadata.Labels {
			pod[name] = value
		}
		if diff := cmp.Diff(labels(component), pod); diff != "" {
			t.Errorf("labels (-want +got):\n%s", diff)
		}
	}
	if ports := all["Service crier"].Spec.Ports; len(ports) != 1 || ports[0].TargetPort != "api" {
		t.Errorf("the service leads to %+v", ports)
	}
}
