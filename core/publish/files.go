package publish

import "sync"

// fileUse counts the attempts at work on each post, so that the post's files can be
// given up early: between preparation and due time nobody needs them, and the disk
// space is wanted for others.
type fileUse struct {
	mu    sync.Mutex
	users map[string]int // by post id
}

func newFileUse() *fileUse { return &fileUse{users: map[string]int{}} }

func (u *fileUse) begin(postID string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.users[postID]++
}

// end ends an attempt. If it was the last one at work on its post, release is called
// before another one can begin; nil: the files are kept.
func (u *fileUse) end(postID string, release func(postID string)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.users[postID]--; u.users[postID] > 0 {
		return
	}
	delete(u.users, postID)
	if release != nil {
		release(postID)
	}
}
