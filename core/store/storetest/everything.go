package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// FillEverything stores several records of every kind, some with every field set, some with
// as few as may be, in an empty store. Its clock is at the time from which the suite starts.
func FillEverything(ctx context.Context, s store.Store) error {
	for _, fill := range []func(context.Context, store.Store) error{
		fillProfiles, fillAccounts, fillPosts, fillChanges, fillRequests, fillUploads, fillLinks, fillMessages, fillQueue,
	} {
		if err := fill(ctx, s); err != nil {
			return fmt.Errorf("filling: %w", err)
		}
	}
	return nil
}

// all performs steps until one fails.
func all(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// changed makes an update that may return what it stored one that does not.
func changed[T any](_ T, err error) error { return err }

func fillProfiles(ctx context.Context, s store.Store) error {
	bare := core.Profile{ID: profileB, Title: "B", RefID: "ref b", CreatedAt: start()}
	return all(
		func() error { return s.CreateProfile(ctx, primaryProfile(), []byte{0, 0xff}) },
		func() error { return s.CreateProfile(ctx, bare, []byte("key b")) },
		func() error { return s.CreateProfile(ctx, newProfile("deleted"), []byte("key c")) },
		func() error { return s.DeleteProfile(ctx, "deleted") },
		func() error {
			return changed(s.UpdateProfile(ctx, profileA, func(p *core.Profile) error { p.Email = odd(); return nil }))
		},
		func() error {
			return changed(s.UpdateSchedule(ctx, profileA, "default", func(r *store.Schedule) error { *r = fullSchedule(profileA, "default"); return nil }))
		},
		func() error {
			return changed(s.UpdateSchedule(ctx, profileB, "bare", func(*store.Schedule) error { return nil }))
		},
		func() error {
			return changed(s.UpdateWebhook(ctx, profileA, "scheduled", func(w *store.Webhook) error { *w = fullWebhook(profileA, "scheduled"); return nil }))
		},
		func() error {
			return changed(s.UpdateWebhook(ctx, profileB, "social", func(*store.Webhook) error { return nil }))
		},
	)
}

// primaryProfile is profile A as the primary one.
func primaryProfile() core.Profile {
	p := newProfile(profileA)
	p.Primary = true
	return p
}

func fillAccounts(ctx context.Context, s store.Store) error {
	bare := core.Account{ID: "a2", ProfileID: profileB, Platform: network, RemoteID: "r2", LinkedAt: start()}
	return all(
		func() error { return s.CreateAccount(ctx, newAccount("a1", profileA, "r1"), []byte{0, 0xff}) },
		func() error { return s.CreateAccount(ctx, bare, nil) },
		func() error {
			return changed(s.UpdateAccount(ctx, "a1", func(a *core.Account) error { a.DisplayName = awkward(); return nil }))
		},
		func() error {
			return s.UpdateCredentials(ctx, "a1", func(c *store.Credentials) error {
				c.Sealed, c.Claim, c.ClaimedUntil = []byte{0xff, 0}, "holder", start().Add(time.Hour)
				return nil
			})
		},
	)
}

// fullRequestOf is a request that was answered.
func fullRequestOf(key, postID string) *store.Request {
	return &store.Request{ProfileID: profileA, Key: key, BodyHash: []byte{0, 0xff}, PostID: postID, Status: 201, Answer: []byte(odd()), CreatedAt: start(), Seed: odd(), TriedAt: start().Add(time.Minute)}
}

func fillPosts(ctx context.Context, s store.Store) error {
	full := store.NewPost{Post: fullPost("p1"), Deliveries: []core.Delivery{fullDelivery("d1")}, Request: fullRequestOf("rk", "p1")}
	full.Jobs = []queue.Job{{Kind: jobKind, Key: "d1", RunAt: start(), Tenant: profileA, Lane: "account-1", Order: "p1", Attempt: 3, LastError: odd()}}
	several := newPost("p2", func(p *core.Post) { p.SeriesID = "series"; p.Request.Platforms = []string{"second", network} })
	several.Deliveries = append(several.Deliveries, newDelivery(several.Post, "second"))
	several.Also = []store.NewPost{newPost("p3", scheduledIn(time.Hour)), newPost("p4", onProfileB)}
	for _, n := range []store.NewPost{full, several, newPost("p5", scheduledIn(2*time.Hour), inSlot), newPost("p6", scheduledIn(3*time.Hour), inSlot)} {
		if err := s.InsertPost(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func scheduledIn(d time.Duration) func(*core.Post) {
	return func(p *core.Post) { p.Request.ScheduleAt = start().Add(d) }
}

func onProfileB(p *core.Post) { p.ProfileID = profileB }

func inSlot(p *core.Post) { p.Request.AutoSchedule = "default" }

// fillChanges leaves posts and deliveries in many states. p6 has given its slot back; p3 has
// the title and the time of the slot that p5 holds.
func fillChanges(ctx context.Context, s store.Store) error {
	publish := func(d *core.Delivery) error {
		d.State, d.PublishedAt, d.Receipt.RemoteID, d.Content = core.DeliveryPublished, start(), "urn:x:post:p2", "other content"
		d.Receipt.Extra = map[string]any{"large": 9007199254740993}
		return nil
	}
	return all(
		func() error { return changed(s.UpdateDelivery(ctx, "p2/"+network, publish)) },
		func() error {
			return changed(s.UpdateDelivery(ctx, "p4/"+network, func(d *core.Delivery) error { d.State = core.DeliveryCancelled; return nil }))
		},
		func() error {
			return changed(s.UpdatePost(ctx, "p6", func(p *core.Post) error { p.Status = core.PostDeleted; return nil }))
		},
		func() error {
			return changed(s.UpdatePost(ctx, "p3", func(p *core.Post) error {
				p.Status, p.Request.IdempotencyKey, p.Outbox = core.PostPaused, "key of p3", []core.Notice{fullNotice("n3")}
				p.Request.AutoSchedule, p.Request.ScheduleAt = "default", start().Add(2*time.Hour)
				return nil
			}))
		},
	)
}

func fillRequests(ctx context.Context, s store.Store) error {
	return all(
		func() error { return s.AnswerRequest(ctx, *fullRequestOf("other/rk", "")) },
		func() error {
			return s.AnswerRequest(ctx, store.Request{ProfileID: profileB, Key: "rk", CreatedAt: start()})
		},
		func() error { return s.InsertComment(ctx, newComment("c1", "account-1")) },
		func() error { return s.InsertComment(ctx, newComment("c1", "account-2")) },
		func() error { return s.DeleteComment(ctx, "c1", "account-2", start().Add(time.Minute)) },
		func() error {
			return s.InsertComment(ctx, store.Comment{ID: "c2", AccountID: "account-1", CreatedAt: start()})
		},
	)
}

func fillUploads(ctx context.Context, s store.Store) error {
	return all(
		func() error { return s.InsertUpload(ctx, fullUpload("u1")) },
		func() error {
			return s.InsertUpload(ctx, core.Upload{ID: "u2", ProfileID: profileB, State: core.UploadPending, CreatedAt: start()})
		},
		func() error {
			return changed(s.UpdateUpload(ctx, "u1", func(u *core.Upload) error { u.Description = odd(); return nil }))
		},
	)
}

func fillLinks(ctx context.Context, s store.Store) error {
	return all(
		func() error { return s.CreateLinkSession(ctx, fullLinkSession("s1", profileA)) },
		func() error {
			return s.CreateLinkSession(ctx, store.LinkSession{ID: "s2", TokenHash: []byte{1}, ProfileID: profileB, CreatedAt: start()})
		},
		func() error {
			return changed(s.UpdateLinkSession(ctx, "s2", func(l *store.LinkSession) error { l.EndedAt = start().Add(time.Minute); return nil }))
		},
		func() error {
			return s.PutLinkState(ctx, store.LinkState{Hash: []byte{0xff, 0}, SessionID: "s1", Sealed: []byte{0}, ExpiresAt: start()})
		},
		func() error {
			return s.PutLinkState(ctx, store.LinkState{Hash: []byte{0x10, 1}, SessionID: "s2", ExpiresAt: start()})
		},
		func() error {
			return s.PutPendingGrant(ctx, store.PendingGrant{ID: "g1", SessionID: "s1", Sealed: []byte{0xff}, ExpiresAt: start()})
		},
		func() error {
			return s.PutPendingGrant(ctx, store.PendingGrant{ID: "g2", SessionID: "s2", ExpiresAt: start()})
		},
	)
}

func fillMessages(ctx context.Context, s store.Store) error {
	ended := fullMessage("m1", func(m *store.Message) { m.State = store.MessageFailed })
	bare := store.Message{ID: "m3", ProfileID: profileB, OwnerID: profileB, Channel: store.ChannelMail, State: store.MessagePending, CreatedAt: start(), PendingAt: start()}
	return all(
		func() error {
			return s.InsertMessages(ctx, []store.Message{ended, newMessage("m2"), bare}, []queue.Job{job("m2", 0)})
		},
		func() error {
			return changed(s.UpdateMessage(ctx, "m2", func(m *store.Message) error { m.Sends++; return nil }))
		},
	)
}

// fillQueue leaves one job held.
func fillQueue(ctx context.Context, s store.Store) error {
	return all(
		func() error {
			return s.Enqueue(ctx, queue.Job{Kind: "held", Key: "k", RunAt: start(), Tenant: profileA, Attempt: 2})
		},
		func() error {
			return changed(s.Claim(ctx, queue.Wanted{Kinds: []string{"held"}, N: 1, Lease: time.Hour}))
		},
	)
}
