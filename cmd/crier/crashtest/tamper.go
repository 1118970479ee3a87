package crashtest

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Tamper takes one of Crier's protections away, by changing between a kill and the next
// start what the killed process has stored. A run with one of them has to find fault.
type Tamper string

// The tampers.
const (
	TamperNone Tamper = ""
	// TamperForgetCommit makes Crier forget that a call was allowed: as if it called the
	// network without having stored so first.
	TamperForgetCommit Tamper = "forget the commit"
	// TamperResendBlindly has a post whose answer was lost sent again, unasked.
	TamperResendBlindly Tamper = "send again blindly"
	// TamperForgetAll makes Crier forget all that it has prepared as well, such as the record key
	// of a post: as if it made another one for each try.
	TamperForgetAll Tamper = "forget the preparations"
	// TamperGiveUp has Crier give up what it could ask for.
	TamperGiveUp Tamper = "give up asking"
	// TamperBelieve has Crier believe that whatever was on its way is published.
	TamperBelieve Tamper = "believe in success"
)

// apply changes the deliveries that are under way.
func (t Tamper) apply(ctx context.Context, db store.Store) error {
	deliveries, err := everyDelivery(ctx, db)
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if d.Final() {
			continue
		}
		if _, err := db.UpdateDelivery(ctx, d.ID, t.change); err != nil {
			return err
		}
	}
	return nil
}

func (t Tamper) change(d *core.Delivery) error {
	sent := d.State == core.DeliveryCommitting || d.State == core.DeliveryUncertain
	switch {
	case t == TamperForgetAll && sent:
		d.State, d.CommittedAt, d.Doubtful, d.Error, d.Checkpoint = core.DeliveryPreparing, time.Time{}, false, nil, nil
	case t == TamperGiveUp && sent:
		d.State, d.Settled = core.DeliveryUncertain, true
		d.Error = &core.Error{Kind: core.KindUncertain, Code: core.CodeUncertain, Platform: d.Platform, Message: "nobody knows"}
	case t == TamperForgetCommit && d.State == core.DeliveryCommitting,
		t == TamperResendBlindly && d.State == core.DeliveryUncertain:
		d.State, d.CommittedAt, d.Doubtful, d.Error = core.DeliveryPreparing, time.Time{}, false, nil
	case t == TamperBelieve:
		d.State, d.Settled, d.Receipt = core.DeliveryPublished, true, core.Receipt{RemoteID: "urn:li:share:1"}
	}
	return nil
}
