package crashtest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
)

// outlet is an account of one of the networks.
type outlet struct {
	Account
	Author

	front *front
	id    string // Crier's
}

// link makes the accounts known to Crier, which gives each an id.
func (c *client) link(ctx context.Context, outlets []outlet) error {
	for _, o := range outlets {
		grant := maps.Clone(o.Grant)
		grant["platform"] = o.front.Platform()
		var answer json.RawMessage
		status, err := c.do(ctx, call{method: http.MethodPost, path: "/profiles/social", body: grant}, &answer)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%d %s", status, answer)
		}
		if err != nil {
			return fmt.Errorf("linking %s of %s: %w", o.Name, o.front.Platform(), err)
		}
	}
	var list struct {
		Accounts []struct {
			ID       string
			RemoteID string `json:"remoteId"`
		}
	}
	if _, err := c.do(ctx, call{method: http.MethodGet, path: "/accounts"}, &list); err != nil {
		return err
	}
	for i := range outlets {
		for _, linked := range list.Accounts {
			if linked.RemoteID == outlets[i].Author.ID {
				outlets[i].id = linked.ID
			}
		}
		if outlets[i].id == "" {
			return fmt.Errorf("%s of %s is not linked: %+v", outlets[i].Name, outlets[i].front.Platform(), list)
		}
	}
	return nil
}
