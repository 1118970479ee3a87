package linkedin

import (
	"context"
	"io"
	"sync"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// reportStep is how many bytes pass between two reports.
const reportStep = 256 << 10

// meter adds up how much of a file was sent, in parts that may be sent again.
type meter struct {
	mu       sync.Mutex
	parts    []int64
	done     int64
	reported int64
	total    int64
	report   func(done int64)
}

func (w *preparation) newMeter(n core.Need, size int64, parts int) *meter {
	return &meter{
		parts: make([]int64, parts), total: size,
		report: func(done int64) {
			w.keeper.report(core.Activity{Stage: core.StageUpload, Item: n.Field, Done: done, Total: size})
		},
	}
}

// set says how much of a part was sent.
func (m *meter) set(part int, sent int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done += sent - m.parts[part]
	m.parts[part] = sent
	if m.done == m.reported || (m.done != m.total && m.done-m.reported < reportStep && m.reported-m.done < reportStep) {
		return
	}
	m.reported = m.done
	m.report(m.done)
}

// whole is the upload of a whole file.
func whole(asset *core.Asset, m *meter) api.Body {
	return api.Body{Size: asset.Size, Open: func(ctx context.Context) (io.ReadCloser, error) {
		r, err := asset.Open(ctx)
		if err != nil {
			return nil, err
		}
		return &metered{ReadCloser: r, meter: m}, nil
	}}
}

// metered tells how much has been read of the only part.
type metered struct {
	io.ReadCloser

	meter *meter
	done  int64
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	if n > 0 {
		m.done += int64(n)
		m.meter.set(0, m.done)
	}
	return n, err
}
