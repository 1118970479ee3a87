package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/samples"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const demoAbout = `
Starts everything in this one process with nothing configured: a server on a
temporary folder, and the sandboxes of LinkedIn and Bluesky with accounts linked to it.
Then it publishes one real post to both through the HTTP API, shows request and answer
and where to look at the post, and goes on serving until Ctrl-C.

While it runs, media may be fetched from 127.0.0.1, on every port. Settings of the
environment do not matter here. Ports that are taken are replaced by free ones. The
exit code is 1 unless the post was published.`

func runDemo(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "demo", "[--exit]", demoAbout)
	exit := f.Bool("exit", false, "End after the post.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "crier-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cfg, err := config.Load([]string{
		"CRIER_DATA_DIR=" + filepath.Join(dir, "data"),
		"CRIER_API_KEY=" + core.NewProfileKey().Reveal(),
		"CRIER_LOG_LEVEL=warn",
		"CRIER_SHUTDOWN_GRACE=5s",
	}, "", c.networks()...)
	if err != nil {
		return err
	}
	s, err := newServer(ctx, cfg, newLogger(c.stderr, cfg), serverOptions{api: true, sandbox: true, fallback: true})
	if err != nil {
		return err
	}
	d := demo{out: newPaint(c.stdout), server: s, key: cfg.APIKey}
	published := false
	err = s.run(ctx, func(ctx context.Context) error {
		if err := d.publish(ctx); err != nil {
			return err
		}
		published = true
		if *exit {
			return errDemoDone
		}
		d.invite()
		return nil
	})
	switch {
	case errors.Is(err, errDemoDone):
		return nil
	case err == nil && !published:
		return errors.New("the demonstration was stopped before its post was published")
	}
	return err
}

// errDemoDone ends the server after the post.
var errDemoDone = errors.New("the demonstration is over")

// demoPlatforms are the networks that the post of the demonstration goes to.
func demoPlatforms() []string { return []string{"linkedin", "bluesky"} }

// demo is one demonstration.
type demo struct {
	out    *paint
	server *server
	key    core.Secret
}

// demoRequest is the request of the demonstration, its keys in the order to show.
type demoRequest struct {
	Post            string      `json:"post"`
	Platforms       []string    `json:"platforms"`
	MediaURLs       []string    `json:"mediaUrls"`
	FirstComment    demoComment `json:"firstComment"`
	LinkedInOptions demoOptions `json:"linkedInOptions"`
	BlueSkyOptions  demoBluesky `json:"blueSkyOptions"`
}

type demoComment struct {
	Comment string `json:"comment"`
}

type demoOptions struct {
	AltText    []string      `json:"altText"`
	Titles     []string      `json:"titles"`
	Visibility string        `json:"visibility"`
	Targeting  demoTargeting `json:"targeting"`
}

type demoBluesky struct {
	AltText   []string `json:"altText"`
	Languages []string `json:"languages"`
}

type demoTargeting struct {
	Countries  []string `json:"countries"`
	Industries []string `json:"industries"`
}

// demoPost is a post that needs some care on its way: a page that is mentioned by its
// handle, hashtags, characters that LinkedIn takes for markup, and an audience.
func demoPost(base string, picture samples.File) demoRequest {
	return demoRequest{
		Post: "Hello from Crier (a self-hosted posting API) [demo]: one request in, a real post out.\n\n" +
			"With @" + sandbox.SmallPageVanity + ", *stars*, under_scores, me@example.com and {braces}, " +
			"just as they were written. #crier #golang",
		Platforms: demoPlatforms(),
		MediaURLs: []string{base + "/samples/" + picture.Name},
		LinkedInOptions: demoOptions{
			AltText:    []string{picture.AltText},
			Titles:     []string{"A sample picture"},
			Visibility: "public",
			Targeting: demoTargeting{
				Countries:  []string{"US", "GB", "DE"},
				Industries: []string{"Software Development", "Technology, Information and Internet"},
			},
		},
		BlueSkyOptions: demoBluesky{AltText: []string{picture.AltText}, Languages: []string{"en"}},
		FirstComment:   demoComment{Comment: "And this comment came with the post."},
	}
}

// publish sends the post and shows what happens. It fails unless the post is
// published.
func (d *demo) publish(ctx context.Context) error {
	base := d.server.api.url()
	d.out.title("Crier demo\n")
	d.out.pair("API", base)
	d.out.pair("API key", d.key.Reveal())
	for _, platform := range demoPlatforms() {
		d.out.pair(d.server.app.registry.Title(platform), d.server.sandboxes.of(platform).web.url()+"  (sandbox)")
	}
	if d.server.ops != nil {
		d.out.pair("metrics", d.server.ops.url()+"/metrics")
	}
	picture, ok := samples.Open(samples.Names()[0])
	if !ok {
		return errors.New("the sample picture is missing")
	}
	post := demoPost(base, picture)
	d.out.title("\nPOST " + base + "/post\n")
	d.out.json(post)

	body, err := jsonPayload(post)
	if err != nil {
		return err
	}
	begin := time.Now()
	got, err := newAPIClient(base, d.key, d.server.app.clock).do(ctx, call{
		method: http.MethodPost, path: "/post", header: http.Header{"Idempotency-Key": {"demo"}}, body: body, repeatable: true,
	})
	if err != nil {
		return err
	}
	d.out.title(fmt.Sprintf("\n%d %s after %d ms\n", got.status, http.StatusText(got.status), time.Since(begin).Milliseconds()))
	d.out.json(json.RawMessage(got.body))
	return d.verdict(got)
}

// verdict tells where to look at the post, or fails.
func (d *demo) verdict(got *reply) error {
	a, err := decodeAnswer(got)
	if err != nil {
		return err
	}
	if a.Status != statusSuccess || len(a.PostIDs) == 0 {
		return fmt.Errorf("the post was not published: its status is %q", a.Status)
	}
	d.out.title("\nLook at the post:\n")
	for _, p := range a.PostIDs {
		d.out.pair(d.server.app.registry.Title(p.Platform), p.PostURL)
	}
	return nil
}

// invite tells what to do next.
func (d *demo) invite() {
	d.out.title("\nYour turn:\n")
	fmt.Fprintf(d.out.w, `  curl %s/post -H 'Authorization: Bearer %s' \
    -H 'Content-Type: application/json' -d '{"post":"My first post","platforms":["linkedin","bluesky"]}'

The address of a page on which people link their accounts, good for five minutes:
  curl -X POST %s/profiles/link-sessions -H 'Authorization: Bearer %s'

Press Ctrl-C to stop; nothing is kept.
`, d.server.api.url(), d.key.Reveal(), d.server.api.url(), d.key.Reveal())
}

// paint writes for people: with colours on a terminal, unless NO_COLOR is set.
// https://no-color.org
type paint struct {
	w      io.Writer
	colour bool
}

func newPaint(w io.Writer) *paint {
	return &paint{w: w, colour: isTerminal(w) && os.Getenv("NO_COLOR") == ""}
}

const (
	bold  = "\x1b[1m"
	cyan  = "\x1b[36m"
	green = "\x1b[32m"
	plain = "\x1b[0m"
)

func (p *paint) in(colour, text string) string {
	if !p.colour {
		return text
	}
	return colour + text + plain
}

func (p *paint) title(text string) { fmt.Fprint(p.w, p.in(bold, text)) }

func (p *paint) pair(name, value string) {
	fmt.Fprintf(p.w, "  %-9s %s\n", name, p.in(cyan, value))
}

// json shows a value as indented JSON, keys and strings coloured apart.
func (p *paint) json(v any) {
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		fmt.Fprintln(p.w, v)
		return
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, bytes.TrimSpace(raw.Bytes()), "", "  "); err != nil {
		fmt.Fprintln(p.w, raw.String())
		return
	}
	fmt.Fprintln(p.w, p.strings(indented.String()))
}

// strings colours the strings of a JSON text.
func (p *paint) strings(text string) string {
	if !p.colour {
		return text
	}
	var b bytes.Buffer
	for i := 0; i < len(text); {
		if text[i] != '"' {
			b.WriteByte(text[i])
			i++
			continue
		}
		end := i + 1
		for text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		colour := green
		if end+1 < len(text) && text[end+1] == ':' {
			colour = cyan
		}
		b.WriteString(p.in(colour, text[i:end+1]))
		i = end + 1
	}
	return b.String()
}
