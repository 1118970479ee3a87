package deploy_test

import (
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/crier-social/crier/config"
)

// composition is what the tests look at of a compose file.
type composition struct {
	Services map[string]container
	Networks map[string]any
	Volumes  map[string]any
	Secrets  map[string]struct{ File string }
}

type container struct {
	Image           string
	Restart         string
	Hostname        string
	Entrypoint      []string
	Command         []string
	Environment     map[string]string
	Secrets         []string
	Volumes         []string
	Networks        []string
	Ports           []string
	StopGracePeriod string `yaml:"stop_grace_period"`
	DependsOn       any    `yaml:"depends_on"`
	Deploy          struct {
		Resources struct{ Limits map[string]string }
	}
}

// readCompose reads a compose file as the command does: with the variables of a .env.
func readCompose(t *testing.T, name string) composition {
	t.Helper()
	values := map[string]string{"PUBLIC_URL": "https://crier.example.com", "LINKEDIN_CLIENT_ID": "client"}
	variable := regexp.MustCompile(`\$\{(\w+)(:[-?])([^}]*)\}`)
	text := variable.ReplaceAllStringFunc(read(t, name), func(found string) string {
		m := variable.FindStringSubmatch(found)
		value, set := values[m[1]]
		switch {
		case set:
			return value
		case m[2] == ":-":
			return m[3]
		}
		t.Errorf("%s needs the variable %s, of which nobody knows", name, m[1])
		return ""
	})
	return decode[composition](t, strings.ReplaceAll(text, "$$", "$"))
}

// runsCrier tells the containers of Crier from the others.
func (c container) runsCrier() bool { return c.Image == "crier:1" }

// servers are the names of the containers that answer requests, workers of those that do not.
func (c composition) servers() (servers, workers []string) {
	for _, name := range slices.Sorted(maps.Keys(c.Services)) {
		switch s := c.Services[name]; {
		case !s.runsCrier():
		case len(s.Command) == 0: // as the image has it
			servers = append(servers, name)
		case slices.Equal(s.Command, []string{"worker"}):
			workers = append(workers, name)
		}
	}
	return servers, workers
}

// settings are those of a container, whose secrets are in a folder.
func (c container) settings(t *testing.T, secrets string) config.Config {
	t.Helper()
	const mounted = "/run/secrets/"
	environ := map[string]string{}
	for name, value := range c.Environment {
		if secret, is := strings.CutPrefix(value, mounted); is {
			if !slices.Contains(c.Secrets, secret) {
				t.Errorf("%s: the container has no secret %s", name, secret)
			}
			value = filepath.Join(secrets, secret)
		}
		environ[name] = value
	}
	return loads(t, environ)
}

func TestComposeSettings(t *testing.T) {
	t.Parallel()
	secrets, c := makeSecrets(t), readCompose(t, "compose/compose.yaml")
	servers, workers := c.servers()
	if len(servers) != 3 || len(workers) != 2 {
		t.Fatalf("servers %q, workers %q", servers, workers)
	}
	folders := map[string]string{}
	for _, name := range slices.Concat(servers, workers) {
		s := c.Services[name]
		cfg := s.settings(t, secrets)
		limit, err := time.ParseDuration(s.StopGracePeriod)
		if err != nil {
			t.Error(err)
		}
		outlasts(t, name+": stop_grace_period", limit, cfg)
		for _, volume := range s.Volumes {
			if volume, is := strings.CutSuffix(volume, ":"+cfg.DataDir); is {
				folders[volume] = name
			}
		}
		if s.Deploy.Resources.Limits["memory"] == "" || s.Restart != "unless-stopped" {
			t.Errorf("%s has no limit, or does not start again", name)
		}
	}
	if len(folders) != 5 {
		t.Errorf("five processes need five folders of data: %v", folders)
	}
	if cfg := c.Services[servers[0]].settings(t, secrets); cfg.ShutdownDelay <= noticed(t) {
		t.Errorf("CRIER_SHUTDOWN_DELAY is %v, the load balancer takes up to %v to notice", cfg.ShutdownDelay, noticed(t))
	}
}

// What the database's URL says is what the other containers do.
func TestComposeDatabase(t *testing.T) {
	t.Parallel()
	secrets, c := makeSecrets(t), readCompose(t, "compose/compose.yaml")
	url, err := connstring.ParseAndValidate(strings.TrimSpace(read(t, filepath.Join(secrets, "store-url"))))
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSpace(read(t, filepath.Join(secrets, "mongo-crier-password"))); url.Username != "crier" || url.Password != want || url.Database != "crier" {
		t.Errorf("the login is that of %s in %s", url.Username, url.Database)
	}
	init := read(t, "compose/mongo-init.js")
	for _, address := range url.Hosts {
		host, port, err := net.SplitHostPort(address)
		if err != nil || port != "27017" {
			t.Errorf("%s: %v", address, err)
		}
		s := c.Services[host]
		if s.Hostname != host || !slices.Contains(s.Command, "--keyFile") || !strings.Contains(strings.Join(s.Command, " "), "--replSet "+url.ReplicaSet) {
			t.Errorf("%s is no member of %s: %+v", host, url.ReplicaSet, s.Command)
		}
		if !strings.Contains(init, `"`+address+`"`) {
			t.Errorf("mongo-init.js does not know %s", address)
		}
		if len(s.Ports) > 0 || !slices.Equal(s.Networks, []string{"back"}) {
			t.Errorf("%s can be reached from outside", host)
		}
	}
	if !strings.Contains(init, `_id: "`+url.ReplicaSet+`"`) || !strings.Contains(init, `user: "`+url.Username+`"`) {
		t.Error("mongo-init.js makes another replica set, or another user")
	}
	if len(url.Hosts) != 3 {
		t.Errorf("%d members", len(url.Hosts))
	}
}

// The bucket of the settings is the folder that the S3 server has.
func TestComposeBucket(t *testing.T) {
	t.Parallel()
	c := readCompose(t, "compose/compose.yaml")
	cfg := c.Services["crier-1"].settings(t, makeSecrets(t))
	bucket, ok := cfg.MediaStore.S3()
	if !ok {
		t.Fatalf("uploads are at %s", cfg.MediaStore)
	}
	host, port, err := net.SplitHostPort(strings.TrimPrefix(string(bucket.Endpoint), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	script := strings.Join(c.Services[host].Entrypoint, "\n")
	for _, want := range []string{"/data/objects/" + bucket.Bucket + " ", "--port :" + port + " ", " /data/objects\n"} {
		if !strings.Contains(script, want) {
			t.Errorf("the container %q lacks %q:\n%s", host, want, script)
		}
	}
}

// What a container names is there.
func TestComposeNames(t *testing.T) {
	t.Parallel()
	base, app := readCompose(t, "compose/compose.yaml"), readCompose(t, "compose/compose.linkedin.yaml")
	for _, c := range []composition{base, app} {
		for name, s := range c.Services {
			checkContainer(t, base, c, name, s)
		}
	}
	servers, workers := base.servers()
	want := slices.Sorted(slices.Values(slices.Concat(servers, workers)))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(app.Services))); diff != "" {
		t.Errorf("compose.linkedin.yaml (-all of Crier +it):\n%s", diff)
	}
}

func checkContainer(t *testing.T, base, c composition, name string, s container) {
	t.Helper()
	there := func(what string, ok bool) {
		t.Helper()
		if !ok {
			t.Errorf("%s names %s, which is not there", name, what)
		}
	}
	for _, secret := range s.Secrets {
		there("the secret "+secret, c.Secrets[secret].File == "./secrets/"+secret)
	}
	for _, network := range s.Networks {
		_, ok := base.Networks[network]
		there("the network "+network, ok)
	}
	for _, volume := range s.Volumes {
		source, _, _ := strings.Cut(volume, ":")
		_, named := base.Volumes[source]
		_, err := os.Stat(filepath.Join("compose", source))
		there("the volume "+source, named || strings.HasPrefix(source, ".") && err == nil)
	}
	var others []string
	switch on := s.DependsOn.(type) {
	case map[string]any:
		others = slices.Collect(maps.Keys(on))
	case []any:
		for _, one := range on {
			others = append(others, one.(string))
		}
	}
	for _, other := range others {
		_, ok := base.Services[other]
		there("the container "+other, ok)
	}
}

// Secrets are made once, and only their folder keeps others out.
func TestSecrets(t *testing.T) {
	t.Parallel()
	dir := makeSecrets(t)
	before := contents(t, dir)
	runSecrets(t, filepath.Join(filepath.Dir(dir), "secrets.sh"))
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("a second run changed secrets (-before +after):\n%s", diff)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
	for name := range before {
		if info, err = os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	var want []string
	for name := range readCompose(t, "compose/compose.yaml").Secrets {
		want = append(want, name)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(before))); diff != "" {
		t.Errorf("secrets (-compose.yaml +secrets.sh):\n%s", diff)
	}
}

// contents are the files of a folder, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	files := map[string]string{}
	for _, entry := range entries {
		raw, readErr := os.ReadFile(filepath.Join(dir, entry.Name()))
		err = errors.Join(err, readErr)
		files[entry.Name()] = string(raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	return files
}
