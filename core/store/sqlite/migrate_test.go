package sqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

func TestLoadMigrations(t *testing.T) {
	t.Parallel()
	file := func(sql string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(sql)} }
	for _, tc := range []struct {
		name  string
		files fstest.MapFS
		want  []migration
		fails bool
	}{
		{"none", fstest.MapFS{}, []migration{}, false},
		{
			"in order",
			fstest.MapFS{"migrations/0002_b.sql": file("two"), "migrations/0001_a.sql": file("one"), "migrations/README": file("")},
			[]migration{{1, "0001_a.sql", "one"}, {2, "0002_b.sql", "two"}},
			false,
		},
		{"gap", fstest.MapFS{"migrations/0001_a.sql": file(""), "migrations/0003_c.sql": file("")}, nil, true},
		{"twice", fstest.MapFS{"migrations/0001_a.sql": file(""), "migrations/0001_b.sql": file("")}, nil, true},
		{"no number", fstest.MapFS{"migrations/first.sql": file("")}, nil, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := loadMigrations(tc.files)
			if (err != nil) != tc.fails {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(migration{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestMigrationSteps takes steps one after the other; a step that fails leaves
// the schema as it was.
func TestMigrationSteps(t *testing.T) {
	t.Parallel()
	s := openEmpty(t)
	steps := []migration{
		{1, "one", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);"},
		{2, "two", "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1;"},
	}
	bad := migration{3, "three", "CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1);"}

	for _, upTo := range []int{1, 1, 2} {
		if err := s.migrate(t.Context(), steps[:upTo]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.migrate(t.Context(), append(steps[:2:2], bad)); err == nil {
		t.Fatal("the bad step succeeded")
	}
	if err := s.migrate(t.Context(), steps); err != nil {
		t.Fatal(err)
	}
	if err := s.migrate(t.Context(), steps[:1]); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("got %v, want %v", err, store.ErrNewerSchema)
	}
	var got []int64
	if err := s.readers.do(t.Context(), func(c *conn) error {
		left, err := c.exists("SELECT 1 FROM sqlite_schema WHERE name = 'b'")
		if left {
			t.Error("the bad step left a table")
		}
		return errors.Join(err, c.query(func(r row) error {
			got = append(got, r.integer(0), r.integer(1))
			return nil
		}, "SELECT x, y FROM a"))
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{1, 2}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMigrationCountsWhatWasPublished brings deliveries of a schema that did not know when
// they were published up to date.
func TestMigrationCountsWhatWasPublished(t *testing.T) {
	t.Parallel()
	s := openEmpty(t)
	steps, err := loadMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.migrate(t.Context(), steps[:3]); err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for id, at := range map[string]time.Time{
		"early": noon.Add(-time.Second), "exact": noon, "later": noon.Add(1500 * time.Millisecond), "open": {},
	} {
		d, err := s.encodeDelivery(core.Delivery{ID: id, AccountID: "a", State: core.DeliveryPublished, PublishedAt: at})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.writer.do(t.Context(), func(c *conn) error {
			_, err := c.exec("INSERT INTO deliveries (id, account_id, due_at, final, body) VALUES (?, ?, 0, 1, ?)", d.ID, d.AccountID, d.body)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for since, want := range map[time.Time]int{noon.Add(-time.Hour): 3, noon: 2, noon.Add(time.Second): 1, noon.Add(time.Hour): 0} {
		if got, err := s.CountPublished(t.Context(), "a", since); err != nil || got != want {
			t.Errorf("%d since %s, %v; want %d", got, since, err, want)
		}
	}
}

// TestMigrationFindsSegments lists posts of a schema that did not have segments.
func TestMigrationFindsSegments(t *testing.T) {
	t.Parallel()
	s := openEmpty(t)
	steps, err := loadMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.migrate(t.Context(), steps[:4]); err != nil {
		t.Fatal(err)
	}
	for i, post := range []string{
		"'now', NULL, 'open', '[\"a\"]'",
		"'later', 5000000, 'open', '[\"a\",\"b\"]'",
		"'nowhere', NULL, 'error', 'null'",
	} {
		if err := s.writer.do(t.Context(), func(c *conn) error {
			return c.script(fmt.Sprintf(`INSERT INTO posts (created_at, profile_id, id, due_at, status, platforms, deliveries, body)
				SELECT %d, 'p', column1, column2, column3, column4, '[]', json_object('id', column1) FROM (VALUES (%s))`, i, post))
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		query store.PostQuery
		want  []string
	}{
		"all":      {store.PostQuery{}, []string{"nowhere", "later", "now"}},
		"kind":     {store.PostQuery{Scheduled: new(true)}, []string{"later"}},
		"status":   {store.PostQuery{Statuses: []core.PostStatus{core.PostError}}, []string{"nowhere"}},
		"platform": {store.PostQuery{Platforms: []string{"b"}}, []string{"later"}},
	} {
		tc.query.ProfileID = "p"
		list, err := s.ListPosts(t.Context(), tc.query)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range list {
			got = append(got, p.ID)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func openEmpty(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "test.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestQueryPlans holds the queries that run often, or over what only grows, to
// the indexes that were made for them.
func TestQueryPlans(t *testing.T) {
	t.Parallel()
	s := openEmpty(t)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	small := regexp.MustCompile(`^(\(subquery|CONSTANT ROW|found$)|` + // what a query has made itself
		` INDEX (posts_untold|accounts_untold|deleted_profiles_by_turn)$`) // what holds only the few that are wanted
	for name, tc := range map[string]struct {
		sql  string
		uses []string
	}{
		"first due":        {firstDue, []string{"jobs USING INDEX jobs_by_time (kind=? AND pool=? AND run_at<?)"}},
		"next head":        {nextHead, []string{"jobs USING COVERING INDEX jobs_by_lane (kind=? AND lane>?)"}},
		"next tenant":      {nextTenant, []string{"jobs USING COVERING INDEX jobs_by_tenant (kind=? AND tenant>?)"}},
		"tenant's due":     {tenantsDue, []string{"jobs USING INDEX jobs_by_tenant (kind=? AND tenant=? AND run_at<?)"}},
		"held lanes":       {heldLanes, []string{"jobs USING INDEX jobs_held (kind=? AND pool=? AND lease_until>?)"}},
		"lane taken":       {laneTaken, []string{"jobs USING INDEX jobs_held (kind=? AND pool=? AND lease_until>?)"}},
		"lane ahead":       {laneAhead, []string{"jobs USING COVERING INDEX jobs_by_lane (kind=? AND lane=?"}},
		"next job":         {nextRunAt, []string{"jobs USING INDEX jobs_by_time", "jobs USING COVERING INDEX jobs_held"}},
		"backlog":          {backlog, []string{"jobs USING COVERING INDEX jobs_by_time"}},
		"list segments":    {listSegments, []string{"posts USING COVERING INDEX posts_by_segment (profile_id=? AND segment>?)"}},
		"list a segment":   {listSegment, []string{"posts USING COVERING INDEX posts_by_segment (profile_id=? AND segment=? AND created_at>? AND created_at<?)"}},
		"list by due":      {listSegmentByDue, []string{"posts USING INDEX posts_by_segment (profile_id=? AND segment=? AND created_at>? AND created_at<?)"}},
		"list what is due": {listOpenByDue, []string{"posts USING INDEX posts_open_by_due (profile_id=? AND due_at>? AND due_at<?)"}},
		"posts by place":   {postsBySeq, []string{"p USING INTEGER PRIMARY KEY"}},
		"list deliveries":  {listDeliveries, []string{"p USING INDEX sqlite_autoindex_posts", "d USING PRIMARY KEY"}},
		"find delivery":    {findDelivery, []string{"deliveries USING INDEX deliveries_by_remote"}},
		"count published":  {countPublished, []string{"deliveries USING COVERING INDEX deliveries_published"}},
		"open deliveries":  {openDeliveries, []string{"deliveries USING COVERING INDEX deliveries_unfinished"}},
		"overdue":          {overdue, []string{"deliveries USING COVERING INDEX deliveries_unfinished"}},
		"stranded":         {strandedDeliveries, []string{"d USING INDEX deliveries_unfinished", "jobs USING PRIMARY KEY (kind=? AND key=?)"}},
		"old requests":     {deleteRequests, []string{"requests USING INDEX requests_by_age"}},
		"list uploads":     {listUploads, []string{"uploads USING INDEX uploads_by_profile"}},
		"upload usage":     {uploadUsage, []string{"uploads USING COVERING INDEX uploads_usage"}},
		"get comment":      {getComment, []string{"comments USING INDEX sqlite_autoindex_comments"}},
		"find comment":     {findComment, []string{"comments USING INDEX comments_by_remote"}},
		"list comments":    {listComments, []string{"comments USING INDEX comments_by_post"}},
		"expired uploads":  {expiredUploads, []string{"uploads USING INDEX uploads_by_expiry"}},
		"list a series":    {listSeries, []string{"posts USING INDEX posts_by_series (profile_id=? AND series_id=? AND created_at>? AND created_at<?)"}},
		"all series":       {listAnySeries, []string{"posts USING INDEX posts_by_series"}},
		"get schedule":     {getSchedule, []string{"schedules USING PRIMARY KEY"}},
		"list schedules":   {listSchedules, []string{"schedules USING PRIMARY KEY"}},
		"taken slots":      {takenSlots, []string{"posts USING COVERING INDEX posts_slots"}},
		"last slot":        {lastSlot, []string{"posts USING COVERING INDEX posts_slots"}},
		"untold posts":     {untoldPosts, []string{"posts USING INDEX posts_untold"}},
		"unsent":           {unsentDeliveries, []string{"deliveries USING COVERING INDEX deliveries_unfinished (due_at<?)", "d USING PRIMARY KEY"}},
		"list accounts":    {listAccounts, []string{"accounts USING INDEX sqlite_autoindex_accounts"}},
		"accounts of some": {accountsOf, []string{"accounts USING INDEX sqlite_autoindex_accounts"}},
		"due accounts":     {dueAccounts, []string{"accounts USING INDEX accounts_due (next_at<?)"}},
		"untold accounts":  {untoldAccounts, []string{"accounts USING INDEX accounts_untold"}},
		"deleted profiles": {deletedProfiles, []string{"deleted_profiles USING COVERING INDEX deleted_profiles_by_turn"}},
		"purge accounts":   {purgeAccounts, []string{"accounts USING PRIMARY KEY", "accounts USING INDEX sqlite_autoindex_accounts_2 (profile_id=?)"}},
		"purge schedules":  {purgeSchedules, []string{"schedules USING PRIMARY KEY (profile_id=? AND title=?)"}},
		"purge comments":   {purgeComments, []string{"comments USING COVERING INDEX comments_by_profile"}},
		"purge requests":   {purgeRequests, []string{"requests USING COVERING INDEX sqlite_autoindex_requests"}},
		"posts to purge":   {postsOfProfile, []string{"posts USING INDEX posts_by_segment (profile_id=?)"}},
		"purge deliveries": {purgeDeliveries, []string{"deliveries USING PRIMARY KEY (id=?)"}},
		"purge jobs":       {purgeJobsByKey, []string{"jobs USING PRIMARY KEY (kind=? AND key=?)"}},
		"purge other jobs": {purgeJobsOf, []string{"jobs USING PRIMARY KEY (kind=? AND key=?)", "jobs USING COVERING INDEX jobs_by_tenant (kind=? AND tenant=?)"}},
		"next kind":        {nextKind, []string{"jobs USING"}},
		"link session":     {getLinkSession, []string{"link_sessions USING PRIMARY KEY"}},
		"session by token": {linkSessionByToken, []string{"link_sessions USING INDEX sqlite_autoindex_link_sessions_2 (token_hash=?)"}},
		"end sessions":     {endLinkSessions, []string{"link_sessions USING INDEX link_sessions_by_profile"}},
		"take link state":  {takeLinkState, []string{"link_states USING PRIMARY KEY"}},
		"pending grant":    {getPendingGrant, []string{"pending_grants USING PRIMARY KEY"}},
		"take grant":       {takePendingGrant, []string{"pending_grants USING PRIMARY KEY"}},
		"old link states":  {deleteLinkStates, []string{"link_states USING INDEX link_states_by_expiry"}},
		"old grants":       {deletePendingGrants, []string{"pending_grants USING INDEX pending_grants_by_expiry"}},
		"old sessions":     {deleteLinkSessions, []string{"link_sessions USING INDEX link_sessions_by_end"}},
		"get webhook":      {getWebhook, []string{"webhooks USING PRIMARY KEY"}},
		"list webhooks":    {listWebhooks, []string{"webhooks USING PRIMARY KEY"}},
		"get message":      {getMessage, []string{"m USING INDEX sqlite_autoindex_messages"}},
		"first pending":    {firstPending, []string{"m USING INDEX messages_by_lane (lane=?)"}},
		"list messages":    {listMessages, []string{"m USING INDEX messages_by_profile (profile_id=?)"}},
		"messages before":  {listMessagesBefore, []string{"m USING INDEX messages_by_profile (profile_id=? AND id<?)", "messages USING INDEX sqlite_autoindex_messages"}},
		"stranded message": {strandedMessages, []string{"m USING INDEX messages_pending (channel=? AND created_at<?)", "jobs USING PRIMARY KEY (kind=? AND key=?)"}},
		"count pending":    {countPending, []string{"messages USING COVERING INDEX messages_pending (channel=?)"}},
		"old messages":     {deleteMessages, []string{"messages USING COVERING INDEX messages_ended"}},
		"purge webhooks":   {purgeWebhooks, []string{"webhooks USING PRIMARY KEY (profile_id=? AND action=?)"}},
		"purge states":     {purgeLinkStates, []string{"s USING COVERING INDEX link_sessions_by_profile", "l USING COVERING INDEX link_states_by_session", "link_states USING PRIMARY KEY"}},
		"purge grants":     {purgePendingGrants, []string{"s USING COVERING INDEX link_sessions_by_profile", "g USING COVERING INDEX pending_grants_by_session", "pending_grants USING PRIMARY KEY"}},
		"purge sessions":   {purgeLinkSessions, []string{"link_sessions USING COVERING INDEX link_sessions_by_profile", "link_sessions USING PRIMARY KEY"}},
		"its messages":     {messagesOfProfile, []string{"messages USING COVERING INDEX messages_by_profile"}},
		"purge messages":   {purgeMessages, []string{"messages USING COVERING INDEX sqlite_autoindex_messages"}},
		"expire uploads":   {expireUploads, []string{"uploads USING INTEGER PRIMARY KEY", "uploads USING INDEX uploads_usage (profile_id=?)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := explain(t, s, tc.sql)
			for _, use := range tc.uses {
				if !strings.Contains(plan, use) {
					t.Errorf("the plan does not use %q:\n%s", use, plan)
				}
			}
			sorted := strings.Contains(plan, "jobs_by") || strings.Contains(plan, "SEARCH deliveries USING COVERING INDEX") || strings.Contains(plan, "SEARCH d USING INDEX deliveries")
			if sorted && strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("the plan sorts:\n%s", plan)
			}
			for line := range strings.Lines(plan) {
				scan, ok := strings.CutPrefix(strings.TrimSpace(line), "SCAN ")
				if ok && !strings.Contains(scan, "VIRTUAL TABLE") && !small.MatchString(scan) {
					t.Errorf("the plan scans:\n%s", plan)
				}
			}
		})
	}
}

// TestProfileQueryPlans does the same for the listing of profiles in all its forms.
func TestProfileQueryPlans(t *testing.T) {
	t.Parallel()
	s := openEmpty(t)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const byCreation, ofAccounts = "p USING INDEX profiles_by_creation", "USING COVERING INDEX sqlite_autoindex_accounts_2 (profile_id=?"
	for name, tc := range map[string]struct {
		query store.ProfileQuery
		uses  []string
	}{
		"all":       {store.ProfileQuery{}, []string{byCreation}},
		"after":     {store.ProfileQuery{After: "a"}, []string{byCreation + " (created_at>?)"}},
		"title":     {store.ProfileQuery{Title: "a", HasAccounts: new(true)}, []string{"p USING INDEX sqlite_autoindex_profiles_2 (title=?)", ofAccounts}},
		"reference": {store.ProfileQuery{RefID: "a", HasAccounts: new(false)}, []string{"p USING INDEX profiles_by_ref (ref_id=?)", ofAccounts}},
		"keys":      {store.ProfileQuery{KeyHashes: [][]byte{{1}}}, []string{"p USING INDEX sqlite_autoindex_profiles_3 (key_hash=?)"}},
		"platforms": {store.ProfileQuery{Platforms: []string{"a", "b"}}, []string{byCreation, ofAccounts + " AND platform=?)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sql, _, err := s.listProfilesQuery(tc.query)
			if err != nil {
				t.Fatal(err)
			}
			plan := explain(t, s, sql)
			for _, use := range tc.uses {
				if !strings.Contains(plan, use) {
					t.Errorf("the plan does not use %q:\n%s", use, plan)
				}
			}
		})
	}
}

func explain(t *testing.T, s *Store, sql string) string {
	t.Helper()
	var plan strings.Builder
	if err := s.readers.do(t.Context(), func(c *conn) error {
		args := make([]driver.Value, 12)
		for i := range args {
			args[i] = int64(1)
		}
		return c.query(func(r row) error {
			plan.WriteString(r.text(3) + "\n")
			return nil
		}, "EXPLAIN QUERY PLAN "+sql, args...)
	}); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
