package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/crier-social/crier/core"
)

const mediaAbout = `
Keeps files on the server, to be used in posts.

  crier media upload talk.mp4 first.jpg
  crier media list
  crier media delete 0f1e2d3c4b5a69788796a5b4c3d2e1f0

An uploaded file is named by its id, as --media upload:<id>, or by its address. The
server removes it after some time; crier media list shows when.`

// mediaCommands are the commands below crier media.
func mediaCommands() []command {
	return []command{
		{name: "upload", short: "Upload files of this machine.", run: runMediaUpload},
		{name: "list", short: "List the uploaded files, newest first.", run: runMediaList},
		{name: "delete", short: "Delete uploaded files.", run: runMediaDelete},
	}
}

func runMedia(ctx context.Context, c cli, args []string) error {
	return runBelow(ctx, c, "media", mediaAbout, mediaCommands(), args)
}

// upload is what the client reads of an uploaded file.
type upload struct {
	ID          string `json:"id"`
	URL         string `json:"url"`
	FileName    string `json:"fileName"`
	ContentType string `json:"contentType"`
	Size        int64  `json:"size"`
	Created     string `json:"created"`
	Expires     string `json:"expires"`
}

// uploadScheme begins the address of an upload in a post.
const uploadScheme = "upload:"

func runMediaList(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "media list", "[flags]", "Lists the files that were uploaded and are still there, newest first.")
	server := addClientFlags(f)
	limit := f.Int("limit", 0, "at most this `number` of files; the server's default is 100.")
	asJSON := f.Bool("json", false, "Print the server's answer as JSON.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	query := url.Values{}
	if *limit < 0 {
		return f.wrong(fmt.Errorf("--limit: %d is negative", *limit))
	}
	if *limit > 0 {
		query.Set("limit", strconv.Itoa(*limit))
	}
	api, err := server.client(c)
	if err != nil {
		return err
	}
	got, err := api.do(ctx, call{method: http.MethodGet, path: "/media", query: query, repeatable: true})
	switch {
	case err != nil:
		return err
	case got.status != http.StatusOK:
		return refusal(got)
	case *asJSON:
		return writeJSON(c.stdout, got.body)
	}
	return writeUploads(c.stdout, got.body)
}

// writeUploads shows a list of files as a table.
func writeUploads(w io.Writer, answer []byte) error {
	var list struct {
		Media      []upload `json:"media"`
		Pagination struct {
			HasMore bool `json:"hasMore"`
		} `json:"pagination"`
		Usage struct {
			Used  int64 `json:"used"`
			Quota int64 `json:"quota"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return fmt.Errorf("reading the list of files: %w", err)
	}
	if len(list.Media) == 0 {
		fmt.Fprintln(w, "No files.")
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tCREATED\tEXPIRES\tSIZE\tTYPE\tNAME")
	for _, u := range list.Media {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", u.ID, u.Created, u.Expires, core.FormatBytes(u.Size), u.ContentType, u.FileName)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if list.Pagination.HasMore {
		fmt.Fprintln(w, "There are more; --limit shows them.")
	}
	if list.Usage.Quota > 0 {
		fmt.Fprintf(w, "%s of %s are used.\n", core.FormatBytes(list.Usage.Used), core.FormatBytes(list.Usage.Quota))
	}
	return nil
}

func runMediaDelete(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "media delete", "id... [flags]", `
Deletes uploaded files. One that a post needs, which is scheduled or being sent, stays.
The exit code is 0 when all of them are deleted.`)
	server := addClientFlags(f)
	ids, err := f.parse(args, maxFiles)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return f.wrong(errors.New("no file is named"))
	}
	api, err := server.client(c)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range ids {
		id = strings.TrimPrefix(id, uploadScheme)
		got, err := api.do(ctx, call{method: http.MethodDelete, path: "/media/" + url.PathEscape(id)})
		if err == nil && got.status != http.StatusOK {
			err = refusal(got)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", id, err))
			continue
		}
		fmt.Fprintln(c.stdout, id)
	}
	return failed
}
