package api

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/crier-social/crier/core"
)

// VideoMetric is something that is counted of a video.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/video-analytics
type VideoMetric string

// The metrics.
const (
	VideoViews     VideoMetric = "VIDEO_VIEW" // of 3 seconds and more
	VideoViewers   VideoMetric = "VIEWER"
	VideoWatchTime VideoMetric = "TIME_WATCHED" // milliseconds
)

// count is a number, which LinkedIn writes as one or as a string of digits.
type count int64

func (n *count) UnmarshalJSON(raw []byte) error {
	return json.Unmarshal(bytes.Trim(raw, `"`), (*int64)(n))
}

// GetVideoAnalytics reads one metric of an organization's video, which is named by its
// ugcPost. Nothing counted is 0.
func (c *Client) GetVideoAnalytics(ctx context.Context, token core.Secret, ugcPost string, metric VideoMetric) (int64, error) {
	type element struct {
		Type  VideoMetric `json:"statisticsType"`
		Value count       `json:"value"`
	}
	elements, err := findAll[element](ctx, c, "videoAnalytics", "videoAnalytics", token, []Param{
		{"q", String("entity")}, {"entity", String(ugcPost)}, {"type", String(metric)}, {"aggregation", String("ALL")},
	})
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, e := range elements {
		if e.Type == "" || e.Type == metric {
			sum += int64(e.Value)
		}
	}
	return sum, nil
}
