//go:build interop

package interop_test

import "time"

// What the videos are made of: a test picture, a tone, and settings that take little
// time.
const (
	picture = "-f lavfi -i testsrc2=s=320x180:r=15 "
	tone    = "-f lavfi -i sine=440:r=44100 "
	h264    = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p "
	hevc    = "-c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p -tag:v hvc1 "
	aac     = "-c:a aac -b:a 32k -shortest "
	// still is one colour at one picture per second: hours of it take a second to make.
	still = "-c:v libx264 -preset ultrafast -tune stillimage -crf 51 -g 600 -pix_fmt yuv420p "
)

// clip is what most videos here show.
func clip(codec string) facts {
	return facts{codec: codec, width: 320, height: 180, duration: 5 * time.Second}
}

// videos lists the videos, and other files of the same containers. Those that are made
// of another one follow it.
func videos() []file {
	lasting := func(d time.Duration, width, height int) facts {
		return facts{codec: "h264", width: width, height: height, duration: d}
	}
	return []file{
		{name: "h264.mp4", ffmpeg: picture + tone + "-t 5 " + h264 + aac, facts: clip("h264")},
		{name: "faststart.mp4", from: "h264.mp4", ffmpeg: "-c copy -movflags +faststart", facts: clip("h264")},
		{name: "fragmented.mp4", from: "h264.mp4", ffmpeg: "-c copy -movflags frag_keyframe+empty_moov", facts: clip("h264")},
		{name: "dash.mp4", from: "h264.mp4", ffmpeg: "-c copy -movflags frag_keyframe+empty_moov+default_base_moof+dash+global_sidx", facts: clip("h264")},
		{name: "rotated.mp4", from: "h264.mp4", turn: true, facts: facts{
			codec: "h264", width: 180, height: 320, duration: 5 * time.Second, rotation: 90,
		}},
		{name: "h264.m4v", from: "h264.mp4", ffmpeg: "-c copy", facts: clip("h264")},
		{name: "h264.mov", from: "h264.mp4", ffmpeg: "-c copy", facts: clip("h264")},
		{name: "h264.mkv", from: "h264.mp4", ffmpeg: "-c copy", facts: clip("h264")},
		{name: "hevc.mp4", ffmpeg: picture + tone + "-t 5 " + hevc + aac, facts: clip("hevc")},
		{name: "hevc.mov", from: "hevc.mp4", ffmpeg: "-c copy -tag:v hvc1", facts: clip("hevc")},
		{name: "av1.mp4", ffmpeg: picture + "-t 5 -c:v libsvtav1 -preset 12 -svtav1-params fast-decode=1 -b:v 300k", facts: clip("av1")},
		{name: "vp9.webm", ffmpeg: picture + "-t 5 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 300k", facts: clip("vp9")},
		{name: "silent.mp4", ffmpeg: picture + "-t 5 " + h264, facts: clip("h264")},

		// The limits of duration, from both sides, and far beyond.
		{name: "3s.mp4", ffmpeg: picture + "-t 3 " + h264 + "-movflags +faststart", facts: lasting(3*time.Second, 320, 180)},
		{name: "2s.mp4", ffmpeg: picture + "-t 2 " + h264, facts: lasting(2*time.Second, 320, 180)},
		{name: "30min.mp4", ffmpeg: "-f lavfi -i testsrc2=s=160x90:r=1 -t 1800 " + still, facts: lasting(30*time.Minute, 160, 90)},
		{name: "30min1s.mp4", ffmpeg: "-f lavfi -i testsrc2=s=160x90:r=1 -t 1801 " + still, facts: lasting(30*time.Minute+time.Second, 160, 90)},
		{name: "4h.mp4", ffmpeg: "-f lavfi -i color=c=black:s=160x90:r=1 -t 14400 " + still, facts: lasting(4*time.Hour, 160, 90), maxSize: 250_000},
		{name: "4h-fragmented.mp4", from: "4h.mp4", ffmpeg: "-c copy -movflags frag_keyframe+empty_moov", facts: lasting(4*time.Hour, 160, 90)},
		// Below 75 kB.
		{
			name: "185s.mp4", ffmpeg: "-f lavfi -i color=c=navy:s=320x180:r=5 -f lavfi -i anullsrc=r=22050:cl=mono -t 185 " +
				"-c:v libx264 -preset ultrafast -tune stillimage -crf 40 -pix_fmt yuv420p -c:a aac -b:a 16k -shortest",
			facts: lasting(185*time.Second, 320, 180), maxSize: 75_000,
		},

		// Sound alone, in the containers of videos.
		{name: "sound.m4a", ffmpeg: tone + "-t 10 -c:a aac", facts: facts{codec: "aac", duration: 10 * time.Second}},
		{name: "sound.mp4", ffmpeg: tone + "-t 10 -c:a aac", facts: facts{codec: "aac", duration: 10 * time.Second}},

		// What remains of a video when a transfer breaks.
		{name: "cut-tail.mp4", from: "faststart.mp4", cut: true},
		{name: "cut-moov.mp4", from: "h264.mp4", cut: true},
	}
}
