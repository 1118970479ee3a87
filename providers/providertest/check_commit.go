package providertest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/crier-social/crier/core"
)

// checkCommit: publishing is one call that changes something, and its receipt
// names the post that a reader sees.
func checkCommit(s *scene) error {
	for i, d := range []core.Draft{s.h.Text, s.h.Media} {
		try, err := s.ready(s.Author, d)
		if err != nil {
			return err
		}
		before := len(s.Network.Calls())
		receipt, err := try.Commit(s.t.Context(), try.session)
		if err != nil {
			return wrongf("Commit fails on a healthy network: %w", s.hear(err))
		}
		if writes := s.writes(before); len(writes) != 1 || writes[0].Class != ClassCommit {
			return wrongf("Commit wrote %v, want exactly one call of class commit", writes)
		}
		if err := s.shows(d, i+1); err != nil {
			return err
		}
		post := s.Network.Posts()[i]
		if receipt.RemoteID != post.RemoteID {
			return wrongf("the receipt names %q, the post is %q", receipt.RemoteID, post.RemoteID)
		}
		if receipt.URL == "" {
			return errors.New("the receipt has no address")
		}
	}
	// The second publication gave the first one time for a late call.
	if n := s.count(ClassCommit); n != 2 {
		return wrongf("%d calls of class commit for two posts", n)
	}
	return nil
}

// checkAltText: what the files are described as is there to be read.
func checkAltText(s *scene) error {
	if len(s.h.AltText) == 0 {
		if slices.ContainsFunc(s.info.Options, func(o core.OptionInfo) bool { return o.Name == "altText" }) {
			return wrongf("Info lists the option altText: Harness.AltText has to tell what that of Harness.Media is, and Post.Alt what arrived")
		}
		s.t.Logf("not checked: %s describes no files", s.info.Name)
		return nil
	}
	if _, err := s.publish(s.Author, s.h.Media); err != nil {
		return err
	}
	if err := s.shows(s.h.Media, 1); err != nil {
		return err
	}
	got := s.Network.Posts()[0].Alt
	for len(got) > 0 && got[len(got)-1] == "" {
		got = got[:len(got)-1]
	}
	if !slices.Equal(got, s.h.AltText) {
		return wrongf("the files of the post are described as %q, want %q", got, s.h.AltText)
	}
	return nil
}

// shows tells whether the network shows n posts, the last of which is the
// author's draft.
func (s *scene) shows(d core.Draft, n int) error {
	posts := s.Network.Posts()
	if len(posts) != n {
		return wrongf("the network shows %d posts, want %d: %v", len(posts), n, posts)
	}
	var ps problems
	post := posts[n-1]
	ps.when(post.Author != s.Author.Account.RemoteID, "the post is by %q, want %q: Post.Author is the account's RemoteID", post.Author, s.Author.Account.RemoteID)
	ps.when(post.Text != d.Text, "the post reads %q, want %q", post.Text, d.Text)
	ps.when(post.Media != len(d.Media), "the post shows %d files, want %d", post.Media, len(d.Media))
	return ps.err()
}

// checkUnreachable: when no connection can be made, nothing was sent, and the
// error says so.
func checkUnreachable(s *scene) error {
	try, err := s.ready(s.Author, s.h.Text)
	if err != nil {
		return err
	}
	off, err := s.resume(s.Unreachable, s.Author, s.h.Text, try.checkpoint)
	if err != nil {
		return err
	}
	before := len(s.Network.Calls())
	_, err = off.Commit(s.t.Context(), off.session)
	if e := core.AsError(s.hear(err)); err == nil || e.Kind != core.KindTemporary || !e.Unsent {
		return wrongf("Commit without a connection returns %w, want an error of kind temporary with Unsent", orNone(err))
	}
	if n := len(s.Network.Calls()) - before; n != 0 {
		return wrongf("%d calls reached the network of an adapter that is configured with another address", n)
	}
	return nil
}

// checkCommitDeadline: a Commit that runs out of time may have taken effect.
func checkCommitDeadline(s *scene) error {
	try, err := s.ready(s.Author, s.h.Text)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	s.Network.Fail(ClassCommit, Fault{Mode: Stall, Met: cancel})
	err = soon("Commit", func() error {
		_, err := try.Commit(ctx, try.session)
		return s.hear(err)
	})
	if e := core.AsError(err); err == nil || e.Kind != core.KindTemporary || e.Unsent {
		return wrongf("Commit that ran out of time returns %w, want an error of kind temporary without Unsent", orNone(err))
	}
	if n := s.count(ClassCommit); n != 1 {
		return wrongf("%d calls of class commit, want 1", n)
	}
	return nil
}

// checkNoToken: without a token nothing is sent, and the token source's error is
// what the caller gets.
func checkNoToken(s *scene) error {
	try, err := s.ready(s.Author, s.h.Text)
	if err != nil {
		return err
	}
	before := len(s.Network.Calls())
	try.session.Token = func(context.Context) (core.Secret, error) {
		return "", &core.Error{Kind: core.KindAuth, Code: core.CodeAccountRelink, Message: "link the account again"}
	}
	_, err = try.Commit(s.t.Context(), try.session)
	if core.KindOf(s.hear(err)) != core.KindAuth {
		return wrongf("Commit without a token returns %w, want the error of Session.Token", orNone(err))
	}
	if n := len(s.Network.Calls()) - before; n != 0 {
		return wrongf("%d calls were made without a token", n)
	}
	return nil
}

// checkConcurrency: many publications at a time do not get in each other's way.
func checkConcurrency(s *scene) error {
	const workers = 8
	errs := make([]error, workers)
	receipts := make([]core.Receipt, workers)
	drafts := make([]core.Draft, workers)
	var work sync.WaitGroup
	for i := range workers {
		drafts[i] = vary(s.h.Text, i)
		if i%4 == 0 {
			drafts[i] = vary(s.h.Media, i)
		}
		work.Go(func() { receipts[i], errs[i] = s.publish(s.Author, drafts[i]) })
	}
	work.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	posts := map[string]Post{}
	for _, p := range s.Network.Posts() {
		posts[p.RemoteID] = p
	}
	var ps problems
	ps.when(len(posts) != workers, "the network shows %d posts, want %d", len(posts), workers)
	for i, r := range receipts {
		p := posts[r.RemoteID]
		ps.when(p.Text != drafts[i].Text || p.Media != len(drafts[i].Media),
			"receipt %d names the post %+v, want the draft %q", i, p, drafts[i].Text)
	}
	return ps.err()
}
