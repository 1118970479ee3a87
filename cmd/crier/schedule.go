package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

const scheduleAbout = `
Keeps automatic schedules on the server: rules from which posts get their times.

  crier schedule set --at 09:00Z,17:30Z --days mon,wed,fri
  crier schedule set evenings --at 20:15Z --exclude 2026-12-24 --start 2026-12-01T00:00:00Z
  crier schedule list
  crier schedule delete evenings
  crier post "When it is time" --platform linkedin --auto-schedule default

A post takes the next time of the schedule that no other post has. All times are in UTC.
A schedule without a title is named default.`

// scheduleCommands are the commands below crier schedule.
func scheduleCommands() []command {
	return []command{
		{name: "set", short: "Set a schedule, or change when it starts.", run: runScheduleSet},
		{name: "list", short: "List the schedules.", run: runScheduleList},
		{name: "delete", short: "Delete schedules; posts keep their times.", run: runScheduleDelete},
	}
}

func runSchedule(ctx context.Context, c cli, args []string) error {
	return runBelow(ctx, c, "schedule", scheduleAbout, scheduleCommands(), args)
}

// runBelow runs one of the commands below another one.
func runBelow(ctx context.Context, c cli, name, about string, below []command, args []string) error {
	names := make([]string, len(below))
	var help strings.Builder
	help.WriteString(about + "\n\nCommands:\n")
	for i, cmd := range below {
		if len(args) > 0 && cmd.name == args[0] {
			return cmd.run(ctx, c, args[1:])
		}
		names[i] = cmd.name
		fmt.Fprintf(&help, "\n  %-10s %s", cmd.name, cmd.short)
	}
	f := newFlags(c, name, strings.Join(names, "|")+" [flags]", help.String())
	rest, err := f.parse(args, 1)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return f.wrong(fmt.Errorf("there is no command %q below %s", rest[0], name))
	}
	last := len(names) - 1
	return f.wrong(errors.New("say what to do: " + strings.Join(names[:last], ", ") + " or " + names[last]))
}

func runScheduleSet(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "schedule set", "[title] --at time [flags]", `
Sets a schedule; one that is there under the title is replaced. Without --at, --start and
the other flags change the one that is there. Posts that have a time already keep it.`)
	server := addClientFlags(f)
	at, days, exclude := listFlag{split: true}, listFlag{split: true}, listFlag{split: true}
	f.Var(&at, "at", "`time` of day in UTC, as 13:05Z; repeat it or separate several by commas.")
	f.Var(&days, "days", "`day` of the week, as mon, monday or 1, sunday being 0; repeat it or separate several by commas. Without it, every day.")
	f.Var(&exclude, "exclude", "`date` without posts, as 2026-12-24; repeat it or separate several by commas.")
	start := f.String("start", "", "`time` before which the schedule gives out no times, as 2026-12-01T00:00:00Z.")
	asJSON := f.Bool("json", false, "Print the server's answer as JSON.")
	rest, err := f.parse(args, 1)
	if err != nil {
		return err
	}
	fields := map[string]any{}
	if len(rest) > 0 {
		if rest[0] == "" {
			return f.wrong(errors.New("the title is empty: give one, or leave it out for the schedule default"))
		}
		fields["title"] = rest[0]
	}
	if len(at.values) > 0 {
		fields["schedule"] = at.values
	}
	if len(days.values) > 0 {
		if fields["daysOfWeek"], err = weekdays(days.values); err != nil {
			return f.wrong(err)
		}
	}
	if len(exclude.values) > 0 {
		fields["excludeDates"] = exclude.values
	}
	if *start != "" {
		fields["setStartDate"] = *start
	}
	if len(at.values) == 0 && *start == "" {
		return f.wrong(errors.New("no times are named: add --at, as --at 09:00Z,17:30Z, or --start to change a schedule that is there"))
	}
	return setSchedule(ctx, c, server, fields, *asJSON)
}

func setSchedule(ctx context.Context, c cli, server clientFlags, fields map[string]any, asJSON bool) error {
	got, err := callWithJSON(ctx, c, server, http.MethodPost, "/auto-schedule", fields)
	switch {
	case err != nil:
		return err
	case asJSON:
		return writeJSON(c.stdout, got.body)
	}
	var set struct {
		Message  string       `json:"message"`
		Title    string       `json:"title"`
		Warnings []apiWarning `json:"warnings"`
		scheduleEntry
	}
	if err := json.Unmarshal(got.body, &set); err != nil {
		return fmt.Errorf("reading the server's answer: %w", err)
	}
	fmt.Fprintln(c.stdout, set.Message)
	writeWarnings(c.stdout, set.Warnings)
	return writeSchedules(c.stdout, map[string]scheduleEntry{set.Title: set.scheduleEntry})
}

// weekdays reads days of the week: their numbers, or what their names begin with.
func weekdays(values []string) ([]int, error) {
	list := make([]int, len(values))
	for i, v := range values {
		day, found := weekday(v)
		if !found {
			return nil, fmt.Errorf("--days: %q is not a day such as mon, monday or 1", v)
		}
		list[i] = int(day)
	}
	return list, nil
}

func weekday(value string) (time.Weekday, bool) {
	const shortest = 3 // letters: no two names begin with the same
	low := strings.ToLower(value)
	for d := time.Sunday; d <= time.Saturday; d++ {
		if low == strconv.Itoa(int(d)) || len(low) >= shortest && strings.HasPrefix(strings.ToLower(d.String()), low) {
			return d, true
		}
	}
	return 0, false
}

// callWithJSON sends an object to the server and returns its answer if it is a success.
func callWithJSON(ctx context.Context, c cli, server clientFlags, method, path string, fields map[string]any) (*reply, error) {
	api, err := server.client(c)
	if err != nil {
		return nil, err
	}
	var body *payload
	if fields != nil {
		if body, err = jsonPayload(fields); err != nil {
			return nil, err
		}
	}
	got, err := api.do(ctx, call{method: method, path: path, body: body, repeatable: true})
	if err == nil && got.status != http.StatusOK {
		err = refusal(got)
	}
	return got, err
}

// scheduleEntry is a schedule as the API shows it.
type scheduleEntry struct {
	Schedule         []string `json:"schedule"`
	DaysOfWeek       []int    `json:"daysOfWeek"`
	ExcludeDates     []string `json:"excludeDates"`
	StartDate        string   `json:"startDate"`
	LastScheduleDate string   `json:"lastScheduleDate"`
}

func runScheduleList(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "schedule list", "[flags]", "Lists the schedules, with the latest time that a post got from each.")
	server := addClientFlags(f)
	asJSON := f.Bool("json", false, "Print the server's answer as JSON.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	got, err := callWithJSON(ctx, c, server, http.MethodGet, "/auto-schedule", nil)
	switch {
	case err != nil:
		return err
	case *asJSON:
		return writeJSON(c.stdout, got.body)
	}
	var list struct {
		Schedules map[string]scheduleEntry `json:"schedules"`
	}
	if err := json.Unmarshal(got.body, &list); err != nil {
		return fmt.Errorf("reading the list of schedules: %w", err)
	}
	return writeSchedules(c.stdout, list.Schedules)
}

// writeSchedules shows schedules as a table.
func writeSchedules(w io.Writer, schedules map[string]scheduleEntry) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TITLE\tTIMES\tDAYS\tNOT ON\tFROM\tLAST TAKEN")
	for _, title := range slices.Sorted(maps.Keys(schedules)) {
		s := schedules[title]
		columns := []string{title, strings.Join(s.Schedule, " "), dayNames(s.DaysOfWeek), strings.Join(s.ExcludeDates, " "), s.StartDate, s.LastScheduleDate}
		for i, column := range columns {
			if column == "" {
				columns[i] = "-"
			}
		}
		fmt.Fprintln(table, strings.Join(columns, "\t"))
	}
	return table.Flush()
}

// dayNames writes days of the week as people do.
func dayNames(days []int) string {
	const week = 7
	if len(days) == week {
		return "every day"
	}
	names := make([]string, len(days))
	for i, d := range days {
		names[i] = time.Weekday(d).String()[:3]
	}
	return strings.Join(names, " ")
}

func runScheduleDelete(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "schedule delete", "title [flags]", "Deletes a schedule. Posts that have a time of it keep that time.")
	server := addClientFlags(f)
	rest, err := f.parse(args, 1)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return f.wrong(errors.New("no schedule is named"))
	}
	if _, err := callWithJSON(ctx, c, server, http.MethodDelete, "/auto-schedule", map[string]any{"title": rest[0]}); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "The schedule %q is deleted.\n", rest[0])
	return nil
}
