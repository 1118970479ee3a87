package api

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core"
)

// maxFindPages bounds the pages that are read of one finder.
const maxFindPages = 20

// NextStart returns where the next page begins, and false after the last one. A page
// that holds less than was asked for says nothing.
func (p Page[T]) NextStart() (start int, more bool) {
	for _, l := range p.Paging.Links {
		if l.Rel != "next" {
			continue
		}
		if at, ok := startIn(l.Href); ok {
			return at, true
		}
		return p.Paging.Start + p.Paging.Count, p.Paging.Count > 0
	}
	return 0, false
}

// startIn finds the parameter start in an address, which is LinkedIn's.
func startIn(href string) (int, bool) {
	_, query, _ := strings.Cut(href, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if name, raw, _ := strings.Cut(pair, "="); name == "start" {
			text, err := url.PathUnescape(raw)
			if err != nil {
				return 0, false
			}
			n, err := strconv.Atoi(text)
			return n, err == nil && n >= 0
		}
	}
	return 0, false
}

// findAll reads all pages of a finder whose answer is one page as a rule.
func findAll[T any](ctx context.Context, c *Client, op, collection string, token core.Secret, query []Param) ([]T, error) {
	var all []T
	start := 0
	for range maxFindPages {
		var page Page[T]
		params := query
		if start > 0 {
			params = append(slices.Clip(query), Param{"start", Int(start)})
		}
		if err := c.get(ctx, op, collection+"?"+Query(params...), methodFinder, token, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Elements...)
		next, more := page.NextStart()
		if !more || next <= start {
			return all, nil
		}
		start = next
	}
	return all, nil
}
