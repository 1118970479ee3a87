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

// end tells whether the attempt was the last one at work on its post.
func (u *fileUse) end(postID string) (last bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.users[postID]--
	if u.users[postID] > 0 {
		return false
	}
	delete(u.users, postID)
	return true
}
