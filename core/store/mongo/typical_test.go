package mongo

import (
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// typicalPost is a post that is due, with a picture and 300 characters for one account.
func typicalPost(now time.Time, account string) store.NewPost {
	p := core.Post{
		ID: core.NewID(now), ProfileID: core.DerivedID("profile"), Status: core.PostOpen, CreatedAt: now,
		Request: core.PostRequest{
			Text:      core.PerPlatform[string]{Default: strings.Repeat("A third of a typical sentence. ", 10)[:300]},
			Media:     core.PerPlatform[[]core.MediaRef]{Default: []core.MediaRef{{URL: "https://cdn.example.com/uploads/2026/11/picture-of-the-day.jpg", Field: "mediaUrls[0]"}}},
			Platforms: []string{"example"},
		},
	}
	d := core.Delivery{
		ID: core.ChildID(p.ID, account), PostID: p.ID, ProfileID: p.ProfileID, AccountID: core.DerivedID(account),
		Platform: "example", State: core.DeliveryAccepted, DueAt: now, CreatedAt: now, UpdatedAt: now,
	}
	return store.NewPost{
		Post: p, Deliveries: []core.Delivery{d},
		Jobs: []queue.Job{{Kind: "deliver", Key: d.ID, RunAt: now, Tenant: p.ProfileID, Lane: d.AccountID, Order: d.ID}},
	}
}
